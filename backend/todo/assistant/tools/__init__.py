"""The tools, written once: for the MCP server, for the chat and for the tests."""

from todo.assistant.tools.changing import CHANGING
from todo.assistant.tools.projects import PROJECTS
from todo.assistant.tools.proposing import PROPOSING
from todo.assistant.tools.reading import READING
from todo.assistant.tools.registry import AnyTool, Scope, ToolContext, ToolError, call

TOOLS: tuple[AnyTool, ...] = (*READING, *PROJECTS, *CHANGING, *PROPOSING)
BY_NAME = {tool.name: tool for tool in TOOLS}

__all__ = ["BY_NAME", "TOOLS", "AnyTool", "Scope", "ToolContext", "ToolError", "call"]
