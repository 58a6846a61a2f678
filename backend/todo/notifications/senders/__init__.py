"""Sends a reminder: one sender per channel kind.

    sender = SENDERS[kind](settings)      # once per process
    await sender.send(config, message)    # returns, or raises DeliveryFailed
    await sender.aclose()

Senders keep no state about deliveries; the table `delivery` has it.
"""

from collections.abc import Callable, Mapping
from typing import Final

from todo.notifications.senders.apprise import AppriseSender
from todo.notifications.senders.email import EmailSender
from todo.notifications.senders.message import DeliveryFailed, Message, Sender, SendingSettings
from todo.notifications.senders.webhook import WebhookSender
from todo.notifications.senders.webpush import (
    VapidKeys,
    WebPushSender,
    generate_vapid_keys,
    public_key,
)

SENDERS: Final[Mapping[str, Callable[[SendingSettings], Sender]]] = {
    "email": EmailSender,
    "webpush": WebPushSender,
    "apprise": AppriseSender,
    "webhook": WebhookSender,
}

__all__ = [
    "SENDERS",
    "DeliveryFailed",
    "Message",
    "Sender",
    "SendingSettings",
    "VapidKeys",
    "generate_vapid_keys",
    "public_key",
]
