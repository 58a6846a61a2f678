"""the start date of a task, and how many of its versions no person made

Revision: 0007, after 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
oldest_code = "0002"


def upgrade() -> None:
    # A run that was killed while it built the index is repeated from here.
    op.execute("ALTER TABLE task ADD COLUMN IF NOT EXISTS start_date timestamptz")
    op.execute("ALTER TABLE task ADD COLUMN IF NOT EXISTS start_on date")
    op.execute(
        "ALTER TABLE task ADD COLUMN IF NOT EXISTS system_changes integer NOT NULL DEFAULT 0"
    )
    with op.get_context().autocommit_block():
        # Without blocking writes: the table is in use meanwhile.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_task_starting")
        op.execute(
            """CREATE INDEX CONCURRENTLY ix_task_starting ON task (user_id)
               WHERE (start_date IS NOT NULL OR start_on IS NOT NULL) AND due_date IS NULL
                   AND NOT completed AND deleted_at IS NULL"""
        )


def downgrade() -> None:
    op.drop_index("ix_task_starting", "task")
    op.drop_column("task", "system_changes")
    op.drop_column("task", "start_on")
    op.drop_column("task", "start_date")
