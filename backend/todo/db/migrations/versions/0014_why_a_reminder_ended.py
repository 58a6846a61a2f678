"""why a reminder was not sent

Revision: 0014, after 0013

Expand only: older code leaves the column empty, and the answer then names all possible reasons.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
oldest_code = "0002"


def upgrade() -> None:
    # Can be repeated, as the migration before it can.
    op.execute("ALTER TABLE reminder ADD COLUMN IF NOT EXISTS cause text")


def downgrade() -> None:
    op.drop_column("reminder", "cause")
