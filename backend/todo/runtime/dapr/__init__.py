"""The Dapr runtime: events through a sidecar and Kafka. It implements `todo.runtime.ports`."""
