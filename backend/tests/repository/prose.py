"""The sentences and links of a Markdown document."""

import re
from collections.abc import Iterator

_CODE = re.compile(r"^(```|~~~).*?^\1\s*$", re.M | re.S)
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
_SOURCE = re.compile(r'src="([^"]+)"')
_QUOTED = re.compile(r"`[^`]*`")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+(?:\[[ x]\]\s+)?")
_ASIDE = re.compile(r"\s*\([^()]*\)")
_END = re.compile(r"(?<=[.!?:;])[*_”\")]*\s+")
_HEADING = re.compile(r"^#+\s+(.+?)\s*#*$", re.M)


def text_of(document: str) -> str:
    return _COMMENT.sub("", _CODE.sub("", document))


def blocks(document: str) -> Iterator[str]:
    """Paragraphs and items of lists, each on one line; tables, headings, code and HTML are left out."""
    lines: list[str] = []
    for line in [*text_of(document).splitlines(), ""]:
        item = _ITEM.match(line)
        ends = not line.strip() or item or line.startswith(("#", "|", "    ", ">", "<"))
        if ends and lines:
            yield " ".join(lines)
            lines = []
        if item or not ends or (lines and line.startswith("    ")):
            lines.append(_ITEM.sub("", line).strip())


def sentences(document: str) -> Iterator[str]:
    """Without what is in parentheses; a colon or a semicolon ends a sentence too."""
    for block in blocks(document):
        plain = _ASIDE.sub("", _LINK.sub(r"\1", _QUOTED.sub("code", block)))
        yield from (sentence for sentence in _END.split(plain) if sentence.strip())


def links(document: str) -> list[str]:
    text = _QUOTED.sub("code", text_of(document))
    return [*(target for _, target in _LINK.findall(text)), *_SOURCE.findall(text)]


def anchors(document: str) -> set[str]:
    """The anchors of its headings, as GitHub makes them."""
    found = set()
    for heading in _HEADING.findall(text_of(document)):
        plain = _LINK.sub(r"\1", heading).lower().replace("`", "")
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found
