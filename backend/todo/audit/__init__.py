"""The audit log: what todo-audit records of each event, and the history of a task."""
