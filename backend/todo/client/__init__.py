"""The person's command line: an HTTP client of any Todo server, with nothing but its public API."""
