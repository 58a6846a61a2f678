"""The settings and keys of this installation that senders and links need."""

import secrets

from todo.notifications.senders import SendingSettings, generate_vapid_keys
from todo.runtime.context import Context
from todo.runtime.db.secrets import instance_secret


async def sending_settings(context: Context) -> SendingSettings:
    settings = context.settings
    vapid = settings.vapid_private_key.get_secret_value() if settings.vapid_private_key else None
    return SendingSettings(
        smtp_url=settings.smtp_url.get_secret_value() if settings.smtp_url else None,
        smtp_from=settings.smtp_from,
        public_url=settings.origin,
        vapid_private_key=vapid
        or await instance_secret(context.db, "vapid", lambda: generate_vapid_keys().private_pem),
        allow_private=settings.allow_private_addresses,
    )


async def link_secret(context: Context) -> bytes:
    """The key that signs the links in mails."""
    if context.settings.secret_key:
        return context.settings.secret_key.get_secret_value().encode()
    return (await instance_secret(context.db, "links", lambda: secrets.token_hex(32))).encode()
