"""From bytes to components and their lines, before any of it is understood.

icalendar splits and unfolds the lines. Its own component tree is not used: it throws a whole file away for one
bad line, and it keeps a file's home-made time zones in a process-wide cache, where the next person's finds them.
"""

import re
from dataclasses import dataclass, field

from todo.domain.errors import Invalid

MAX_BYTES = 1024 * 1024
# Deeper than any real file (VCALENDAR > VTODO > VALARM), so that nesting cannot exhaust anything.
MAX_DEPTH = 8

_FIELD = "file"


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
class Component:
    name: str
    lines: list[Line] = field(default_factory=list)
    children: list["Component"] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    whole: bool = True

    def first(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.name == name), None)

    def every(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    def text(self, name: str) -> str | None:
        """The trimmed text of the first such line, None when absent or empty."""
        line = self.first(name)
        return (line.text.strip() or None) if line else None


def unescape(value: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)


def split_list(value: str) -> list[str]:
    """Split a TEXT list at its unescaped commas: `home,pay\\, later` is two."""
    return [unescape(item) for item in re.findall(r"(?:\\.|[^,\\])+", value)]


def parse(data: bytes) -> tuple[list[Component], bool]:
    """The file's VCALENDARs, and whether it was UTF-8. Raises Invalid(field="file")."""
    text, is_utf8 = _decode(data)
    calendars = _tree(text)
    if not calendars:
        raise Invalid("This is not an iCalendar file: it has no VCALENDAR.", _FIELD)
    return calendars, is_utf8


def _decode(data: bytes) -> tuple[str, bool]:
    if len(data) > MAX_BYTES:
        raise Invalid("The file is larger than 1 MiB; split it into smaller ones.", _FIELD)
    if not data.strip():
        raise Invalid("The file is empty.", _FIELD)
    is_utf8 = True
    try:
        has_wide_mark = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = data.decode("utf-16" if has_wide_mark else "utf-8-sig")
    except UnicodeDecodeError:
        # Files of the days before UTF-8 was required (RFC 2445 exports of desktop programs).
        is_utf8, text = False, data.decode("cp1252", errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise Invalid("This is not an iCalendar file: it is binary.", _FIELD)
    if not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        raise Invalid("This is not an iCalendar file: it does not start with a VCALENDAR.", _FIELD)
    return text, is_utf8


def _tree(text: str) -> list[Component]:
    from icalendar.parser import Contentlines  # heavy; a service that reads no calendar never pays

    roots: list[Component] = []
    stack: list[Component] = []
    for raw in Contentlines.from_ical(text.lstrip()):  # type: ignore[no-untyped-call]
        if not raw.strip():
            continue
        try:
            name, params, value = raw.raw_parts()
        except ValueError:
            if stack:
                stack[-1].unreadable.append(str(raw))
            continue
        name = name.upper()
        if name == "BEGIN":
            kind = value.strip().upper()
            if kind == "VCALENDAR" or (kind == "VTODO" and "VTODO" in (c.name for c in stack)):
                # Neither can be inside another: the one before was cut off.
                _close(stack, roots, until=1 if kind == "VTODO" else 0)
            if len(stack) >= MAX_DEPTH:
                raise Invalid("The file nests components too deeply to be a calendar.", _FIELD)
            if stack or kind == "VCALENDAR":
                stack.append(Component(kind))
        elif name == "END":
            kind = value.strip().upper()
            depth = next((i for i in reversed(range(len(stack))) if stack[i].name == kind), None)
            if depth is not None:
                _close(stack, roots, until=depth + 1)
                _pop(stack, roots)
        elif stack:
            stack[-1].lines.append(
                Line(name, {k.upper(): _flat(v) for k, v in params.items()}, value)
            )
    _close(stack, roots, until=0)
    return roots


def _pop(stack: list[Component], roots: list[Component]) -> None:
    done = stack.pop()
    (stack[-1].children if stack else roots).append(done)


def _close(stack: list[Component], roots: list[Component], *, until: int) -> None:
    """End what was never ended, down to a depth; what is inside is not whole either."""
    while len(stack) > until:
        stack[-1].whole = False
        _pop(stack, roots)


def _flat(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
