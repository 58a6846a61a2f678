"""The migrations of the schema. Each runs once, and the previous release must still work after it.

During a rollout, and after a rollback, older code works on the newer schema. So a change takes two releases
(expand and contract): the first only adds (a table, a column with a default, an index); a later one removes what
no older code uses any more.

Each migration declares `oldest_code`, the oldest revision whose code works on the schema that it leaves. A
migration that only adds repeats the value of the one before it; one that removes names the first revision whose
code works without. The database stores the value beside its revision, for versions that do not contain this
migration (`todo.db.migrate`, docs/decisions/0011).
"""
