"""The OAuth 2.1 authorization server for the MCP server, and what a user has connected (decision 0024)."""
