"""projects, and the order of the tasks in each

Revision: 0018, after 0017

Expand only: code older than 0018 writes neither column, so its tasks are in the Inbox and a successor that it makes is too.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
oldest_code = "0002"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    # A run that was killed while it built an index is repeated from here.
    op.create_table(
        "project",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("icon", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("archived_at", moment, nullable=True),
        sa.Column("deleted_at", moment, nullable=True),
        sa.Column(
            "moved_tasks",
            postgresql.ARRAY(sa.BigInteger()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.id"], name=op.f("fk_project_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("user_id", "id", name=op.f("uq_project_user_id_id")),
        if_not_exists=True,
    )
    op.create_index(
        "uq_project_name", "project", ["user_id", "name_key"], unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"), if_not_exists=True,
    )  # fmt: skip
    op.execute("ALTER TABLE task ADD COLUMN IF NOT EXISTS project_id bigint")
    op.execute("ALTER TABLE task ADD COLUMN IF NOT EXISTS position bigint")
    op.execute("ALTER TABLE idempotency_key ADD COLUMN IF NOT EXISTS project_id bigint")
    op.execute("ALTER TABLE idempotency_key ALTER COLUMN task_id DROP NOT NULL")
    with op.get_context().autocommit_block():
        # Without blocking writes: the table is in use meanwhile.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_task_project")
        op.execute(
            """CREATE INDEX CONCURRENTLY ix_task_project ON task
                   (user_id, coalesce(project_id, 0), coalesce(position, 9223372036854775807), id)
               WHERE NOT completed AND deleted_at IS NULL"""
        )
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_task_in_project")
        op.execute(
            """CREATE INDEX CONCURRENTLY ix_task_in_project ON task (user_id, project_id)
               WHERE project_id IS NOT NULL"""
        )
    # NOT VALID holds no lock while the rows are checked; VALIDATE lets others write meanwhile.
    op.execute("ALTER TABLE task DROP CONSTRAINT IF EXISTS fk_task_user_id_project_id")
    op.execute(
        "ALTER TABLE task ADD CONSTRAINT fk_task_user_id_project_id FOREIGN KEY (user_id, project_id)"
        " REFERENCES project (user_id, id) NOT VALID"
    )
    op.execute("ALTER TABLE task VALIDATE CONSTRAINT fk_task_user_id_project_id")


def downgrade() -> None:
    op.drop_constraint("fk_task_user_id_project_id", "task")
    op.drop_index("ix_task_in_project", "task")
    op.drop_index("ix_task_project", "task")
    op.drop_column("task", "position")
    op.drop_column("task", "project_id")
    op.execute("DELETE FROM idempotency_key WHERE task_id IS NULL")
    op.alter_column("idempotency_key", "task_id", nullable=False)
    op.drop_column("idempotency_key", "project_id")
    op.drop_table("project")
