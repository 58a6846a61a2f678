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


def upgrade() -> None:
    op.add_column("task", sa.Column("successor_id", sa.BigInteger(), nullable=True))
    op.execute(
        """UPDATE task t SET successor_id = s.id FROM task s
           WHERE t.completed AND s.series_id = t.series_id AND s.occurrence = t.occurrence + 1"""
    )
    # No version has ever read or written it.
    op.drop_column("task", "position")


def downgrade() -> None:
    op.add_column(
        "task", sa.Column("position", sa.Float(), nullable=False, server_default=sa.text("0"))
    )
    op.drop_column("task", "successor_id")
