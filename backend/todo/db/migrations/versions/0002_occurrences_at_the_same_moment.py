"""two occurrences of a series at the same moment

Revision: 0002, after 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
# Not 0001: its ON CONFLICT (series_id, due_date) names the key that is replaced here.
oldest_code = "0002"


def upgrade() -> None:
    op.execute("UPDATE task_occurrence SET occurrence = 0 WHERE occurrence IS NULL")
    op.alter_column("task_occurrence", "occurrence", nullable=False, server_default="0")
    op.drop_constraint("pk_task_occurrence", "task_occurrence")
    op.create_primary_key(
        "pk_task_occurrence", "task_occurrence", ["series_id", "due_date", "occurrence"]
    )


def downgrade() -> None:
    op.execute("DELETE FROM task_occurrence a USING task_occurrence b WHERE a.occurrence < b.occurrence"
               " AND a.series_id = b.series_id AND a.due_date = b.due_date")  # fmt: skip
    op.drop_constraint("pk_task_occurrence", "task_occurrence")
    op.create_primary_key("pk_task_occurrence", "task_occurrence", ["series_id", "due_date"])
    op.alter_column("task_occurrence", "occurrence", nullable=True, server_default=None)
    op.execute("UPDATE task_occurrence SET occurrence = NULL WHERE occurrence = 0")
