"""The tables of accounts. A change of a table needs a migration (todo.db.migrations)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import (
    identity,
    json_object,
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
    # Its owner has asked to delete it: it does nothing until then, and a login can undo it.
    delete_at: datetime | None = Field(sa_column=optional_moment())
    # An administrator has disabled it.
    disabled_at: datetime | None = Field(sa_column=optional_moment())

    __table_args__ = (
        Index(
            "ix_account_delete_at",
            "delete_at",
            postgresql_where=text("delete_at IS NOT NULL"),
        ),
    )


class Session(SQLModel, table=True):
    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    user_id: str = Field(sa_column=owner())
    created_at: datetime = Field(sa_column=now())
    expires_at: datetime = Field(sa_column=moment())
    id: int = Field(
        sa_column=Column(BigInteger, Identity(always=False), nullable=False, unique=True)
    )
    # Such as "Firefox on Windows", and the client's address at the last use.
    device: str = Field(sa_column=required_text(server_default=text("''")))
    address: str = Field(sa_column=required_text(server_default=text("''")))
    last_used_at: datetime = Field(sa_column=now())

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


class AccountMail(SQLModel, table=True):
    """A mail about an account that was asked for or is planned. A row without `next_try_at` is finished."""

    __tablename__ = "account_mail"

    id: UUID = Field(
        primary_key=True, sa_column_kwargs={"server_default": text("gen_random_uuid()")}
    )
    kind: str = Field(sa_column=required_text())
    address: str = Field(sa_column=required_text())
    # Null: a stranger gave the address, and nobody has looked up its account yet.
    user_id: str | None = Field(
        sa_column=Column(Text, ForeignKey("account.id", ondelete="CASCADE"), nullable=True)
    )
    data: dict[str, Any] = Field(sa_column=json_object())
    attempt: int = Field(sa_column_kwargs={"server_default": text("0")})
    created_at: datetime = Field(sa_column=now())
    next_try_at: datetime | None = Field(
        sa_column=Column(DateTime(timezone=True), nullable=True, server_default=text("now()"))
    )

    __table_args__ = (
        Index(
            "ix_account_mail_due",
            "next_try_at",
            postgresql_where=text("next_try_at IS NOT NULL"),
        ),
        Index("ix_account_mail_address", "address", "kind", "created_at"),
        Index("ix_account_mail_created_at", "created_at"),
        Index("ix_account_mail_user_id", "user_id"),
    )


class AccountLink(SQLModel, table=True):
    """A link that was mailed, or printed by an operator. It is deleted when it is used."""

    __tablename__ = "account_link"

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    kind: str = Field(sa_column=required_text())
    user_id: str = Field(sa_column=owner())
    # Where the link was mailed to; its use confirms the address. Empty: it was printed.
    address: str = Field(sa_column=required_text())
    expires_at: datetime = Field(sa_column=moment())

    __table_args__ = (
        Index("ix_account_link_user_id", "user_id"),
        Index("ix_account_link_expires_at", "expires_at"),
    )


class ConfirmedAddress(SQLModel, table=True):
    """An address, in lower case, at which the user has opened a link."""

    __tablename__ = "confirmed_address"

    user_id: str = Field(
        sa_column=Column(Text, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    )
    address: str = Field(sa_column=Column(Text, primary_key=True))
    confirmed_at: datetime = Field(sa_column=now())


class Invitation(SQLModel, table=True):
    """A link that lets one person sign up. It is deleted when it is used."""

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    created_at: datetime = Field(sa_column=now())
    expires_at: datetime = Field(sa_column=moment())


class AccountEvent(SQLModel, table=True):
    """An entry of the account log, which its owner reads."""

    __tablename__ = "account_event"

    id: int = Field(sa_column=identity())
    user_id: str = Field(sa_column=owner())
    at: datetime = Field(sa_column=moment())
    kind: str = Field(sa_column=required_text())
    device: str = Field(sa_column=required_text())
    address: str = Field(sa_column=required_text())
    details: dict[str, Any] = Field(sa_column=json_object())
    # The hash of the cookie that recognises a browser, where somebody has logged in.
    browser: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))

    __table_args__ = (
        Index("ix_account_event_user_id", "user_id", "id"),
        Index(
            "ix_account_event_browser",
            "user_id",
            "browser",
            postgresql_where=text("browser IS NOT NULL"),
        ),
        Index("ix_account_event_at", "at"),
    )
