"""/api/me/log: the account log."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from todo.accounts import account_log
from todo.accounts.account_log import Happened
from todo.accounts.caller import CurrentPerson
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import OpenContext

router = APIRouter(prefix="/api", tags=["accounts"])


class AccountEntry(BaseModel):
    id: int
    at: datetime
    kind: Happened
    device: str
    address: str
    details: dict[str, Any] = Field(description="such as the name of a token")


class AccountLogPage(BaseModel):
    items: list[AccountEntry]
    next_cursor: str | None


@router.get("/me/log", operation_id="readAccountLog", responses=problems(401, 403))
async def read_log(
    caller: CurrentPerson,
    context: OpenContext,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> AccountLogPage:
    """Logins, tokens, channels and other changes of the account, the newest first. Kept for a year."""
    async with context.db.reading() as connection:
        rows = await account_log.page(connection, caller.user_id, cursor, limit + 1)
    items = [AccountEntry(**row) for row in rows[:limit]]
    return AccountLogPage(items=items, next_cursor=str(items[-1].id) if len(rows) > limit else None)
