"""From bytes to content lines: unfold, decode, split into name, parameters and value (RFC 5545, 3.1).

Folding is undone on the bytes, because other programs fold inside a UTF-8 character. Each line is decoded by
itself, so that one line in another encoding does not change the others. Values in QUOTED-PRINTABLE or BASE64
(vCalendar 1.0) are decoded here.
"""

import binascii
import quopri
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass

from todo.domain.errors import Invalid

MAX_BYTES = 1024 * 1024
FIELD = "file"

# The others that Python knows are no charsets of files, and decoding "punycode" takes quadratic time.
_CHARSET = re.compile(
    r"utf-?(7|8|16|32)([lb]e)?|(us-)?ascii|iso-?8859-?\d{1,2}|latin-?\d|(windows-?|cp-?|ibm-?)\d{3,4}|koi8-[rtu]"
    r"|shift[-_]?jis|euc[-_](jp|kr)|iso-2022-(jp|kr)|gb(2312|k|18030)|big5|mac(roman|intosh)",
    re.I,
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"
_END = re.compile(rb"\r\n|\n|\r")
# Bytes before the value of a line (its name and parameters) in which an encoding is looked for.
_LONGEST_NAME = 1000
_QUOTED_PRINTABLE = re.compile(rb"[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE[;:]", re.I)
_ENCODED = re.compile(rb"[^:]*;(?:ENCODING=)?(?:QUOTED-PRINTABLE|BASE64|B)[;:]", re.I)


@dataclass(slots=True)
class Line:
    name: str
    params: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as TEXT: RFC 5545, 3.3.11."""
        return unescape(self.value)


@dataclass(slots=True)
class Unreadable:
    """A line that is not a content line, as text."""

    text: str


def unescape(value: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)


def split_list(value: str) -> list[str]:
    """Split a TEXT list at its unescaped commas: `home,pay\\, later` is two."""
    return [unescape(item) for item in re.findall(r"(?:\\.|[^,\\])+", value)]


def read_lines(data: bytes) -> tuple[list[Line | Unreadable], bool]:
    """The lines of a file, and whether all of them were UTF-8. Raises Invalid(field="file")."""
    if len(data) > MAX_BYTES:
        raise Invalid("The file is larger than 1 MiB; split it into smaller ones.", FIELD)
    if not data.strip():
        raise Invalid("The file is empty.", FIELD)
    if data.startswith(_UTF16_MARKS):
        data = data.decode("utf-16", errors="replace").encode()
    data = data.removeprefix(_UTF8_MARK).lstrip()
    if b"\0" in data:
        raise Invalid("This is not an iCalendar file: it is binary.", FIELD)
    if not data.upper().startswith(b"BEGIN:VCALENDAR"):
        raise Invalid("This is not an iCalendar file: it does not start with a VCALENDAR.", FIELD)
    lines: list[Line | Unreadable] = []
    is_utf8 = True
    for raw in _unfolded(data):
        text, was_utf8 = _decoded(raw)
        is_utf8 &= was_utf8
        lines.append(_line(text, raw))
    return lines, is_utf8


def _unfolded(data: bytes) -> Iterator[bytes]:
    """Non-empty lines, with folds and the soft line breaks of QUOTED-PRINTABLE removed."""
    line = bytearray()
    for part in _END.split(data):
        if line.endswith(b"=") and _QUOTED_PRINTABLE.match(line, 0, _LONGEST_NAME):
            line[-1:] = part
        elif part[:1] in (b" ", b"\t"):
            line += part[1:]
        else:
            if line.strip():
                yield bytes(line)
            line = bytearray(part)
    if line.strip():
        yield bytes(line)


def _decoded(raw: bytes) -> tuple[str, bool]:
    try:
        return raw.decode(), True
    except UnicodeDecodeError:
        # Desktop programs of the time before RFC 5545 required UTF-8.
        return raw.decode("cp1252", errors="replace"), False


# A line without parameters, as most are.
_PLAIN = re.compile(r"([A-Za-z0-9-]+):(.*)", re.DOTALL)


def _line(text: str, raw: bytes) -> Line | Unreadable:
    if plain := _PLAIN.fullmatch(text):
        return Line(plain[1].upper(), {}, plain[2])
    from icalendar.parser import (
        Contentline,
    )  # slow to import, so it is imported when first needed

    try:
        name, params, value = Contentline(text).raw_parts()  # type: ignore[no-untyped-call]
    except (ValueError, AssertionError):
        return Unreadable(text)
    line = Line(name.upper(), {k.upper(): _flat(v) for k, v in params.items()}, value)
    if _ENCODED.match(raw):
        return _transfer_decoded(line, text)
    return line


def _transfer_decoded(line: Line, text: str) -> Line | Unreadable:
    """The line with its value decoded; attachments stay as they are, because nothing reads them."""
    if line.name == "ATTACH":
        return line
    encoding = line.params.get("ENCODING", "QUOTED-PRINTABLE").upper()
    charset = line.params.get("CHARSET", "utf-8")
    if not _CHARSET.fullmatch(charset):
        return Unreadable(text)
    try:
        if encoding == "QUOTED-PRINTABLE":
            content = quopri.decodestring(line.value.encode())
        else:
            content = b64decode(line.value, validate=True)
        value = content.decode(charset)
        value.encode()  # UTF-7 can spell half a character
    except (binascii.Error, LookupError, ValueError):
        return Unreadable(text)
    if "\0" in value:  # PostgreSQL cannot store it
        return Unreadable(text)
    if encoding != "QUOTED-PRINTABLE":
        value = re.sub(r"([\\;,])", r"\\\1", value)
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return Line(line.name, line.params, value)


def _flat(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
