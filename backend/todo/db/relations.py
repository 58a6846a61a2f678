"""Read-only views of tables, for statements of other rooms that must join them.

Used as a subquery, `JOIN ({TASKS}) t ON …`; PostgreSQL inlines it. Other rooms may read only these columns
(docs/decisions/0017).
"""

TASKS = """SELECT id, user_id, title, description, due_date, due_on, all_day, timezone,
    fate AS status, deleted_at IS NOT NULL AS is_deleted, fate = 'open' AND deleted_at IS NULL AS is_open
    FROM task"""

# The accounts in use: a disabled one and one that will be deleted send and receive nothing.
ACCOUNTS = """SELECT id, timezone, default_reminders, quiet_from, quiet_until, away_from, away_until,
    escalate_after, nag_every FROM account WHERE delete_at IS NULL AND disabled_at IS NULL"""

# Also those that are disabled or leaving.
ALL_ACCOUNTS = "SELECT id FROM account"

# Addresses in lower case.
CONFIRMED = "SELECT user_id, address FROM confirmed_address"
