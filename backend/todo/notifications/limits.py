"""How many deliveries run at the same time, so that no user, channel or host delays the others."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

AT_ONCE = 100
PER_USER = 8
PER_CHANNEL = 2
# Seconds for which a channel pauses after its first, second, … consecutive failure.
PAUSES = (5.0, 10.0, 30.0, 120.0)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a delivery goes. A channel that was removed has neither id nor host."""

    user_id: str
    channel_id: int | None
    host: str


@dataclass(frozen=True, slots=True)
class Full:
    """The users, channels and hosts that accept no more deliveries at the moment."""

    users: list[str]
    channels: list[int]
    hosts: list[str]


class Limits:
    def __init__(
        self, per_host: Callable[[str], int], clock: Callable[[], float] = monotonic
    ) -> None:
        self._per_host = per_host
        self._clock = clock
        self._users: Counter[str] = Counter()
        self._channels: Counter[int | None] = Counter()
        self._hosts: Counter[str] = Counter()
        self._failures: Counter[int] = Counter()
        self._paused: dict[int, float] = {}

    @property
    def free(self) -> int:
        return AT_ONCE - self._users.total()

    def full(self) -> Full:
        now = self._clock()
        self._paused = {channel: end for channel, end in self._paused.items() if end > now}
        busy = [channel for channel in self._channels if channel and self._is_full(channel)]
        return Full(
            [user for user, running in self._users.items() if running >= PER_USER],
            [*busy, *self._paused],
            [host for host, running in self._hosts.items() if self._limit(host) <= running],
        )

    def take(self, route: Route) -> bool:
        """Reserve a place, unless one of the limits is reached."""
        if self.free <= 0 or self._reached(route):
            return False
        self._count(route, 1)
        return True

    def leave(self, route: Route) -> bool:
        """Free the place. True if another delivery may have waited for it."""
        waited = self.free <= 0 or self._reached(route)
        self._count(route, -1)
        return waited

    def failed(self, channel: int) -> None:
        """Pause the channel. A failure during a pause does not extend it."""
        now = self._clock()
        if self._paused.get(channel, now) > now:
            return
        pause = PAUSES[min(self._failures[channel], len(PAUSES) - 1)]
        self._failures[channel] += 1
        self._paused[channel] = now + pause

    def succeeded(self, channel: int) -> None:
        del self._failures[channel]
        self._paused.pop(channel, None)

    def next_pause_ends(self) -> float | None:
        """Seconds until the first paused channel continues; None if none is paused."""
        now = self._clock()
        return min((end - now for end in self._paused.values() if end > now), default=None)

    def _limit(self, host: str) -> int:
        return self._per_host(host) if host else AT_ONCE

    def _is_full(self, channel: int) -> bool:
        return self._channels[channel] >= PER_CHANNEL or channel in self._paused

    def _reached(self, route: Route) -> bool:
        return (
            self._users[route.user_id] >= PER_USER
            or (route.channel_id is not None and self._is_full(route.channel_id))
            or self._hosts[route.host] >= self._limit(route.host)
        )

    def _count(self, route: Route, change: int) -> None:
        for counter, key in (
            (self._users, route.user_id),
            (self._channels, route.channel_id),
            (self._hosts, route.host),
        ):
            counter[key] += change  # type: ignore[index]
            if not counter[key]:  # type: ignore[index]
                del counter[key]
