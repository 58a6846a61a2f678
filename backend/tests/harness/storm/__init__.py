"""The storm: users work while the product is hit in every way that a machine can hit it.

Afterwards no acknowledged change and no reminder may be lost or doubled. The check knows only what the clients
were answered, what a webhook receiver got, and SQL.
"""
