"""The contracts of the product as files: HTTP API, events and tools. No service imports this."""
