"""Prometheus metrics of the event path. Labels must not contain ids: each value of a label is a time series."""

from prometheus_client import Counter

dead_letters = Counter("todo_dead_letters", "Undeliverable events, by consumer", ["consumer"])
