"""Requests and answers about accounts, and the field types that all subjects use."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    model_validator,
)

from todo.domain.errors import DomainError
from todo.domain.reminder import MAX_REMINDERS, parse_reminder
from todo.domain.task import check_zone

# More than any request has.
_MOST_FIELDS = 100


class Input(BaseModel):
    """A request body. Unknown fields are refused, so that a typo is not silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _few_fields(cls, value: Any) -> Any:
        """Refuse at once what would be reported field by field."""
        if isinstance(value, dict) and len(value) > _MOST_FIELDS:
            raise ValueError(f"at most {_MOST_FIELDS} fields")
        return value


def _no_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL characters")
    return value


def domain_check(check: object) -> AfterValidator:
    def run(value: str) -> str:
        try:
            check(value)  # type: ignore[operator]
        except DomainError as error:
            raise ValueError(error.message) from None
        return value

    return AfterValidator(run)


def _storable(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("needs an offset such as Z or +01:00")
    if not 1900 <= value.year <= 9000:
        raise ValueError("must lie between the years 1900 and 9000")
    return value.astimezone(UTC)


Text = Annotated[str, AfterValidator(_no_nul)]
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
Zone = Annotated[Text, StringConstraints(max_length=64), domain_check(check_zone)]
ReminderSpec = Annotated[Text, StringConstraints(max_length=40), domain_check(parse_reminder)]
Moment = Annotated[datetime, AfterValidator(_storable)]
Clock = Annotated[str, StringConstraints(pattern=re.compile(r"^([01]\d|2[0-3]):[0-5]\d$").pattern)]


class _WithPassword(Input):
    # Spaces belong to a password. The setting of the model would overrule that of a field.
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


Password = Annotated[Text, StringConstraints(min_length=8, max_length=200)]


class Registration(_WithPassword):
    email: EmailStr
    password: Password
    name: Annotated[Text, StringConstraints(max_length=200, strip_whitespace=True)] = ""
    timezone: Zone = "UTC"
    invitation: Annotated[Text, StringConstraints(max_length=100)] | None = None


class Login(_WithPassword):
    email: Annotated[Text, StringConstraints(max_length=320, strip_whitespace=True)]
    password: Annotated[Text, StringConstraints(max_length=200)]
    keep: Annotated[bool, Field(description="keep an account that would be deleted")] = False


class Deletion(_WithPassword):
    password: Annotated[Text, StringConstraints(max_length=200)]


class PlannedDeletion(BaseModel):
    delete_at: datetime


class AddressChange(_WithPassword):
    email: EmailStr
    password: Annotated[Text, StringConstraints(max_length=200)]


class AddressChanged(BaseModel):
    changed: bool = Field(
        description="false: a link was mailed to the new address; opening it makes the change"
    )


class ResetRequest(Input):
    email: Annotated[Text, StringConstraints(max_length=320)]


class LinkToken(Input):
    token: Annotated[Text, StringConstraints(max_length=100)]


class ConfirmedAddress(BaseModel):
    address: str


class Invitation(BaseModel):
    url: str = Field(description="shown only now; the server keeps a hash of its secret")
    expires_at: datetime


class NewPassword(_WithPassword):
    token: Annotated[Text, StringConstraints(max_length=100)]
    password: Password


class PasswordChange(_WithPassword):
    current: Annotated[Text, StringConstraints(max_length=200)]
    password: Password


class Me(BaseModel):
    id: str
    email: str
    email_confirmed: bool = Field(
        description="always true where the server mails nothing; only the link to confirm goes to others"
    )
    name: str
    is_admin: bool
    timezone: str
    default_reminders: list[str]
    quiet_from: str | None
    quiet_until: str | None
    away_from: datetime | None
    away_until: datetime | None
    escalate_after: int | None
    nag_every: int | None


class MeChanges(Input):
    name: Annotated[Text, StringConstraints(max_length=200)] | None = None
    timezone: Zone | None = None
    default_reminders: Annotated[list[ReminderSpec], Field(max_length=MAX_REMINDERS)] | None = None
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    away_from: Moment | None = None
    away_until: Moment | None = None
    escalate_after: Annotated[int, Field(ge=1, le=1440, description="minutes")] | None = None
    nag_every: Annotated[int, Field(ge=1, le=1440, description="minutes")] | None = None


class Session(BaseModel):
    id: int
    device: str = Field(description="such as “Firefox on Windows”; empty if it is not known")
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool = Field(description="the session of this request")


class SessionPage(BaseModel):
    items: list[Session]
    next_cursor: str | None


class TokenRequest(Input):
    name: Annotated[Text, StringConstraints(min_length=1, max_length=100)]
    scope: Literal["read", "write"] = "write"
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class Token(BaseModel):
    id: int
    name: str
    scope: Literal["read", "write"]
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewToken(Token):
    token: str = Field(description="Shown only now; the server keeps its hash.")


class TokenPage(BaseModel):
    items: list[Token]
    next_cursor: str | None
