"""accounts that leave, and the account log

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
oldest_code = "0002"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("account", sa.Column("delete_at", moment, nullable=True))
    op.add_column("account", sa.Column("disabled_at", moment, nullable=True))
    op.create_index(
        "ix_account_delete_at",
        "account",
        ["delete_at"],
        postgresql_where=sa.text("delete_at IS NOT NULL"),
    )
    op.create_table(
        "account_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("browser", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.id"], name=op.f("fk_account_event_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_event")),
    )
    op.create_index("ix_account_event_user_id", "account_event", ["user_id", "id"])
    op.create_index(
        "ix_account_event_browser",
        "account_event",
        ["user_id", "browser"],
        postgresql_where=sa.text("browser IS NOT NULL"),
    )
    op.create_index("ix_account_event_at", "account_event", ["at"])


def downgrade() -> None:
    op.drop_table("account_event")
    op.drop_column("account", "disabled_at")
    op.drop_column("account", "delete_at")
