"""Sends a reminder: one sender per channel kind.

    senders = Senders(settings)                    # once per process
    await senders.of(kind).send(config, message)   # returns, or raises DeliveryFailed
    await senders.aclose()

Senders keep no state about deliveries; the table `delivery` has it.
"""

from collections.abc import Callable, Mapping
from typing import Final

from todo.notifications.senders.apprise import HOSTED, AppriseSender
from todo.notifications.senders.email import EmailSender, read_smtp_url
from todo.notifications.senders.http import PER_HOST
from todo.notifications.senders.message import DeliveryFailed, Message, Sender, SendingSettings
from todo.notifications.senders.webhook import WebhookSender
from todo.notifications.senders.webpush import (
    VapidKeys,
    WebPushSender,
    generate_vapid_keys,
    public_key,
)

EMAIL_HOST: Final = "email"
SENDERS: Final[Mapping[str, Callable[[SendingSettings], Sender]]] = {
    "email": EmailSender,
    "webpush": WebPushSender,
    "apprise": AppriseSender,
    "webhook": WebhookSender,
}

# Apprise sends in eight threads for all its services.
_PER_HOSTED_SERVICE: Final = 4


class Senders:
    """One sender per kind, created when it is first needed."""

    def __init__(self, settings: SendingSettings) -> None:
        self._settings = settings
        self._senders: dict[str, Sender] = {}

    def of(self, kind: str) -> Sender:
        if kind not in self._senders:
            self._senders[kind] = SENDERS[kind](self._settings)
        return self._senders[kind]

    @property
    def can_mail(self) -> bool:
        return self._settings.smtp_url is not None

    def limit(self, host: str) -> int:
        """How many deliveries may run at the same time through a host (see queue.py)."""
        if host == EMAIL_HOST:
            url = self._settings.smtp_url
            return read_smtp_url(url).connections if url else 1
        return _PER_HOSTED_SERVICE if host in HOSTED else PER_HOST

    async def aclose(self) -> None:
        for sender in self._senders.values():
            await sender.aclose()


__all__ = [
    "EMAIL_HOST",
    "SENDERS",
    "DeliveryFailed",
    "Message",
    "Sender",
    "Senders",
    "SendingSettings",
    "VapidKeys",
    "generate_vapid_keys",
    "public_key",
]
