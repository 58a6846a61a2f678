"""Reminders: planned when a task changes, and fired when they are due. Owns the table `reminder`."""
