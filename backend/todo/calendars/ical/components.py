"""From content lines to the tree of components (VCALENDAR > VTODO > VALARM).

icalendar's own tree is not used: it refuses a whole file for one bad line, and it caches a file's VTIMEZONEs for
the whole process, where the next user's file would find them.
"""

from dataclasses import dataclass, field

from todo.calendars.ical.content_lines import FIELD, Line, Unreadable, read_lines
from todo.domain.errors import Invalid

# Real files nest three levels. The limit bounds the stack.
MAX_DEPTH = 8


@dataclass(slots=True)
class Component:
    """`whole` is false if its END was missing. `unreadable` has the lines that are not iCalendar."""

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


def parse(data: bytes) -> tuple[list[Component], bool]:
    """The file's VCALENDARs, and whether it was UTF-8. Raises Invalid(field="file")."""
    lines, is_utf8 = read_lines(data)
    tree = _Tree()
    for line in lines:
        tree.add(line)
    calendars = tree.finish()
    if not calendars:
        raise Invalid("This is not an iCalendar file: it has no VCALENDAR.", FIELD)
    return calendars, is_utf8


class _Tree:
    def __init__(self) -> None:
        self._roots: list[Component] = []
        self._open: list[Component] = []

    def add(self, line: Line | Unreadable) -> None:
        if isinstance(line, Unreadable):
            if self._open:
                self._open[-1].unreadable.append(line.text)
        elif line.name == "BEGIN":
            self._begin(line.value.strip().upper())
        elif line.name == "END":
            self._end(line.value.strip().upper())
        elif self._open:
            self._open[-1].lines.append(line)

    def finish(self) -> list[Component]:
        self._close_down_to(0)
        return self._roots

    def _begin(self, kind: str) -> None:
        # A VCALENDAR or VTODO cannot contain another one: the END of the earlier one is missing.
        if kind == "VCALENDAR":
            self._close_down_to(0)
        elif kind == "VTODO" and any(component.name == "VTODO" for component in self._open):
            self._close_down_to(1)
        if len(self._open) >= MAX_DEPTH:
            raise Invalid("The file nests components too deeply to be a calendar.", FIELD)
        if self._open or kind == "VCALENDAR":
            self._open.append(Component(kind))

    def _end(self, kind: str) -> None:
        depths = (i for i in reversed(range(len(self._open))) if self._open[i].name == kind)
        depth = next(depths, None)
        if depth is not None:
            self._close_down_to(depth + 1)
            self._close()

    def _close(self) -> None:
        done = self._open.pop()
        (self._open[-1].children if self._open else self._roots).append(done)

    def _close_down_to(self, depth: int) -> None:
        """Close components whose END is missing."""
        while len(self._open) > depth:
            self._open[-1].whole = False
            self._close()
