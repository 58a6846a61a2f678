"""Notifications: the channels of a user, the delivery of reminders through them, and the log of it."""
