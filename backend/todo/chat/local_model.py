"""The local model: an `agents.Model` that needs no endpoint and no key. It understands the language of this folder.

It keeps no state between its calls: each call replays the dialogue with the tool results in the input.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from agents import Model, ModelResponse, ModelSettings, ModelTracing, Usage
from agents.items import TResponseInputItem, TResponseStreamEvent
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseFunctionToolCall,
    ResponseOutputItem,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseTextDeltaEvent,
    ResponseUsage,
)
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails

from todo.chat.language.dates import Today
from todo.chat.language.dialogue import respond
from todo.chat.language.requests import Answer, Call, Memory

_DELTA = 40  # characters per piece of text


class LocalModel(Model):
    def __init__(self, message: str, memory: Memory, today: Today) -> None:
        self._message = message
        self._memory = memory
        self._today = today
        # What the answer leaves behind, when it is complete.
        self.memory: Memory | None = None

    def _next(self, input_: str | list[TResponseInputItem]) -> Call | Answer:
        steps = respond(self._message, self._memory, self._today)
        try:
            call = next(steps)
            for result in _results(input_):
                call = steps.send(result)
        except StopIteration as end:
            answer: Answer = end.value
            self.memory = answer.memory
            return answer
        return call

    def _output(self, input_: str | list[TResponseInputItem]) -> tuple[ResponseOutputItem, str]:
        step = self._next(input_)
        if isinstance(step, Call):
            number = len(_results(input_))
            arguments = json.dumps(dict(step.arguments), ensure_ascii=False)
            call = ResponseFunctionToolCall(
                id=f"call_{number}",
                call_id=f"call_{number}",
                type="function_call",
                name=step.name,
                arguments=arguments,
            )
            return call, ""
        text = ResponseOutputText(text=step.text, type="output_text", annotations=[], logprobs=[])
        message = ResponseOutputMessage(
            id="answer", type="message", role="assistant", status="completed", content=[text]
        )
        return message, step.text

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Any],
        output_schema: Any,
        handoffs: list[Any],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: Any,
    ) -> ModelResponse:
        item, _ = self._output(input)
        return ModelResponse(output=[item], usage=Usage(requests=1), response_id="local")

    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Any],
        output_schema: Any,
        handoffs: list[Any],
        tracing: ModelTracing,
        *,
        previous_response_id: str | None,
        conversation_id: str | None,
        prompt: Any,
    ) -> AsyncIterator[TResponseStreamEvent]:
        item, text = self._output(input)
        pieces = [text[start : start + _DELTA] for start in range(0, len(text), _DELTA)]
        for number, piece in enumerate(pieces):
            yield ResponseTextDeltaEvent(
                type="response.output_text.delta",
                item_id="answer",
                content_index=0,
                output_index=0,
                delta=piece,
                logprobs=[],
                sequence_number=number,
            )
        yield ResponseCompletedEvent(
            type="response.completed", response=_response(item), sequence_number=len(pieces)
        )


def _response(item: ResponseOutputItem) -> Response:
    return Response(
        id="local",
        created_at=0,
        model="local",
        object="response",
        output=[item],
        tool_choice="auto",
        tools=[],
        parallel_tool_calls=False,
        usage=ResponseUsage(
            input_tokens=0,
            output_tokens=0,
            total_tokens=0,
            input_tokens_details=InputTokensDetails(cached_tokens=0, cache_write_tokens=0),
            output_tokens_details=OutputTokensDetails(reasoning_tokens=0),
        ),
    )


def _results(input_: str | list[TResponseInputItem]) -> Sequence[dict[str, Any]]:
    """The results of this turn's tool calls, in order."""
    if isinstance(input_, str):
        return []
    items: Sequence[Mapping[str, Any]] = [item for item in input_ if isinstance(item, dict)]  # type: ignore[misc]
    return [_result(item["output"]) for item in items if item.get("type") == "function_call_output"]


def _result(output: Any) -> dict[str, Any]:
    if isinstance(output, list):
        output = "".join(str(part.get("text", "")) for part in output if isinstance(part, dict))
    elif isinstance(output, dict):
        output = output.get("text", "")
    try:
        result = json.loads(output)
    except ValueError:
        return {"error": str(output)}
    return result if isinstance(result, dict) else {"error": str(output)}
