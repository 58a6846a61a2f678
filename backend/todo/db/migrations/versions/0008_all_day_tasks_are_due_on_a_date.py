"""all-day tasks are due on a date

Revision: 0008, after 0007

Expand only: code older than 0008 writes due_date, and a trigger derives the date. A later migration removes the
trigger, the indexes ix_task_open and ix_task_all, and the due_date of all-day tasks.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
oldest_code = "0002"


# The stored instant is midnight in the task's zone. Half a day later is the same date, also if the rules of the zone
# have changed since, in zones that skip midnight, and mostly in UTC: PostgreSQL may not know a zone that Python does.
_DATE = """
    CREATE OR REPLACE FUNCTION task_date(midnight timestamptz, zone text) RETURNS date LANGUAGE plpgsql AS $$
    BEGIN
        RETURN (midnight AT TIME ZONE zone + interval '12 hours')::date;
    EXCEPTION WHEN invalid_parameter_value THEN
        RETURN (midnight AT TIME ZONE 'UTC' + interval '12 hours')::date;
    END $$
"""
_FUNCTION = """
    CREATE OR REPLACE FUNCTION task_due_on() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.all_day := NEW.all_day AND (NEW.due_date IS NOT NULL OR NEW.due_on IS NOT NULL);
        NEW.due_on := CASE WHEN NEW.all_day THEN coalesce(task_date(NEW.due_date, NEW.timezone), NEW.due_on) END;
        RETURN NEW;
    END $$
"""
# Older code never sets due_on: its inserts leave it empty, and its updates leave it as it was.
_ON_INSERT = """
    CREATE OR REPLACE TRIGGER task_due_on_insert BEFORE INSERT ON task FOR EACH ROW
    WHEN (NEW.all_day <> (NEW.due_on IS NOT NULL)) EXECUTE FUNCTION task_due_on()
"""
_ON_UPDATE = """
    CREATE OR REPLACE TRIGGER task_due_on_update BEFORE UPDATE ON task FOR EACH ROW
    WHEN (NEW.all_day <> (NEW.due_on IS NOT NULL)
          OR NEW.all_day AND NEW.due_on = OLD.due_on AND NEW.due_date IS DISTINCT FROM OLD.due_date)
    EXECUTE FUNCTION task_due_on()
"""
# In batches, each a transaction of its own: the table is in use meanwhile.
_FILL = """
    WITH batch AS (
        SELECT id FROM task WHERE id > :last AND all_day AND due_on IS NULL ORDER BY id LIMIT 5000),
    filled AS (
        UPDATE task t SET all_day = t.due_date IS NOT NULL, due_on = task_date(t.due_date, t.timezone)
        FROM batch b WHERE t.id = b.id AND t.all_day AND t.due_on IS NULL)
    SELECT max(id) FROM batch
"""
_TIMED = ["user_id", sa.text("coalesce(due_date, 'infinity'::timestamptz)"), "id"]
_ALL_DAY = ["user_id", "due_on", "id"]
_OPEN, _ALL = "NOT completed AND deleted_at IS NULL", "deleted_at IS NULL"
_INDEXES: dict[str, tuple[list[Any], str]] = {
    "ix_task_open_timed": (_TIMED, f"{_OPEN} AND due_on IS NULL"),
    "ix_task_open_all_day": (_ALL_DAY, f"{_OPEN} AND due_on IS NOT NULL"),
    "ix_task_all_timed": (_TIMED, f"{_ALL} AND due_on IS NULL"),
    "ix_task_all_all_day": (_ALL_DAY, f"{_ALL} AND due_on IS NOT NULL"),
}


def upgrade() -> None:
    # A run that was killed while it filled the column or built an index is repeated from here.
    op.execute("ALTER TABLE task ADD COLUMN IF NOT EXISTS due_on date")
    op.execute(_DATE)
    op.execute(_FUNCTION)
    op.execute(_ON_INSERT)
    op.execute(_ON_UPDATE)
    with op.get_context().autocommit_block():
        last: int | None = 0
        while last is not None:
            last = op.get_bind().execute(sa.text(_FILL), {"last": last}).scalar()
        for name, (columns, where) in _INDEXES.items():
            op.drop_index(name, "task", if_exists=True, postgresql_concurrently=True)
            op.create_index(
                name, "task", columns, postgresql_where=sa.text(where), postgresql_concurrently=True
            )  # fmt: skip
    # NOT VALID holds no lock while the rows are checked; VALIDATE lets others write meanwhile.
    op.execute("ALTER TABLE task DROP CONSTRAINT IF EXISTS ck_task_date_if_all_day")
    op.execute(
        "ALTER TABLE task ADD CONSTRAINT ck_task_date_if_all_day"
        " CHECK (all_day = (due_on IS NOT NULL)) NOT VALID"
    )
    op.execute("ALTER TABLE task VALIDATE CONSTRAINT ck_task_date_if_all_day")


def downgrade() -> None:
    op.execute("DROP TRIGGER task_due_on_insert ON task")
    op.execute("DROP TRIGGER task_due_on_update ON task")
    op.execute("DROP FUNCTION task_due_on")
    op.execute("DROP FUNCTION task_date")
    for name in _INDEXES:
        op.drop_index(name, "task")
    op.drop_constraint("ck_task_date_if_all_day", "task")
    op.drop_column("task", "due_on")
