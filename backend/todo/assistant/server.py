"""The MCP server: the registry, the resources and the prompts through the official SDK, for one client.

It answers both eras of the protocol: requests of 2026-07-28, which stand alone, and the handshake of 2025.
"""

import logging
from typing import Any
from uuid import UUID

import mcp_types as types
import orjson
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic.json_schema import GenerateJsonSchema
from starlette.types import ASGIApp, Receive, Scope, Send

from todo.assistant import prompts, proposals, resources
from todo.assistant.clients import Client
from todo.assistant.instructions import INSTRUCTIONS
from todo.assistant.tools import BY_NAME, TOOLS, AnyTool, ToolContext, ToolError, call
from todo.domain.errors import DomainError
from todo.runtime.app import VERSION
from todo.runtime.context import Context

# The SDK reports every request on this level.
logging.getLogger("mcp").setLevel(logging.WARNING)
_Request = ServerRequestContext[Any, Any]
_LISTS = CacheHint(ttl_ms=300_000, scope="private")
_APPROVE = "approve"


def http_app(context: Context, client: Client) -> ASGIApp:
    """The server of one request over streamable HTTP. Its endpoint has checked the credential and the origin."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        manager = StreamableHTTPSessionManager(
            mcp_server(context, client),
            json_response=True,
            stateless=True,
            security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        # uvicorn leaves the optional white space around values (RFC 9110, 5.5), which the SDK compares.
        headers = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        async with manager.run():
            await manager.handle_request({**scope, "headers": headers}, receive, send)

    return app


def mcp_server(context: Context, client: Client) -> Server[Any]:
    """A server for one client: its tools act for the user of the client's credential, and for nobody else."""
    serving = _Serving(context, client)
    return Server(
        "todo",
        title="Todo",
        version=VERSION,
        instructions=INSTRUCTIONS,
        website_url=context.settings.origin,
        cache_hints={
            "tools/list": _LISTS,
            "prompts/list": _LISTS,
            "resources/list": _LISTS,
            "resources/templates/list": _LISTS,
        },
        get_tool_input_schema=_input_schema,
        on_list_tools=serving.list_tools,
        on_call_tool=serving.call_tool,
        on_list_resources=serving.list_resources,
        on_list_resource_templates=serving.list_templates,
        on_read_resource=serving.read_resource,
        on_list_prompts=serving.list_prompts,
        on_get_prompt=serving.get_prompt,
    )


def _input_schema(name: str) -> dict[str, Any] | None:
    return DESCRIBED[name].input_schema if name in DESCRIBED else None


class _Schema(GenerateJsonSchema):
    """Without the titles that only repeat the names of fields: a model reads every schema."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _described(tool: AnyTool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input.model_json_schema(schema_generator=_Schema),
        output_schema=tool.output.model_json_schema(schema_generator=_Schema, mode="serialization"),
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=tool.read_only,
            destructive_hint=tool.destructive,
            idempotent_hint=tool.read_only or tool.idempotent,
            open_world_hint=False,
        ),
    )


DESCRIBED = {tool.name: _described(tool) for tool in TOOLS}


class _Serving:
    def __init__(self, context: Context, client: Client) -> None:
        self._context = context
        self._client = client

    def _tool_context(self, request: _Request) -> ToolContext:
        meta = (request.params or {}).get("_meta") or {}
        key = meta.get("idempotencyKey")
        return ToolContext(
            self._context,
            self._client.caller,
            self._client.scopes,
            self._context.db.now(),
            key[:200] if isinstance(key, str) and key else None,
        )

    async def list_tools(
        self, _request: _Request, _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        allowed = [DESCRIBED[t.name] for t in TOOLS if t.allowed(self._client.scopes)]
        return types.ListToolsResult(tools=allowed)

    async def call_tool(
        self, request: _Request, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        tool = BY_NAME.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name[:80]!r}")
        ctx = self._tool_context(request)
        arguments = params.arguments or {}
        if tool.name == "apply_proposal" and _opens_pages(request) and not params.input_responses:
            page = await _approval_page(ctx, arguments)
            if page is not None:
                return page
        try:
            answer = await call(tool, ctx, arguments)
        except ToolError as error:
            return _failed(str(error))
        content = answer.model_dump(mode="json")
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=orjson.dumps(content).decode())],
            structured_content=content,
            is_error=_did_nothing(content),
        )

    async def list_resources(
        self, _request: _Request, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        found = [
            types.Resource(
                uri=one.uri,
                name=one.name,
                title=one.title,
                description=one.description,
                mime_type="application/json",
            )
            for one in resources.RESOURCES
        ]
        return types.ListResourcesResult(resources=found)

    async def list_templates(
        self, _request: _Request, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        found = [
            types.ResourceTemplate(
                uri_template=one.uri,
                name=one.name,
                title=one.title,
                description=one.description,
                mime_type="application/json",
            )
            for one in resources.TEMPLATES
        ]
        return types.ListResourceTemplatesResult(resource_templates=found)

    async def read_resource(
        self, request: _Request, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(params.uri)
        try:
            text = await resources.read(uri, self._tool_context(request))
        except resources.NoSuchResource as error:
            raise MCPError(types.INVALID_PARAMS, str(error), {"uri": uri}) from None
        contents = types.TextResourceContents(uri=uri, mime_type="application/json", text=text)
        return types.ReadResourceResult(contents=[contents])

    async def list_prompts(
        self, _request: _Request, _params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        found = [
            types.Prompt(
                name=one.name,
                title=one.title,
                description=one.description,
                arguments=[
                    types.PromptArgument(name=a.name, description=a.description, required=True)
                    for a in one.arguments
                ],
            )
            for one in prompts.PROMPTS
        ]
        return types.ListPromptsResult(prompts=found)

    async def get_prompt(
        self, _request: _Request, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        prompt = prompts.BY_NAME.get(params.name)
        if prompt is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {params.name[:80]!r}")
        given = params.arguments or {}
        text = prompt.text
        for argument in prompt.arguments:
            if not given.get(argument.name):
                raise MCPError(types.INVALID_PARAMS, f"The argument {argument.name} is missing.")
            text = text.replace(f"{{{argument.name}}}", given[argument.name])
        message = types.PromptMessage(
            role="user", content=types.TextContent(type="text", text=text)
        )
        return types.GetPromptResult(description=prompt.description, messages=[message])


def _failed(message: str) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=message)], is_error=True
    )


def _did_nothing(content: dict[str, Any]) -> bool:
    """Whether every item failed. An answer that did a part is no error."""
    results = ("applied", "undone", "tasks", "proposal")
    return bool(content.get("failures")) and not any(content.get(name) for name in results)


def _opens_pages(request: _Request) -> bool:
    """Whether the client declares that it opens a page for its user (elicitation in URL mode)."""
    capabilities = request.session.client_capabilities
    if capabilities is None or capabilities.elicitation is None:
        return False
    opens = capabilities.elicitation.url is not None
    return opens and request.protocol_version in MODERN_PROTOCOL_VERSIONS


async def _approval_page(
    ctx: ToolContext, arguments: dict[str, Any]
) -> types.InputRequiredResult | None:
    """Asks the client to open the page where the person approves; None if no approval is waited for.

    What the client answers decides nothing: the call is made again, and reads the proposal's row.
    """
    try:
        async with ctx.context.db.reading() as connection:
            id_ = UUID(str(arguments.get("proposal_id")))
            found = await proposals.find(ctx.caller, id_, connection)
    except (ValueError, DomainError):
        return None  # the call itself says what is wrong
    proposal = proposals.shown(found, ctx.now)
    if proposal.status != "open" or not proposals.needs_person(found):
        return None
    params = types.ElicitRequestURLParams(
        message=f"{proposal.summary}? Look at the changes and approve them in Todo.",
        url=proposals.approval_url(id_, ctx.origin),
    )
    return types.InputRequiredResult(
        input_requests={_APPROVE: types.ElicitRequest(params=params)}, request_state=str(id_)
    )
