"""Mails about accounts: rows of `account_mail`, sent by a background task of todo-notification.

A row is written in the transaction of the change that it tells of, so no mail is lost and no request waits for a
mail server. The link in a mail is made when the mail is sent: only its hash is ever stored.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import asyncpg

from todo.accounts.mail_texts import write
from todo.accounts.store import AccountStore
from todo.notifications.senders import DeliveryFailed
from todo.notifications.senders.email import EmailSender
from todo.notifications.senders.message import SendingSettings
from todo.notifications.senders.notice import compose_notice
from todo.notifications.sending_settings import sending_settings
from todo.runtime.context import Context
from todo.runtime.db.database import UNREACHABLE, Database
from todo.runtime.db.unit import Unit
from todo.runtime.observe import log

RETENTION = (
    # Also those that were never sent: a server that gets a mail server later sends no old news.
    "DELETE FROM account_mail WHERE created_at < now() - interval '1 day'",
    "DELETE FROM account_link WHERE expires_at < now()",
)
_CHANNEL = "account_mails"
_BATCH = 5
_POLL_SECONDS = 5.0
_SEND_SECONDS = 45
# Longer than a mail may take. Afterwards another process sends the mail again, with the same Message-ID.
_LEASE = timedelta(seconds=90)
_BACKOFF = tuple(timedelta(seconds=s) for s in (10, 60, 300, 900, 3600))
# What a stranger can have sent to somebody else's address.
_PER_HOUR = 3


class Mail(StrEnum):
    RESET_PASSWORD = "reset-password"  # noqa: S105
    CONFIRM_ADDRESS = "confirm-address"
    CHANGE_ADDRESS = "change-address"
    ADDRESS_CHANGED = "address-changed"
    NEW_DEVICE = "new-device"
    DELETION_PLANNED = "deletion-planned"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105


# How long the link of a mail works, counted from when it is sent.
LINK_LASTS: Final[Mapping[Mail, timedelta]] = {
    Mail.RESET_PASSWORD: timedelta(minutes=30),
    Mail.CONFIRM_ADDRESS: timedelta(days=7),
    Mail.CHANGE_ADDRESS: timedelta(days=1),
}
# What goes to an address that its person has not confirmed.
_UNCONFIRMED: Final = frozenset({Mail.RESET_PASSWORD, Mail.CONFIRM_ADDRESS, Mail.CHANGE_ADDRESS})

_ADD: Final = f"""
    INSERT INTO account_mail (kind, address, user_id, data)
    SELECT $1, $2, $3, $4 WHERE (
        SELECT count(*) FROM account_mail
        WHERE address = $2 AND kind = $1 AND created_at > now() - interval '1 hour') < {_PER_HOUR}
"""
_CLAIM: Final = f"""
    UPDATE account_mail m SET attempt = attempt + 1, next_try_at = $1::timestamptz + $2::interval
    FROM (SELECT id FROM account_mail WHERE next_try_at <= $1
          ORDER BY next_try_at LIMIT {_BATCH} FOR UPDATE SKIP LOCKED) due
    WHERE m.id = due.id RETURNING m.*
"""
_FINISH: Final = "UPDATE account_mail SET next_try_at = $2 WHERE id = $1"


async def add_mail(
    kind: Mail,
    address: str,
    unit: Unit,
    user_id: str | None = None,
    data: Mapping[str, str] | None = None,
) -> None:
    """Plan a mail. Without `user_id` its account is looked up later, so that asking takes equally long for a known
    and an unknown address.
    """
    await unit.connection.execute(_ADD, kind, address, user_id, dict(data or {}))
    unit.wake(_CHANNEL)


class Mailer:
    def __init__(self, database: Database, settings: SendingSettings) -> None:
        self._database = database
        self._settings = settings
        self._sender = EmailSender(settings)

    async def send_due(self, now: datetime) -> int:
        """Send a batch of due mails; return how many were due."""
        rows: Sequence[asyncpg.Record] = await self._database.pool.fetch(_CLAIM, now, _LEASE)
        await asyncio.gather(*(self._send(row, now) for row in rows))
        return len(rows)

    async def _send(self, row: asyncpg.Record, now: datetime) -> None:
        again: datetime | None = None
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                await self._compose_and_send(row)
        except Exception as failure:
            if isinstance(failure, UNREACHABLE) and not isinstance(failure, TimeoutError):
                raise  # the database is away: the mail is tried again when its lease ends
            reason = str(failure).replace(row["address"], "the address")
            log.warning("an account mail was not sent", kind=row["kind"], reason=reason)
            permanent = isinstance(failure, DeliveryFailed) and failure.permanent
            if not permanent and row["attempt"] <= len(_BACKOFF):
                again = now + _BACKOFF[row["attempt"] - 1]
        await self._database.pool.execute(_FINISH, row["id"], again)

    async def _compose_and_send(self, row: asyncpg.Record) -> None:
        kind = Mail(row["kind"])
        secret = None
        async with self._database.unit() as unit:
            accounts = AccountStore(unit)
            account = await (
                accounts.by_id(row["user_id"])
                if row["user_id"]
                else accounts.by_email(row["address"])
            )
            if account is None:
                return
            if kind not in _UNCONFIRMED and not await accounts.is_confirmed(
                account["id"], row["address"]
            ):
                return
            if kind in LINK_LASTS:
                expires = unit.now() + LINK_LASTS[kind]
                secret = await accounts.add_link(account["id"], kind, row["address"], expires)
        notice = write(kind, self._settings.public_url, secret, row["data"])
        mail = compose_notice(row["id"], notice, row["address"], self._settings)
        await self._sender.transmit(row["address"], mail)

    async def aclose(self) -> None:
        await self._sender.aclose()


async def send_account_mails(context: Context) -> None:
    """Background task of todo-notification. Replicas share the work by claiming different rows."""
    woken = asyncio.Event()
    context.db.listen(_CHANNEL, woken.set)
    settings = await sending_settings(context)
    if settings.smtp_url is None:
        return
    mailer = Mailer(context.db, settings)
    try:
        while True:
            woken.clear()
            try:
                if await mailer.send_due(await context.db.clock.read()):
                    continue
            except UNREACHABLE as error:
                log.warning("account mails wait for the database", reason=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await woken.wait()
    finally:
        await mailer.aclose()
