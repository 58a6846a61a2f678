"""The entry of Alembic: it uses the connection of todo.db.migrate, or `-x url=…`."""

import asyncio
from collections.abc import Collection, Mapping

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from todo.db import tables  # noqa: F401  (registers the classes)


def remember_oldest_code(
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Collection[str],
    run_args: Mapping[str, object],
) -> None:
    """Store oldest_code in the row of the revision, in the transaction of the migration."""
    ctx.impl.execute("ALTER TABLE alembic_version ADD COLUMN IF NOT EXISTS oldest_code text")
    for reached in context.script.get_revisions(step.destination_revision_ids):
        oldest = text("UPDATE alembic_version SET oldest_code = :oldest")
        ctx.impl.execute(oldest.bindparams(oldest=reached.module.oldest_code))


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        on_version_apply=remember_oldest_code,
        # Each migration commits, so that its locks end before the next one begins.
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_from_command_line() -> None:
    url = context.get_x_argument(as_dictionary=True)["url"]
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


handed_over: Connection | None = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    asyncio.run(run_from_command_line())
