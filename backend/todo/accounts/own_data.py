"""GET /api/me/data: everything that the server keeps about a person, as one JSON file."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Final

import orjson
from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from todo.accounts.account_log import CurrentLog, Happened
from todo.accounts.caller import CurrentPerson
from todo.domain.events import rfc3339
from todo.runtime.context import Context
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now, OpenContext

# The name of a section, and the statement for the rows of user $1, without secrets.
Sections = Mapping[str, str]

SECTIONS: Final[Sections] = {
    "account": """SELECT id, email, name, timezone, default_reminders, quiet_from, quiet_until, away_from,
        away_until, escalate_after, nag_every, created_at FROM account WHERE id = $1""",
    "confirmed_addresses": """SELECT address, confirmed_at FROM confirmed_address
        WHERE user_id = $1 ORDER BY address""",
    "sessions": """SELECT device, address, created_at, last_used_at, expires_at FROM session
        WHERE user_id = $1 ORDER BY id""",
    "access_tokens": """SELECT name, scope, prefix, created_at, expires_at, last_used_at FROM access_token
        WHERE user_id = $1 ORDER BY id""",
}


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
            _stream(sections, caller.user_id, context, now),
            media_type="application/json",
            headers={"Content-Disposition": name},
        )

    return router


async def _stream(
    sections: Sections, user_id: str, context: Context, now: datetime
) -> AsyncIterator[bytes]:
    yield f'{{"version":"1.0","exported_at":{json.dumps(rfc3339(now))}'.encode()
    async with context.db.reading() as connection, connection.transaction(readonly=True):
        for name, statement in sections.items():
            yield f",\n{json.dumps(name)}:[".encode()
            separator = b"\n"
            async for row in connection.cursor(statement, user_id, prefetch=500):
                yield separator + orjson.dumps(dict(row), default=str)
                separator = b",\n"
            yield b"]"
    yield b"}\n"
