"""the start date of a task, and how many of its versions no person made

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
oldest_code = "0002"


def upgrade() -> None:
    op.add_column("task", sa.Column("start_date", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "task",
        sa.Column("system_changes", sa.Integer(), nullable=False, server_default=sa.text("0")),
    )


def downgrade() -> None:
    op.drop_column("task", "system_changes")
    op.drop_column("task", "start_date")
