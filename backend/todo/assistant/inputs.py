"""The changes that a tool may ask for. Null means "leave as it is", because many models fill every field.

Dates without an offset are read in the user's time zone.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from todo.accounts.schemas import Input, Moment, ReminderSpec
from todo.domain.reminder import MAX_REMINDERS
from todo.tasks.schemas import DueDate, NewTask, TaskChanges

MOST_CHANGES = 500
_MOST_TEXT = 1_000

TaskId = Annotated[int, Field(ge=1, le=2**63 - 1, description="the id of the task")]
Version = Annotated[
    int, Field(ge=1, le=2**31 - 1, description="refuse the change if the task has another version")
]
Clearable = Literal[
    "description", "start_date", "due_date", "recurrence", "reminders", "project_id"
]


class ToolInput(Input):
    """Arguments of a tool: unknown ones are refused, null ones count as absent."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {name: given for name, given in value.items() if given is not None}


class Refused(BaseModel):
    """An item of a batch that is not valid. The others are still done."""

    detail: str


def _keep_refusal(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError as error:
        return Refused(detail=explain(error))


def explain(error: ValidationError) -> str:
    """What is wrong with the arguments, in one sentence per field."""
    parts = []
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "unknown field"
        name = ".".join(str(part) for part in item["loc"])
        parts.append(f"{name}: {message}" if name else message)
    return "; ".join(parts)[:_MOST_TEXT]


T = TypeVar("T")
# A list in which an invalid item is replaced by a `Refused`, so that each is reported on its own.
Batch = Annotated[
    list[Annotated[T, WrapValidator(_keep_refusal)]],
    Field(min_length=1, max_length=MOST_CHANGES),
]


class Add(ToolInput, NewTask):
    model_config = ConfigDict(title="NewTask")

    action: Literal["add"] = "add"


class _OfTask(ToolInput):
    task_id: TaskId


class Update(_OfTask, TaskChanges):
    action: Literal["update"] = "update"
    version: Version | None = None
    clear: list[Clearable] = Field(
        default_factory=list,
        description="fields to empty; emptied reminders are the account's default ones, and without a project_id "
        "the task is in the Inbox",
    )

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set & {*TaskChanges.model_fields, "clear"}:
            raise ValueError("give at least one field to change")
        return self

    def changes(self) -> TaskChanges:
        given = {name: getattr(self, name) for name in self.model_fields_set}
        wanted = {name: value for name, value in given.items() if name in TaskChanges.model_fields}
        return TaskChanges.model_validate(wanted | dict.fromkeys(self.clear))


class Reschedule(_OfTask):
    action: Literal["reschedule"] = "reschedule"
    due_date: DueDate = Field(
        description="2026-11-30 keeps the time of day; 2026-11-30T09:00 sets it"
    )
    version: Version | None = None


class Complete(_OfTask):
    action: Literal["complete"] = "complete"
    completed_at: Moment | None = Field(None, description="when it was really done; now by default")


class Reopen(_OfTask):
    action: Literal["reopen"] = "reopen"


class Skip(_OfTask):
    action: Literal["skip"] = "skip"


class Postpone(_OfTask):
    action: Literal["postpone"] = "postpone"
    due_date: DueDate


class Delete(_OfTask):
    action: Literal["delete"] = "delete"


class Restore(_OfTask):
    action: Literal["restore"] = "restore"


class SetReminders(_OfTask):
    action: Literal["set_reminders"] = "set_reminders"
    reminders: Annotated[list[ReminderSpec], Field(max_length=MAX_REMINDERS)] | None = Field(
        None,
        description="ISO 8601 durations before the due date (PT30M, P1D) or RFC 3339 moments; [] for none, "
        "null for the account's default ones",
    )


class Snooze(_OfTask):
    action: Literal["snooze"] = "snooze"
    minutes: Annotated[int, Field(ge=1, le=60 * 24 * 30)] | None = None
    until: DueDate | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.minutes is None) == (self.until is None):
            raise ValueError("give either minutes or until")
        return self


Change = (
    Add
    | Update
    | Reschedule
    | Complete
    | Reopen
    | Skip
    | Postpone
    | Delete
    | Restore
    | SetReminders
    | Snooze
)
AnyChange = Annotated[Change, Field(discriminator="action")]
