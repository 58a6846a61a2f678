"""The schema (`tables`) and its migrations. Rows are read and written by the room (folder) that owns the table."""
