"""POST /api/reminders/preview: what will ring for a task that is not saved yet."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from todo.accounts.caller import CurrentCaller
from todo.accounts.schemas import Input, ReminderSpec, Zone
from todo.domain.reminder import MAX_REMINDERS, check_reminders, to_plan
from todo.runtime.http.problems import problems
from todo.runtime.http.routing import Now
from todo.tasks.schemas import DueDate, read_due_date

router = APIRouter(prefix="/api", tags=["reminders"])


class DraftReminders(Input):
    due_date: DueDate | None = None
    all_day: bool | None = None
    timezone: Zone | None = None
    reminders: Annotated[list[ReminderSpec], Field(max_length=MAX_REMINDERS)] | None = Field(
        None, description="as in a new task; null: the defaults"
    )


class Ring(BaseModel):
    remind_at: datetime
    offset: str = Field(description="the reminder as it was given, or PT0S at the due time")


class Rings(BaseModel):
    rings: list[Ring] = Field(description="the reminders that are still to come, the next first")


@router.post("/reminders/preview", operation_id="previewReminders", responses=problems(401, 403))
async def preview(wanted: DraftReminders, caller: CurrentCaller, now: Now) -> Rings:
    timezone = wanted.timezone or caller.timezone
    due_date, all_day = read_due_date(wanted.due_date, timezone, wanted.all_day)
    check_reminders(wanted.reminders, due_date=due_date, timezone=timezone, all_day=all_day)
    planned = to_plan(
        wanted.reminders,
        caller.default_reminders,
        due_date=due_date,
        timezone=timezone,
        all_day=all_day,
        at=now,
    )
    coming = sorted(
        (alert for alert in planned if alert.remind_at >= now), key=lambda alert: alert.remind_at
    )
    return Rings(rings=[Ring(remind_at=alert.remind_at, offset=alert.spec) for alert in coming])
