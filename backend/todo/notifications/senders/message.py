"""What every sender speaks: the message, the settings of the house, and how sending fails.

The words about time live here too, so that mail, push and chat say the same.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ssl import SSLContext
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from todo.notifications.url_guard import Resolver, system_resolver


@dataclass(frozen=True, slots=True)
class Message:
    """One reminder, or a digest of several (then `items` has a line for each).

    `title` is the task's, `body` its description or empty. `due_at` is aware; `timezone` (IANA) is the one
    it is told in. `late_seconds` counts from the planned moment, 0 when on time.
    """

    delivery_id: UUID
    user_id: str
    reminder_id: int
    task_id: int
    title: str
    body: str
    due_at: datetime | None
    late_seconds: int
    timezone: str
    url: str
    done_url: str | None = None
    snooze_url: str | None = None
    items: tuple[str, ...] = ()
    all_day: bool = False


class DeliveryFailed(Exception):
    """The message did not arrive, or nobody can tell. `reason` is the sentence the ledger shows its owner.

    permanent: trying again cannot help. gone: the receiver asked us to forget it (remove the channel).
    retry_after: seconds the receiver asked us to wait.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        gone: bool = False,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent or gone
        self.gone = gone
        self.retry_after = retry_after


class Sender(Protocol):
    """One channel kind. Built once per process, used by many deliveries at a time, closed at the end."""

    async def send(self, config: Mapping[str, object], message: Message) -> None:
        """Return when the next hop took the message; otherwise raise DeliveryFailed (anything else is
        a bug, or a config that `channels.validate` never saw)."""

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SendingSettings:
    """What the operator decides. Nothing here ever comes from a user.

    smtp_url: `smtp://user:password@host:587?starttls=true` or `smtps://host:465` (see email.read_smtp_url).
    public_url: where the pages are, without a trailing slash. vapid_private_key: PEM, from
    webpush.generate_vapid_keys. vapid_contact: `mailto:` or `https:`, for the push service's operators.
    allow_private: let channels reach private addresses (a house where the receivers live in the LAN).
    tls: other trust than the system's. clock: seconds since the epoch.
    """

    smtp_url: str | None = field(default=None, repr=False)
    smtp_from: str = "Todo <todo@localhost>"
    public_url: str = "http://localhost:3000"
    vapid_private_key: str | None = field(default=None, repr=False)
    vapid_contact: str = "mailto:todo@localhost"
    allow_private: bool = False
    tls: SSLContext | None = None
    resolver: Resolver = system_resolver
    clock: Callable[[], float] = time.time


# Words -------------------------------------------------------------------------------------------

# Not strftime: its names follow the process's locale.
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_WORTH_A_WORD: Final = 60


def when(message: Message, now: float) -> str:
    """The due date as its owner reads it: "Mon 30 Nov 09:00"; with the year if it is not this one."""
    if message.due_at is None:
        return ""
    zone = ZoneInfo(message.timezone)
    local = message.due_at.astimezone(zone)
    this_year = datetime.fromtimestamp(now, zone).year
    words = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"
    if local.year != this_year:
        words += f" {local.year}"
    return words if message.all_day else f"{words} {local:%H:%M}"


def late(message: Message) -> str:
    """How late and why, or nothing: "2 h late: the service was down"."""
    seconds = message.late_seconds
    if seconds < _WORTH_A_WORD:
        return ""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days >= 2:
        amount = f"{days} days"
    elif hours >= 1:
        rest = minutes % 60
        amount = f"{hours} h {rest} min" if rest and hours < 6 else f"{hours} h"
    else:
        amount = f"{minutes} min"
    return f"{amount} late: the service was down"


def one_line(text: str, limit: int = 200) -> str:
    """Text for a header or a title: control characters and line breaks become spaces, the end is cut."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def headline(message: Message, now: float) -> str:
    """The subject: "Pay rent — due Mon 30 Nov 09:00 (2 h late: the service was down)"."""
    # A digest's title says already what was the matter.
    due, delay = when(message, now), "" if message.items else late(message)
    words = one_line(message.title) or "Reminder"
    if due:
        words += f" — due {due}"
    return f"{words} ({delay})" if delay else words
