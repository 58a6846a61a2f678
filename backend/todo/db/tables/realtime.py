"""The table of live updates. A change of it needs a migration (todo.db.migrations)."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
)
from sqlmodel import Field, SQLModel

from todo.db.tables.columns import (
    moment,
    owner,
)


class Ticket(SQLModel, table=True):
    """A ticket for one WebSocket connection, valid for half a minute."""

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    user_id: str = Field(sa_column=owner())
    expires_at: datetime = Field(sa_column=moment())
    # The session or the access token that asked for it. The ticket ends with it.
    session_id: int | None = Field(
        sa_column=Column(BigInteger, ForeignKey("session.id", ondelete="CASCADE"), nullable=True)
    )
    token_id: int | None = Field(
        sa_column=Column(
            BigInteger, ForeignKey("access_token.id", ondelete="CASCADE"), nullable=True
        )
    )

    __table_args__ = (
        Index("ix_ticket_session_id", "session_id"),
        Index("ix_ticket_token_id", "token_id"),
    )
