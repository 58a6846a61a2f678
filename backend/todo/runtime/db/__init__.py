"""Access to PostgreSQL: connections, units of work, the clock of the database, stored secrets."""
