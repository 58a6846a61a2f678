"""What an assistant may do: the tools, the proposals that a person approves, and the MCP server."""
