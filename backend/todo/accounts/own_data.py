"""GET /api/me/data: everything that the server keeps about a person, as one JSON file."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import asyncpg
import orjson
from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from todo.accounts.account_log import CurrentLog, Happened
from todo.accounts.caller import CurrentPerson
from todo.domain.events import rfc3339
from todo.runtime.db.database import Database
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now, OpenContext

# The name of a section, and the statement for the rows of user $1, without secrets. The rows are read in the order
# of its column `page_key`, which is different in each row; the file leaves it out.
Sections = Mapping[str, str]

SECTIONS: Final[Sections] = {
    "account": """SELECT id AS page_key, id, email, name, timezone, default_reminders, quiet_from, quiet_until,
        away_from, away_until, escalate_after, nag_every, created_at FROM account WHERE id = $1""",
    "confirmed_addresses": """SELECT address AS page_key, address, confirmed_at FROM confirmed_address
        WHERE user_id = $1""",
    "sessions": """SELECT id AS page_key, device, address, created_at, last_used_at, expires_at FROM session
        WHERE user_id = $1""",
    "access_tokens": """SELECT id AS page_key, name, scope, prefix, created_at, expires_at, last_used_at
        FROM access_token WHERE user_id = $1""",
}
_PAGE = 500


def own_data(sections: Sections) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["accounts"])

    @router.get(
        "/me/data",
        operation_id="downloadOwnData",
        response_class=StreamingResponse,
        responses={
            200: {"content": {"application/json": {"schema": {"type": "object"}}}},
            **problems(401, 403),
        },
    )
    async def download(
        caller: CurrentPerson, context: OpenContext, now: Now, log: CurrentLog
    ) -> StreamingResponse:
        """Everything that this server keeps about the caller, as one JSON file."""
        async with context.db.unit() as unit:
            log.note(caller.user_id, Happened.EXPORTED, unit)
        name = f'attachment; filename="todo-all-{now:%Y-%m-%d}.json"'
        return StreamingResponse(
            stream(sections, caller.user_id, context.db, now),
            media_type="application/json",
            headers={"Content-Disposition": name},
        )

    return router


async def stream(
    sections: Sections, user_id: str, database: Database, now: datetime
) -> AsyncIterator[bytes]:
    yield f'{{"version":"1.0","exported_at":{json.dumps(rfc3339(now))}'.encode()
    for name, statement in sections.items():
        yield f",\n{json.dumps(name)}:[".encode()
        separator = b"\n"
        async for rows in _pages(statement, user_id, database):
            for row in rows:
                values = dict(row)
                del values["page_key"]
                yield separator + orjson.dumps(values, default=str)
                separator = b",\n"
        yield b"]"
    yield b"}\n"


async def _pages(
    statement: str, user_id: str, database: Database
) -> AsyncIterator[Sequence[asyncpg.Record]]:
    """The rows in pages: no connection is held while the client reads."""
    page = f"ORDER BY page_key LIMIT {_PAGE}"
    rows = await database.pool.fetch(f"SELECT * FROM ({statement}) rows {page}", user_id)
    while rows:
        yield rows
        rows = await database.pool.fetch(
            f"SELECT * FROM ({statement}) rows WHERE page_key > $2 {page}",
            user_id,
            rows[-1]["page_key"],
        )
