"""What does not work in this process at the moment; `/readyz` and `/dapr-health` report it."""

import time
from dataclasses import dataclass, field

# Longer than daprd needs to pause deliveries (3 probes, 3 s apart), or they would resume during the outage.
_OUTAGE_SECONDS = 12


@dataclass(slots=True)
class Health:
    """One reason per part that does not work, and the outage that the last delivery met."""

    by_part: dict[str, str] = field(default_factory=dict)
    _outage: tuple[str, float] | None = None

    @property
    def outage(self) -> str | None:
        """Why the last delivery could not use the database. Expires by itself: while deliveries are paused,
        none of them can show that the outage is over.
        """
        if self._outage is None or self._outage[1] < time.monotonic():
            return None
        return self._outage[0]

    def report_outage(self, reason: str | None) -> None:
        self._outage = (reason, time.monotonic() + _OUTAGE_SECONDS) if reason else None

    def report(self, part: str, reason: str | None) -> None:
        """None: the part works again."""
        if reason is None:
            self.by_part.pop(part, None)
        else:
            self.by_part[part] = reason
