"""Accounts: users, sessions, access tokens, and the caller of a request."""
