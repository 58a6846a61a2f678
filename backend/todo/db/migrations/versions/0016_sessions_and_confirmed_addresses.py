"""where a session is used, confirmed addresses, and invitations

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
oldest_code = "0002"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column(
        "session", sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)
    )
    op.create_unique_constraint(op.f("uq_session_id"), "session", ["id"])
    op.add_column("session", sa.Column("device", sa.Text(), server_default="", nullable=False))
    op.add_column("session", sa.Column("address", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "session",
        sa.Column("last_used_at", moment, server_default=sa.text("now()"), nullable=False),
    )
    for column, table in (("session_id", "session"), ("token_id", "access_token")):
        op.add_column("ticket", sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_ticket_{column}"), "ticket", table, [column], ["id"], ondelete="CASCADE"
        )
        op.create_index(f"ix_ticket_{column}", "ticket", [column])
    op.create_table(
        "confirmed_address",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("confirmed_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["account.id"],
            name=op.f("fk_confirmed_address_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "address", name=op.f("pk_confirmed_address")),
    )
    # Mail has gone to these addresses until now.
    op.execute(
        """INSERT INTO confirmed_address (user_id, address) SELECT id, lower(email) FROM account
           UNION SELECT user_id, lower(config->>'address') FROM channel
           WHERE kind = 'email' AND config->>'address' IS NOT NULL"""
    )
    op.create_table(
        "invitation",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_invitation")),
    )


def downgrade() -> None:
    op.drop_table("invitation")
    op.drop_table("confirmed_address")
    op.drop_column("ticket", "token_id")
    op.drop_column("ticket", "session_id")
    for column in ("last_used_at", "address", "device", "id"):
        op.drop_column("session", column)
