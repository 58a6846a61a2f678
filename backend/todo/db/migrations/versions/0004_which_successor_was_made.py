"""the successor that was made of a closed occurrence

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
oldest_code = "0002"


# Closed occurrences in batches, each a transaction of its own: the table is in use meanwhile.
_FILL = """
    WITH batch AS (
        SELECT id, series_id, occurrence FROM task
        WHERE id > :last AND completed AND series_id IS NOT NULL ORDER BY id LIMIT 5000),
    filled AS (
        UPDATE task t SET successor_id = s.id FROM batch b
        JOIN task s ON s.series_id = b.series_id AND s.occurrence = b.occurrence + 1
        WHERE t.id = b.id AND t.successor_id IS NULL)
    SELECT max(id) FROM batch
"""


def upgrade() -> None:
    # A run that was killed while it filled the column is repeated from here.
    op.execute("ALTER TABLE task ADD COLUMN IF NOT EXISTS successor_id bigint")
    # No version has ever read or written it.
    op.execute("ALTER TABLE task DROP COLUMN IF EXISTS position")
    with op.get_context().autocommit_block():
        last: int | None = 0
        while last is not None:
            last = op.get_bind().execute(sa.text(_FILL), {"last": last}).scalar()


def downgrade() -> None:
    op.add_column(
        "task", sa.Column("position", sa.Float(), nullable=False, server_default=sa.text("0"))
    )
    op.drop_column("task", "successor_id")
