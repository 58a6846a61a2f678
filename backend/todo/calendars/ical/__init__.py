"""iCalendar tasks (VTODO, RFC 5545): bytes to values and back. Pure: no clock, no database, no network.

`read` never drops anything in silence: what a task cannot carry over is listed with its reason. Only pure
bookkeeping (stamps, alarm ids, an app's view settings) is not. `write` and `read` are each other's inverse.
"""

from todo.calendars.ical.model import Calendar, Exportable, ImportedTodo, Unsupported
from todo.calendars.ical.reading import read
from todo.calendars.ical.writing import write

__all__ = ["Calendar", "Exportable", "ImportedTodo", "Unsupported", "read", "write"]
