"""The naming of constraints, and the columns that several tables share."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    MetaData,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType
from sqlmodel import SQLModel

SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class XID8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id (xid8), from which a client catches up on missed changes."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


def identity() -> Any:
    return Column(BigInteger, Identity(always=False), primary_key=True)


def required_text(**kwargs: Any) -> Any:
    return Column(Text, nullable=False, **kwargs)


def optional_text() -> Any:
    return Column(Text, nullable=True)


def moment(**kwargs: Any) -> Any:
    return Column(DateTime(timezone=True), nullable=False, **kwargs)


def optional_moment() -> Any:
    return Column(DateTime(timezone=True), nullable=True)


def now() -> Any:
    return moment(server_default=text("now()"))


def owner() -> Any:
    return Column(Text, ForeignKey("account.id", ondelete="CASCADE"), nullable=False)


def texts() -> Any:
    return Column(ARRAY(Text), nullable=False, server_default=text("'{}'"))


def json_object() -> Any:
    return Column(JSONB, nullable=False, server_default=text("'{}'"))
