"""`todo doctor`: check an installation, one line per finding."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from todo.db import migrate
from todo.domain.errors import Invalid
from todo.domain.recurrence import to_utc
from todo.launch.installation import Operating
from todo.runtime import clock
from todo.tasks.zone_changes import zones_in_use

_SKEW = timedelta(seconds=2)
# Noon on these days of the next two years shows a difference in winter, in summer and in the weeks of the changes.
_SAMPLES = [datetime(2000, month, day, 12) for month in range(1, 13) for day in (5, 20)]  # noqa: DTZ001


async def findings(operating: Operating) -> AsyncIterator[str]:
    """What is wrong; nothing if all is well."""
    database = operating.database
    schema = await migrate.schema_of(operating.settings.database_url or "")
    if schema is None or schema.revision != migrate.newest():
        at = schema.revision if schema else "no revision"
        yield f"schema: the database is at {at}, this version has {migrate.newest()}; run `todo migrate`"
    moment = await database.pool.fetchval("SELECT clock_timestamp()")
    if abs(skew := clock.now() - moment) > _SKEW:
        yield (
            f"clock: this host is {abs(skew.total_seconds()):.0f} s"
            f" {'ahead of' if skew > timedelta() else 'behind'} the database; the database's clock is used"
        )
    for zone in await zones_in_use(database.pool):
        if difference := await _zone_difference(operating, zone):
            yield difference


async def _zone_difference(operating: Operating, zone: str) -> str | None:
    year = clock.now().year
    walls = [sample.replace(year=y) for y in (year, year + 1) for sample in _SAMPLES]
    rows = await operating.database.pool.fetch(
        """SELECT w AS wall, w AT TIME ZONE $1 AS instant FROM unnest($2::timestamp[]) w
           WHERE EXISTS (SELECT FROM pg_timezone_names WHERE name = $1)""",
        zone,
        walls,
    )
    if not rows:
        return f"tzdata: the database does not know the time zone {zone}; update its tzdata"
    try:
        different = [r["wall"] for r in rows if to_utc(r["wall"], zone) != r["instant"]]
    except Invalid:
        return f"tzdata: this host does not know the time zone {zone}; update its tzdata"
    if not different:
        return None
    return (
        f"tzdata: this host and the database have different rules for {zone}"
        f" (for example on {different[0]:%Y-%m-%d}); update the older tzdata"
    )
