"""The tables of accounts. A change of a table needs a migration (todo.db.migrations)."""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    Column,
    Index,
    LargeBinary,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import (
    identity,
    moment,
    now,
    optional_moment,
    optional_text,
    owner,
    required_text,
)


class Account(SQLModel, table=True):
    id: str = Field(sa_column=Column(Text, primary_key=True))
    email: str = Field(sa_column=required_text(unique=True))
    name: str = Field(sa_column=required_text(server_default=text("''")))
    password_hash: str = Field(sa_column=required_text())
    is_admin: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    timezone: str = Field(sa_column=required_text(server_default=text("'UTC'")))
    default_reminders: list[str] = Field(
        sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{P1D,PT1H}'"))
    )
    quiet_from: str | None = Field(sa_column=optional_text())
    quiet_until: str | None = Field(sa_column=optional_text())
    away_from: datetime | None = Field(sa_column=optional_moment())
    away_until: datetime | None = Field(sa_column=optional_moment())
    escalate_after: int | None = None
    nag_every: int | None = None
    calendar_secret: str | None = Field(sa_column=Column(Text, nullable=True, unique=True))
    created_at: datetime = Field(sa_column=now())


class Session(SQLModel, table=True):
    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    user_id: str = Field(sa_column=owner())
    created_at: datetime = Field(sa_column=now())
    expires_at: datetime = Field(sa_column=moment())

    __table_args__ = (Index("ix_session_user_id", "user_id"),)


class AccessToken(SQLModel, table=True):
    __tablename__ = "access_token"

    id: int = Field(sa_column=identity())
    user_id: str = Field(sa_column=owner())
    name: str = Field(sa_column=required_text())
    scope: str = Field(sa_column=required_text())
    prefix: str = Field(sa_column=required_text())
    token_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    created_at: datetime = Field(sa_column=now())
    expires_at: datetime | None = Field(sa_column=optional_moment())
    last_used_at: datetime | None = Field(sa_column=optional_moment())

    __table_args__ = (Index("ix_access_token_user_id", "user_id"),)
