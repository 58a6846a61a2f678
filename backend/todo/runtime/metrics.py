"""What is counted of the event path. No ids in labels."""

from prometheus_client import Counter

dead_letters = Counter("todo_dead_letters", "Events given up on, by consumer", ["consumer"])
