"""Live updates: WebSocket connections, their tickets, and the changes that a window has missed."""
