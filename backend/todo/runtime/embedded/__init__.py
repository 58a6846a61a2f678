"""The embedded runtime: all services in one process, on PostgreSQL only. It implements `todo.runtime.ports`."""
