"""What other subjects read of accounts."""

# For the statements of reminders: JOIN ({ACCOUNTS}) a. PostgreSQL inlines the subquery.
ACCOUNTS = """SELECT id, timezone, default_reminders, quiet_from, quiet_until, away_from, away_until,
    escalate_after, nag_every FROM account"""
