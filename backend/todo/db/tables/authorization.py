"""The tables of the authorization server. A change of a table needs a migration (todo.db.migrations)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import (
    identity,
    moment,
    now,
    optional_moment,
    optional_text,
    owner,
    required_text,
    texts,
)


class OAuthClient(SQLModel, table=True):
    """A program that may ask for access. `id` is the URL of its metadata document, or a UUID if it registered."""

    __tablename__ = "oauth_client"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = Field(sa_column=required_text())
    # The host of the metadata document. Null: the client registered itself, and nothing about it is verified.
    host: str | None = Field(sa_column=optional_text())
    redirect_uris: list[str] = Field(sa_column=texts())
    created_at: datetime = Field(sa_column=now())
    # Until when the metadata document is used without fetching it again.
    fresh_until: datetime | None = Field(sa_column=optional_moment())


class OAuthRequest(SQLModel, table=True):
    """An authorization request that waits for the person's answer and, once allowed, its authorization code."""

    __tablename__ = "oauth_request"

    id: UUID = Field(primary_key=True)
    client_id: str = Field(
        sa_column=Column(Text, ForeignKey("oauth_client.id", ondelete="CASCADE"), nullable=False)
    )
    client_name: str = Field(sa_column=required_text())
    client_host: str | None = Field(sa_column=optional_text())
    redirect_uri: str = Field(sa_column=required_text())
    state: str | None = Field(sa_column=optional_text())
    scopes: list[str] = Field(sa_column=texts())
    code_challenge: str = Field(sa_column=required_text())
    resource: str = Field(sa_column=required_text())
    # Of the request, and later of its code.
    expires_at: datetime = Field(sa_column=moment())
    # Who allowed it. Null: nobody has answered.
    user_id: str | None = Field(
        sa_column=Column(Text, ForeignKey("account.id", ondelete="CASCADE"), nullable=True)
    )
    code_hash: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True, unique=True))
    code_used_at: datetime | None = Field(sa_column=optional_moment())
    # What the code was exchanged for: revoked if the code is used again.
    connection_id: int | None = Field(
        sa_column=Column(
            BigInteger, ForeignKey("oauth_connection.id", ondelete="SET NULL"), nullable=True
        )
    )

    __table_args__ = (
        Index("ix_oauth_request_client_id", "client_id"),
        Index("ix_oauth_request_user_id", "user_id"),
        Index("ix_oauth_request_connection_id", "connection_id"),
    )


class OAuthConnection(SQLModel, table=True):
    """A connected assistant: one grant of a user to a client. All tokens of the grant end with it."""

    __tablename__ = "oauth_connection"

    id: int = Field(sa_column=identity())
    user_id: str = Field(sa_column=owner())
    client_id: str = Field(sa_column=Column(Text, ForeignKey("oauth_client.id"), nullable=False))
    # As the person saw them when they allowed it.
    client_name: str = Field(sa_column=required_text())
    client_host: str | None = Field(sa_column=optional_text())
    scopes: list[str] = Field(sa_column=texts())
    resource: str = Field(sa_column=required_text())
    created_at: datetime = Field(sa_column=now())
    last_used_at: datetime | None = Field(sa_column=optional_moment())

    __table_args__ = (
        Index("ix_oauth_connection_user_id", "user_id"),
        Index("ix_oauth_connection_client_id", "client_id"),
    )


class OAuthToken(SQLModel, table=True):
    """An access or refresh token. A used refresh token is kept, so that a second use of it is noticed."""

    __tablename__ = "oauth_token"

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    connection_id: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("oauth_connection.id", ondelete="CASCADE"), nullable=False
        )
    )
    kind: str = Field(sa_column=required_text())
    scopes: list[str] = Field(sa_column=texts())
    created_at: datetime = Field(sa_column=now())
    expires_at: datetime = Field(sa_column=moment())
    used_at: datetime | None = Field(sa_column=optional_moment())

    __table_args__ = (
        Index("ix_oauth_token_connection_id", "connection_id"),
        Index("ix_oauth_token_expires_at", "expires_at"),
    )
