"""The schema: what the classes declare, made once, and never touched by an older version."""

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from todo.db import tables
from todo.db.migrate import SchemaNewer, newest, revision_of, upgrade


async def test_the_database_is_what_the_classes_declare(database_url: str) -> None:
    assert tables.Task.metadata is SQLModel.metadata
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))

    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    columns = """SELECT table_name, column_name, data_type FROM information_schema.columns
                 WHERE table_schema = 'public'"""
    before = await connection.fetch(columns + " ORDER BY 1, 2")
    await upgrade(database_url)
    await upgrade(database_url, newest())  # past the short cut
    assert await connection.fetch(columns + " ORDER BY 1, 2") == before
    await connection.close()
    assert await revision_of(database_url) == newest()


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaNewer, match="newer version"):
        await upgrade(database_url)
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == "9999"
    await connection.close()
