"""What all senders share: the message, the operator's settings, the failure, and how times are written."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ssl import SSLContext
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from todo.runtime.url_guard import Resolver, system_resolver


@dataclass(frozen=True, slots=True)
class Message:
    """One reminder, or a digest of several (then `items` has a line for each).

    `title` is the task's, `body` its description or empty. `due_at` is aware and shown in `timezone` (IANA).
    `late_seconds` counts from the planned time, 0 when on time.
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
    """The message was not accepted, or there was no answer. `reason` is shown to the user.

    permanent: a retry cannot succeed. gone: the receiver does not exist any more, so the channel is removed.
    retry_after: seconds that the receiver asked to wait. may_have_arrived: the message was sent, but there was no
    answer.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        gone: bool = False,
        retry_after: int | None = None,
        may_have_arrived: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent or gone
        self.gone = gone
        self.retry_after = retry_after
        self.may_have_arrived = may_have_arrived


class Sender(Protocol):
    """Sends through one kind of channel. One per process, used by many deliveries at the same time."""

    async def send(self, config: Mapping[str, object], message: Message) -> None:
        """Return when the next server accepted the message; otherwise raise DeliveryFailed. Any other
        exception is a bug, or a config that was not validated."""

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SendingSettings:
    """Set by the operator, never by a user.

    smtp_url: `smtp://user:password@host:587?starttls=true` or `smtps://host:465` (see email.read_smtp_url).
    public_url: the product's address, without a trailing slash. vapid_private_key: PEM, from
    webpush.generate_vapid_keys. vapid_contact: `mailto:` or `https:`, for the push service's operators.
    allow_private: let channels reach private addresses, for receivers in a local network.
    tls: replaces the system's trusted certificates. clock: seconds since the epoch.
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


# Texts -------------------------------------------------------------------------------------------

# strftime would use the process's locale.
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_LATE_SECONDS: Final = 60


def when(message: Message, now: float) -> str:
    """The due date in the user's zone: "Mon 30 Nov 09:00", with the year if it is not the current one."""
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
    """How late and why: "2 h late: the service was down"; empty if on time."""
    seconds = message.late_seconds
    if seconds < _LATE_SECONDS:
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
    """For a header or a title: control characters and line breaks become spaces, long text is cut."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def headline(message: Message, now: float) -> str:
    """The subject: "Pay rent — due Mon 30 Nov 09:00 (2 h late: the service was down)"."""
    # The title of a digest already gives the cause.
    due, delay = when(message, now), "" if message.items else late(message)
    words = one_line(message.title) or "Reminder"
    if due:
        words += f" — due {due}"
    return f"{words} ({delay})" if delay else words
