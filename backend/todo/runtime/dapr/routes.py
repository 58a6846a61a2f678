"""The routes that a sidecar calls: the list of subscriptions, one route per subscription, one per cron job.

Subscriptions ask for raw payloads: daprd then passes on the bytes of the topic without reading them. Where it
reads them, an event whose `traceparent` is a number makes it panic at every start (docs/decisions/0014).
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from todo.runtime.context import Context
from todo.runtime.dapr.subscriptions import Broadcast, DeadLetterReader, SidecarSubscription
from todo.runtime.http.routing import from_an_app
from todo.runtime.service import Every, Service

PUBSUB = "kafka-pubsub"
FAN_OUT = "kafka-fanout"
DEAD_LETTERS = "kafka-pubsub-dead-letter"

_BULK_EVENTS = 100

Answer = Callable[[bytes], Awaitable[Mapping[str, Any]]]


def routers(services: Sequence[Service], context: Context) -> Sequence[APIRouter]:
    router = APIRouter(include_in_schema=False, dependencies=[Depends(from_an_app)])
    listed: list[dict[str, Any]] = []

    async def subscriptions() -> list[dict[str, Any]]:
        return listed

    def subscribe(pubsub: str, topic: str, path: str, answer: Answer, **more: Any) -> None:
        _post(router, path, answer)
        listed.append(
            {
                "pubsubname": pubsub,
                "topic": topic,
                "route": path,
                "metadata": {"rawPayload": "true"},
                **more,
            }
        )

    router.add_api_route("/dapr/subscribe", subscriptions)
    for service in services:
        for on in service.on:
            sidecar = SidecarSubscription(context, service.app_id, on)
            path = f"/dapr/events/{service.app_id}/{on.topic}"
            answer = sidecar.bulk if on.batch_window else sidecar.single
            more = {"deadLetterTopic": on.topic.dead_letter, **_bulk(on.batch_window)}
            subscribe(PUBSUB, str(on.topic), path, answer, **more)
        for fan_out in service.fan_out:
            path = f"/dapr/live/{service.app_id}/{fan_out.topic}"
            subscribe(FAN_OUT, str(fan_out.topic), path, Broadcast(context, fan_out).single)
        for dead in service.dead_letters:
            path = f"/dapr/dead-letters/{dead.topic}"
            reader = DeadLetterReader(context, dead)
            subscribe(DEAD_LETTERS, dead.topic.dead_letter, path, reader.single)
        for every in service.every:
            router.add_api_route(f"/{every.name}", _tick(every, context), methods=["POST"])
    return (router,)


def _bulk(window: timedelta | None) -> dict[str, Any]:
    if window is None:
        return {}
    # daprd's default wait is 10 s.
    return {
        "bulkSubscribe": {
            "enabled": True,
            "maxMessagesCount": _BULK_EVENTS,
            "maxAwaitDurationMs": round(window.total_seconds() * 1000),
        }
    }


def _post(router: APIRouter, path: str, answer: Answer) -> None:
    async def receive(request: Request) -> Response:
        await from_an_app(request)
        answered = await answer(await request.body())
        return Response(json.dumps(answered), media_type="application/json")

    # Starlette's own route: FastAPI's would add half to the cost of every event.
    router.add_route(path, receive, methods=["POST"], include_in_schema=False)


def _tick(every: Every, context: Context) -> Callable[[], Awaitable[dict[str, str]]]:
    async def run() -> dict[str, str]:
        await every.tick(context)
        return {}

    return run
