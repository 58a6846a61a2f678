"""The steps of the schema. Each is run once, and must leave the release before it able to go on.

While a release rolls out, and after it was taken back, the code before it works on the schema after it. So a
change comes in two releases: the first only adds (a table, a column with a default, an index); what has fallen
out of use is removed by a later one, when no code that wants it can come back.

Each migration says how far back that goes: `oldest_code` is the oldest revision whose code works on the schema
that it leaves. A migration that only adds says what the one before it says, or that one's revision if nobody
has looked further back; one that removes says the first revision whose code does without. The database keeps it
beside its revision, for versions that have never heard of this migration (`todo.db.migrate`, docs/decisions/0011).
"""
