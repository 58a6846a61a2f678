"""the reminder whose notification covers a late one

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
oldest_code = "0002"


def upgrade() -> None:
    op.add_column("reminder", sa.Column("superseded_by", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_reminder_superseded_by", "reminder", "reminder", ["superseded_by"], ["id"],
        ondelete="SET NULL",
    )  # fmt: skip
    op.create_index(
        "ix_reminder_superseded_by", "reminder", ["superseded_by"],
        postgresql_where=sa.text("superseded_by IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_column("reminder", "superseded_by")
