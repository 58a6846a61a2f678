"""Webhooks, signed as Standard Webhooks (https://www.standardwebhooks.com).

The receiver recomputes HMAC-SHA256 over `id.timestamp.body` with the shared secret and refuses old timestamps.
`webhook-id` is the delivery's id, the same on every try: a receiver that stores it recognises a repeated reminder.
"""

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from todo.domain.events import rfc3339
from todo.notifications.senders.http import Answer, GuardedPost, expect_success
from todo.notifications.senders.message import DeliveryFailed, Message, SendingSettings

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  (a public prefix)


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def payload(message: Message, now: float) -> bytes:
    """`type`, `timestamp` and `data`, as the standard proposes."""
    return json.dumps(
        {
            "type": "reminder.digest" if message.items else "reminder.due",
            "timestamp": rfc3339(datetime.fromtimestamp(int(now), UTC)),
            "data": {
                "delivery_id": str(message.delivery_id),
                "reminder_id": message.reminder_id,
                "task_id": message.task_id,
                "title": message.title,
                "body": message.body,
                "due_at": rfc3339(message.due_at.astimezone(UTC)) if message.due_at else None,
                "all_day": message.all_day,
                "timezone": message.timezone,
                "late_seconds": message.late_seconds,
                "items": list(message.items),
                "url": message.url,
                "done_url": message.done_url,
                "snooze_url": message.snooze_url,
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


class WebhookSender:
    """config: `url`, `secret` (whsec_…)."""

    def __init__(self, settings: SendingSettings) -> None:
        self._clock = settings.clock
        self._post = GuardedPost(settings)

    async def send(self, config: Mapping[str, object], message: Message) -> None:
        now = self._clock()
        body = payload(message, now)
        webhook_id, timestamp = str(message.delivery_id), int(now)
        check(
            await self._post(
                str(config["url"]),
                content=body,
                headers={
                    "Content-Type": "application/json",
                    "webhook-id": webhook_id,
                    "webhook-timestamp": str(timestamp),
                    "webhook-signature": signature(
                        str(config["secret"]), webhook_id, timestamp, body
                    ),
                },
            )
        )

    async def aclose(self) -> None:
        await self._post.aclose()


def check(answer: Answer) -> None:
    if answer.status == 410:
        raise DeliveryFailed(f"{answer.host} answered 410: the address is gone.", gone=True)
    expect_success(answer)
