"""The only place that reads the clock. All other code takes the time as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  (the one permitted call)
