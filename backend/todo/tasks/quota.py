"""The number of tasks that an account may have."""

import asyncio

from asyncpg.pool import PoolConnectionProxy

from todo.domain.errors import Conflict
from todo.runtime.context import Context

# A count is used for this long; what this process adds meanwhile is counted on.
_KNOWN_SECONDS = 300
_MOST_KNOWN = 10_000

_known: dict[str, tuple[int, float]] = {}


async def require_room(
    context: Context,
    user_id: str,
    more: int = 1,
    connection: PoolConnectionProxy | None = None,
) -> None:
    """Raises Conflict if the account cannot have so many more tasks. The trash counts until it is emptied.

    A caller that has a connection gives it: waiting for a second one could deadlock the pool.
    """
    most = context.settings.max_tasks
    now = asyncio.get_running_loop().time()
    count, until = _known.get(user_id, (0, 0.0))
    if until < now or count + more > most:
        count = await (connection or context.db.pool).fetchval(
            f"SELECT count(*) FROM (SELECT FROM task WHERE user_id = $1 LIMIT {most}) tasks",
            user_id,
        )
        until = now + _KNOWN_SECONDS
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
    _known[user_id] = (count + more, until)
    if count + more > most:
        raise Conflict(
            f"An account has at most {most:,} tasks here; delete some, or ask your administrator."
        )
