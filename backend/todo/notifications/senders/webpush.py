"""Web push: encrypted for one browser (RFC 8291), signed with the server's key (VAPID, RFC 8292).

The payload is JSON for the service worker:

    {title, body, tag, url, done_url, snooze_url, task_id, reminder_id, delivery_id, due_at,
     late_seconds}

Every message of a reminder has the same `tag`, so a newer one replaces the older one on the screen. The Topic
header does the same for messages that wait at the push service.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from todo.domain.events import rfc3339
from todo.notifications.senders.http import Answer, GuardedPost, expect_success
from todo.notifications.senders.message import (
    DeliveryFailed,
    Message,
    SendingSettings,
    late,
    one_line,
    when,
)
from todo.runtime.url_guard import AddressRefused, parse

_TTL: Final = 3 * 86400  # a phone that was off over a weekend gets Friday's reminder
_TOKEN_LIFE: Final = 12 * 3600  # RFC 8292 allows at most a day
_LONGEST_PLAINTEXT: Final = 3993  # fits into the 4096 bytes that every push service accepts


@dataclass(frozen=True, slots=True)
class VapidKeys:
    """`private_pem` stays here; `public` (base64url) is the browser's applicationServerKey."""

    private_pem: str = field(repr=False)
    public: str


def generate_vapid_keys() -> VapidKeys:
    """Called once per installation. New keys invalidate every existing subscription."""
    from py_vapid import Vapid02

    vapid = Vapid02()
    vapid.generate_keys()
    pem = vapid.private_pem().decode("ascii")
    return VapidKeys(pem, public_key(pem))


def public_key(private_pem: str) -> str:
    point = (
        _load(private_pem).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode("ascii")


def _load(private_pem: str) -> EllipticCurvePrivateKey:
    key = load_pem_private_key(private_pem.encode(), password=None)
    if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("the VAPID key must be an EC private key on P-256, in PEM")
    return key


class WebPushSender:
    """config: `endpoint`, `keys` {p256dh, auth}, as PushSubscription.toJSON() gives them."""

    def __init__(self, settings: SendingSettings) -> None:
        # Imported when first needed: it loads two HTTP clients, 17 MB.
        from py_vapid import Vapid02

        self._settings = settings
        self._post = GuardedPost(settings)
        # no-strict: the library's check of the contact refuses ports and paths.
        self._vapid = (
            Vapid02(_load(settings.vapid_private_key), conf={"no-strict": True})
            if settings.vapid_private_key
            else None
        )

    async def send(self, config: Mapping[str, object], message: Message) -> None:
        from pywebpush import WebPusher, WebPushException

        if self._vapid is None:
            raise DeliveryFailed("This server has no key for web push.", permanent=True)
        now = self._settings.clock()
        try:
            target = parse(str(config["endpoint"]), allow_private=self._settings.allow_private)
            body = WebPusher(config).encode(payload(message, now), "aes128gcm")["body"]
        except AddressRefused as refused:
            raise DeliveryFailed(refused.reason, permanent=True) from None
        except (WebPushException, ValueError, KeyError, TypeError):
            raise DeliveryFailed(
                "The browser's subscription is damaged; turn notifications off and on again.",
                gone=True,
            ) from None
        claims = {
            "aud": target.origin,
            "exp": int(now) + _TOKEN_LIFE,
            "sub": self._settings.vapid_contact,
        }
        check(
            await self._post(
                target.url,
                content=body,
                headers={
                    **self._vapid.sign(claims),
                    "Content-Type": "application/octet-stream",
                    "Content-Encoding": "aes128gcm",
                    "TTL": str(_TTL),
                    "Urgency": "high",
                    "Topic": _tag(message),
                },
            )
        )

    async def aclose(self) -> None:
        await self._post.aclose()


def _tag(message: Message) -> str:
    return f"reminder-{message.reminder_id}"  # a Topic has at most 32 URL-safe characters


def payload(message: Message, now: float) -> bytes:
    """The body is shortened until the payload fits."""
    due, delay = when(message, now), late(message)
    lines = [f"Due {due}" if due else "", delay[:1].upper() + delay[1:]]
    lines += list(message.items) if message.items else [message.body.strip()]
    text, title = "\n".join(line for line in lines if line), one_line(message.title)
    fixed = {
        "tag": _tag(message),
        "url": message.url,
        "done_url": message.done_url,
        "snooze_url": message.snooze_url,
        "task_id": message.task_id,
        "reminder_id": message.reminder_id,
        "delivery_id": str(message.delivery_id),
        "due_at": rfc3339(message.due_at.astimezone(UTC)) if message.due_at else None,
        "late_seconds": message.late_seconds,
    }
    for limit in (1000, 400, 100, 0):
        short = text if len(text) <= limit else text[:limit].rstrip() + "…" * bool(limit)
        encoded = json.dumps(
            {"title": title, "body": short, **fixed}, ensure_ascii=False, separators=(",", ":")
        ).encode()
        if len(encoded) <= _LONGEST_PLAINTEXT:
            return encoded
    raise DeliveryFailed("The reminder is too long for a push message.", permanent=True)


def check(answer: Answer) -> None:
    if answer.status in {404, 410}:
        raise DeliveryFailed("The browser has unsubscribed.", gone=True)
    if answer.status in {401, 403}:
        raise DeliveryFailed(
            f"{answer.host} refused this server's key ({answer.status}). Turn notifications off "
            "and on again in that browser.",
            permanent=True,
        )
    expect_success(answer)
