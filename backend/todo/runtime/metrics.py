"""What is counted of the event path. No ids in labels."""

from prometheus_client import Counter, Gauge

dead_letters = Counter("todo_dead_letters", "Events given up on, by consumer", ["consumer"])
published = Counter("todo_outbox_published", "Events the relay handed to the broker", ["topic"])
outbox_oldest = Gauge(
    "todo_outbox_oldest_seconds", "Age of the oldest event that waits in the outbox"
)
