"""Prometheus metrics of the event path. Labels must not contain ids, which would make a series each."""

from prometheus_client import Counter

dead_letters = Counter("todo_dead_letters", "Undeliverable events, by consumer", ["consumer"])
