"""The table of live updates. A change of it needs a migration (todo.db.migrations)."""

from datetime import datetime

from sqlalchemy import (
    Column,
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
