"""Read and write iCalendar tasks (VTODO, RFC 5545). Pure functions: no clock, no database, no network.

`read` lists every property that is not imported, with the reason, except stamps, ids and view settings. Reading
what `write` wrote returns the same tasks.
"""

from todo.calendars.ical.model import Calendar, Exportable, ImportedTodo, Unsupported
from todo.calendars.ical.reading import read
from todo.calendars.ical.writing import write
from todo.calendars.ical.zones import known_zone

__all__ = ["Calendar", "Exportable", "ImportedTodo", "Unsupported", "known_zone", "read", "write"]
