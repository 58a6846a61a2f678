"""Calendar files: import, export and the feed. The format itself is in `ical`, which does no I/O."""
