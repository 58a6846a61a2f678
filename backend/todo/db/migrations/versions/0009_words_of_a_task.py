"""the words that a search finds, for each task

Revision: 0009, after 0007
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from todo.domain import search

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None
oldest_code = "0002"

_BATCH = """
    SELECT id, version, user_id, title, description, tags, completed OR deleted_at IS NOT NULL AS closed
    FROM task WHERE id > :last ORDER BY id LIMIT 2000
"""
# A task that was changed meanwhile has another version; its words are filled in later (todo.tasks.words).
_FILL = """
    UPDATE task t SET words = f.words::tsvector, words_version = f.version
    FROM unnest(CAST(:ids AS bigint[]), CAST(:versions AS int[]), CAST(:words AS text[])) AS f(id, version, words)
    WHERE t.id = f.id AND t.version = f.version AND t.words_version <> t.version
"""


def _words(row: Any) -> str:
    return search.vector(
        row.user_id, title=row.title, description=row.description, tags=row.tags, is_open=not row.closed
    )  # fmt: skip


def upgrade() -> None:
    # A run that was killed while it filled the column is repeated from here.
    op.execute("ALTER TABLE task ADD COLUMN IF NOT EXISTS words tsvector")
    op.execute("ALTER TABLE task ADD COLUMN IF NOT EXISTS words_version integer NOT NULL DEFAULT 0")
    # Still empty, so it is built at once.
    op.execute("CREATE INDEX IF NOT EXISTS ix_task_search ON task USING gin (words)")
    # Without them older code is only slower: it reads the lists of one user.
    op.execute("DROP INDEX IF EXISTS ix_task_words")
    op.execute("DROP INDEX IF EXISTS ix_task_tags")
    with op.get_context().autocommit_block():
        last = 0
        while rows := op.get_bind().execute(sa.text(_BATCH), {"last": last}).all():
            last = rows[-1].id
            filled = {
                "ids": [row.id for row in rows],
                "versions": [row.version for row in rows],
                "words": [_words(row) for row in rows],
            }
            op.get_bind().execute(sa.text(_FILL), filled)
    op.execute(
        "CREATE INDEX IF NOT EXISTS ix_task_words_missing ON task (id) WHERE words_version <> version"
    )


def downgrade() -> None:
    op.create_index("ix_task_tags", "task", ["tags"], postgresql_using="gin")
    op.create_index(
        "ix_task_words",
        "task",
        [sa.literal_column("(title || ' ' || coalesce(description, '')) gin_trgm_ops")],
        postgresql_using="gin",
    )
    op.drop_column("task", "words_version")
    op.drop_column("task", "words")
