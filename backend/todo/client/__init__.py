"""The command line of a person: an HTTP client that uses only the public API of a Todo server."""
