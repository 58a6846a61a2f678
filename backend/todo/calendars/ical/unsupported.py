"""The report of an import: each property that was not imported, with the reason as a sentence."""

from dataclasses import dataclass, field

from todo.calendars.ical.components import Component
from todo.calendars.ical.model import MODE, PROJECT, SCHEDULED, START, ZONE, Unsupported

# Characters of a title in the report.
MAX_SHOWN = 200

# Not listed: stamps, ids, view settings, and duplicates of properties that are read.
BOOKKEEPING = {
    "VERSION", "PRODID", "CALSCALE", "DTSTAMP", "TRANSP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "UID",
    "REFRESH-INTERVAL", "X-PUBLISHED-TTL", "X-WR-TIMEZONE", "X-WR-RELCALID", "X-WR-ALARMUID", "ACKNOWLEDGED",
    "X-APPLE-SORT-ORDER", "X-APPLE-CALENDAR-COLOR", "X-APPLE-DEFAULT-ALARM", "X-APPLE-LOCAL-DEFAULT-ALARM",
    "X-OC-HIDESUBTASKS", "X-OC-HIDECOMPLETEDSUBTASKS", "X-RADICALE-NAME", "X-LIC-ERROR", ZONE, MODE, PROJECT,
    START, SCHEDULED,
    "X-MOZ-GENERATION", "X-MOZ-LASTACK", "X-MOZ-SNOOZE-TIME", "X-DEFAULT-ALARM",
}  # fmt: skip
_BOOKKEEPING_PREFIXES = ("X-MICROSOFT-CDO-", "X-MICROSOFT-DISALLOW-", "X-MS-OLK-", "X-EVOLUTION-")

_REASONS = {
    "ATTACH": "Attachments are not supported.",
    "ATTENDEE": "Tasks belong to one person; attendees are not kept.",
    "CLASS": "Tasks are always private; the classification is not kept.",
    "COMMENT": "Comments are not kept.",
    "CONTACT": "Contacts are not kept.",
    "EXRULE": "Only one repeat rule per task is supported, and no rule for exceptions.",
    "GEO": "Places are not supported.",
    "LOCATION": "Places are not supported.",
    "METHOD": "Invitations are not answered; the tasks were imported as they are.",
    "NAME": "There are no separate lists; the name of the list is not kept.",
    "ORGANIZER": "Tasks belong to one person; the organizer is not kept.",
    "RDATE": "Additional single dates of a repeating task are not supported.",
    "RELATED-TO": "Subtasks and links between tasks are not supported; this is a task of its own.",
    "RESOURCES": "Resources are not kept.",
    "URL": "Links are kept only inside the description.",
    "X-ALT-DESC": "Formatted text is not kept; the plain description is.",
    "X-APPLE-STRUCTURED-LOCATION": "Places are not supported.",
    "X-WR-CALNAME": "There are no separate lists; the name of the list is not kept.",
}
# Default values, which lose nothing.
_USUAL = {"CLASS": "PUBLIC", "METHOD": "PUBLISH", "CALSCALE": "GREGORIAN"}
_OTHER_COMPONENTS = {
    "VEVENT": "Only tasks are imported; this is a calendar event.",
    "VJOURNAL": "Only tasks are imported; this is a journal entry.",
    "VFREEBUSY": "Only tasks are imported; this is free/busy time.",
}


@dataclass(slots=True)
class Report:
    uid: str | None = None
    summary: str | None = None
    items: list[Unsupported] = field(default_factory=list)

    @classmethod
    def of(cls, component: Component) -> "Report":
        uid, summary = component.text("UID"), component.text("SUMMARY")
        return cls(uid and uid[:MAX_SHOWN], summary and summary[:MAX_SHOWN])

    def add(self, name: str, reason: str) -> None:
        item = Unsupported(self.uid, self.summary, name[:60], reason)
        if item not in self.items[-20:]:  # the same reason for every alarm is listed once
            self.items.append(item)

    def add_rest(self, component: Component, handled: set[str]) -> None:
        """List the properties that are not imported, except empty ones and default values."""
        for line in component.lines:
            name, value = line.name, line.value.strip()
            if name in handled or is_bookkeeping(name) or not value:
                continue
            if _USUAL.get(name) == value.upper():
                continue
            self.add(name, _REASONS.get(name, "This property is not supported."))
        for raw in component.unreadable:
            self.add(component.name, f"A line that is not iCalendar was left out: “{raw[:60]}”.")


def is_bookkeeping(name: str) -> bool:
    return name in BOOKKEEPING or name.startswith(_BOOKKEEPING_PREFIXES)


def other_component(component: Component) -> Unsupported:
    reason = _OTHER_COMPONENTS.get(
        component.name, f"Only tasks are imported, not {component.name[:60]}."
    )
    report = Report.of(component)
    report.add(component.name, reason)
    return report.items[0]
