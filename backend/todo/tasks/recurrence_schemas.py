"""Requests and answers about the dates of a rule."""

from typing import Annotated

from pydantic import BaseModel, Field

from todo.accounts.schemas import Input, Zone
from todo.domain.recurrence import RecurrenceMode
from todo.tasks.schemas import Due, DueDate, Rule

MOST_DATES = 100


class PreviewRequest(Input):
    due_date: DueDate
    timezone: Zone | None = None
    recurrence: Rule
    recurrence_mode: RecurrenceMode = RecurrenceMode.FROM_DUE
    all_day: bool | None = None
    count: Annotated[int, Field(ge=1, le=MOST_DATES)] = 5


class PreviewedOccurrence(BaseModel):
    due_date: Due
    note: str | None = Field(description="why the date is not the one you might expect")


class NextDates(BaseModel):
    occurrences: list[PreviewedOccurrence]


class Preview(NextDates):
    recurrence_text: str
