"""An OpenAI-compatible endpoint on loopback that replays scripted answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Request = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One answer of the model."""

    text: str = ""
    # (tool, arguments); arguments may be text that is not JSON.
    calls: Sequence[tuple[str, dict[str, Any] | str]] = ()
    refusal: str = ""
    status: int = 200
    retry_after: str | None = None
    # Cut the connection after the text.
    breaks: bool = False
    # Send this raw line instead of an answer.
    raw: str | None = None
    # Seconds before the first token.
    slow: float = 0
    tokens: int = 100


@dataclass
class FakeModel:
    """Answers each request with the next step, or by `obeys`."""

    url: str = ""
    steps: list[Step] = field(default_factory=list)
    obeys: Callable[[Request], Step] | None = None
    requests: list[Request] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        wanted: Request = await request.json()
        self.requests.append(wanted)
        self.keys.append(request.headers.get("authorization", ""))
        step = self.obeys(wanted) if self.obeys else self.steps.pop(0)
        await asyncio.sleep(step.slow)
        if step.status != 200:
            headers = {"retry-after": step.retry_after} if step.retry_after else {}
            body = {"error": {"message": "no: key sk-secret-of-test", "type": "error"}}
            return web.json_response(body, status=step.status, headers=headers)
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        if request.transport is None or request.transport.is_closing():
            return response  # the caller has left
        await response.prepare(request)
        if step.raw is not None:
            await response.write(step.raw.encode())
            return response
        for chunk in _chunks(step, len(self.requests)):
            await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
        if step.breaks:
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(
            f"data: {json.dumps(_usage(step.tokens))}\n\ndata: [DONE]\n\n".encode()
        )
        return response


def _chunks(step: Step, request: int) -> list[dict[str, Any]]:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += ({"content": step.text[n : n + 7]} for n in range(0, len(step.text), 7))
    if step.refusal:
        deltas.append({"refusal": step.refusal})
    for index, (name, arguments) in enumerate(step.calls):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        function = {"name": name, "arguments": ""}
        call = {
            "index": index,
            "id": f"id{request}-{index}-{name}",
            "type": "function",
            "function": function,
        }
        deltas.append({"tool_calls": [call]})
        half = len(text) // 2
        deltas += (
            {"tool_calls": [{"index": index, "function": {"arguments": part}}]}
            for part in (text[:half], text[half:])
        )
    chunks = [_chunk([{"index": 0, "delta": delta, "finish_reason": None}]) for delta in deltas]
    if not step.breaks:
        reason = "tool_calls" if step.calls else "stop"
        chunks.append(_chunk([{"index": 0, "delta": {}, "finish_reason": reason}]))
    return chunks


def _chunk(choices: list[Any]) -> dict[str, Any]:
    return {
        "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": choices,
    }  # fmt: skip


def _usage(tokens: int) -> dict[str, Any]:
    usage = {"prompt_tokens": tokens - 10, "completion_tokens": 10, "total_tokens": tokens}
    return {**_chunk([]), "usage": usage}


@asynccontextmanager
async def serving() -> AsyncIterator[FakeModel]:
    model = FakeModel()
    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_post("/v1/chat/completions", model.answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    model.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield model
    finally:
        await runner.cleanup()
