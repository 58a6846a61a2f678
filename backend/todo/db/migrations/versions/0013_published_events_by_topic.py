"""published events by topic, because live updates are deleted much earlier than other events

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
oldest_code = "0002"


def upgrade() -> None:
    # The table is in use meanwhile. A run that was killed leaves an invalid index, which is built again.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_outbox_published")
        op.create_index(
            "ix_outbox_published", "outbox", ["topic", "published_at"],
            postgresql_where=sa.text("published_at IS NOT NULL"), postgresql_concurrently=True,
        )  # fmt: skip
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_outbox_published_at")


def downgrade() -> None:
    op.drop_index("ix_outbox_published", "outbox")
    op.create_index("ix_outbox_published_at", "outbox", ["published_at"])
