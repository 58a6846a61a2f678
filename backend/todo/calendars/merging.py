"""Merge a task that is imported again: a three-way merge of each field.

`base` is what the file said at the last import, `theirs` what it says now, `ours` what the task is here. A field
that did not change in the file stays as it is here. If both changed, the later change wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from todo.calendars.feed_tasks import FeedTask
from todo.calendars.ical import ImportedTodo
from todo.domain.events import rfc3339
from todo.domain.recurrence import day_of, parse_rule
from todo.domain.reminder import canonical

# The fields that are merged, and their iCalendar properties.
PROPERTIES = {
    "title": "SUMMARY",
    "description": "DESCRIPTION",
    "due_date": "DUE",
    "start_date": "DTSTART",
    "all_day": "DUE",
    "timezone": "DUE",
    "recurrence": "RRULE",
    "recurrence_mode": "RRULE",
    "reminders": "VALARM",
    "priority": "PRIORITY",
    "tags": "CATEGORIES",
    "completed": "STATUS",
}
# If the due date differs too, they are taken or kept together with it.
_OF_DUE_DATE = {"all_day", "timezone", "start_date"}
# The fields of one occurrence; the others belong to the whole series.
_OF_OCCURRENCE = {"due_date", "start_date", "completed"}

Values = Mapping[str, Any]


def values_of(task: ImportedTodo | FeedTask) -> Values:
    """The fields in a comparable form that JSON can hold."""
    values = {name: _plain(name, getattr(task, name)) for name in PROPERTIES}
    values["reminders"] = list(
        canonical(
            task.reminders,
            due_date=task.due_date,
            timezone=task.timezone,
            all_day=task.all_day,
        )
    )
    return as_dates(values)


def as_dates(values: Values) -> Values:
    """An all-day due date as its date, which has no zone. Imports before 0008 recorded its midnight."""
    due, zone = values.get("due_date"), values.get("timezone")
    if not values.get("all_day") or not due or not zone:
        return values
    day = day_of(datetime.fromisoformat(due), zone)
    return {**values, "due_date": day.isoformat(), "timezone": None}


def _plain(name: str, value: Any) -> Any:
    if name == "recurrence" and value:
        return str(parse_rule(value))
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True)
class Merge:
    """`base` is None for a task that was imported before imports were recorded, or that comes from our feed."""

    base: Values | None
    theirs: Values
    ours: Values
    # The file is newer than the last change here; None: the file has no date.
    newer: bool | None
    # The file is older than the one that was imported last.
    outdated: bool
    # The series is already at a later occurrence here than in the file.
    behind: bool

    def taken(self) -> set[str]:
        """The fields whose values come from the file."""
        return {name for name in self._different() if self._takes(name)}

    def kept(self) -> set[str]:
        """The fields that stay as they are here although the file has another value."""
        return {
            name
            for name in self._different()
            if not self._takes(name) and not (self.behind and name in _OF_OCCURRENCE)
        }

    def changed_there(self) -> bool:
        return not self.outdated and any(self._changed_there(name) for name in PROPERTIES)

    def _different(self) -> set[str]:
        # Files of other programs do not contain the mode.
        said = {name for name, value in self.theirs.items() if name != "recurrence_mode" or value}
        return {name for name in said if self.theirs[name] != self.ours[name]}

    def _takes(self, name: str) -> bool:
        if self.outdated or (self.behind and name in _OF_OCCURRENCE):
            return False
        if not self._changed_there(name):
            return False
        if name in _OF_DUE_DATE and "due_date" in self._different():
            return self._takes("due_date")
        if self.base is None:
            return self.newer is not False
        changed_here = self.ours[name] != self.base.get(name)
        return not changed_here or self.newer is True

    def _changed_there(self, name: str) -> bool:
        # A field that was not known at the last import is absent.
        return self.base is None or self.theirs[name] != self.base.get(name)
