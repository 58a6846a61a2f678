"""Events in transit, the same for every runtime: outbox relay, consumers, dead letters, replay."""
