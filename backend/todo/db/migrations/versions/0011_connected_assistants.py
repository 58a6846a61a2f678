"""the clients, requests, grants and tokens of the authorization server

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
oldest_code = "0002"

_TEXTS = sa.ARRAY(sa.Text())


def upgrade() -> None:
    op.create_table(
        "oauth_client",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("redirect_uris", _TEXTS, server_default=sa.text("'{}'"), nullable=False),
        _now("created_at"),
        sa.Column("fresh_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_client")),
    )
    op.create_table(
        "oauth_connection",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_name", sa.Text(), nullable=False),
        sa.Column("client_host", sa.Text(), nullable=True),
        sa.Column("scopes", _TEXTS, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        _now("created_at"),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["oauth_client.id"], name=op.f("fk_oauth_connection_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["account.id"],
            name=op.f("fk_oauth_connection_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_connection")),
    )
    op.create_index("ix_oauth_connection_user_id", "oauth_connection", ["user_id"])
    op.create_index("ix_oauth_connection_client_id", "oauth_connection", ["client_id"])
    op.create_table(
        "oauth_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_name", sa.Text(), nullable=False),
        sa.Column("client_host", sa.Text(), nullable=True),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("scopes", _TEXTS, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("code_challenge", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("connection_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["oauth_client.id"],
            name=op.f("fk_oauth_request_client_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["oauth_connection.id"],
            name=op.f("fk_oauth_request_connection_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.id"], name=op.f("fk_oauth_request_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_request")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_oauth_request_code_hash")),
    )
    op.create_index("ix_oauth_request_client_id", "oauth_request", ["client_id"])
    op.create_index("ix_oauth_request_user_id", "oauth_request", ["user_id"])
    op.create_index("ix_oauth_request_connection_id", "oauth_request", ["connection_id"])
    op.create_table(
        "oauth_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scopes", _TEXTS, server_default=sa.text("'{}'"), nullable=False),
        _now("created_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["oauth_connection.id"],
            name=op.f("fk_oauth_token_connection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_oauth_token")),
    )
    op.create_index("ix_oauth_token_connection_id", "oauth_token", ["connection_id"])
    op.create_index("ix_oauth_token_expires_at", "oauth_token", ["expires_at"])
    op.create_index(
        "ix_audit_log_client",
        "audit_log",
        ["user_id", "actor", "id"],
        postgresql_where=sa.text("actor LIKE 'client:%'"),
    )


def _now(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def downgrade() -> None:
    op.drop_index("ix_audit_log_client", table_name="audit_log")
    for table in ("oauth_token", "oauth_request", "oauth_connection", "oauth_client"):
        op.drop_table(table)
