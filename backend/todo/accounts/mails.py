"""Mails about accounts: rows of `account_mail`, sent by a background task of todo-notification.

A row is written in the transaction of the change that it tells of, so no mail is lost and no request waits for a
mail server. The link in a mail is made when the mail is sent: only its hash is ever stored.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from todo.accounts.mail_texts import Mail, write
from todo.accounts.store import AccountStore
from todo.notifications.senders import DeliveryFailed
from todo.notifications.senders.email import EmailSender, read_smtp_url
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
# After a restore: links that were used since the backup must not work again, nor mails be sent twice.
AFTER_RESTORE = ("DELETE FROM account_mail", "DELETE FROM account_link")
_CHANNEL = "account_mails"
_POLL_SECONDS = 5.0
# Seconds. Each answer of the mail server has a shorter timeout (senders/email.py); this is the safety net.
LONGEST_SEND = 900
_LAST_SECONDS = 5  # given to running mails when the process stops
# Extended while a mail is sent. After the end, which means that its process died, another process sends the mail
# again, with the same Message-ID.
LEASE = timedelta(seconds=60)
_BACKOFF = tuple(timedelta(seconds=s) for s in (10, 60, 300, 900, 3600))
# Mails of one kind to one address: anybody can ask for a link to somebody else's address.
_PER_HOUR = 3

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
    RETURNING id
"""
_CLAIM: Final = """
    UPDATE account_mail m SET attempt = attempt + 1, next_try_at = $1::timestamptz + $2::interval
    FROM (SELECT id FROM account_mail WHERE next_try_at <= $1 AND id <> ALL($4::uuid[])
          ORDER BY next_try_at LIMIT $3 FOR UPDATE SKIP LOCKED) due
    WHERE m.id = due.id RETURNING m.*
"""
# A claim holds as long as no other process has counted an attempt and nobody has cancelled the mail.
_CLAIMED: Final = "id = $1 AND attempt = $2 AND next_try_at IS NOT NULL"
_CONFIRM: Final = f"SELECT true FROM account_mail WHERE {_CLAIMED}"
_FINISH: Final = f"UPDATE account_mail SET next_try_at = $3 WHERE {_CLAIMED}"
_EXTEND: Final = """
    UPDATE account_mail SET next_try_at = $2::timestamptz + $3::interval
    WHERE id = ANY($1::uuid[]) AND next_try_at IS NOT NULL
"""


async def add_mail(
    kind: Mail,
    address: str,
    unit: Unit,
    user_id: str | None = None,
    data: Mapping[str, str] | None = None,
) -> UUID | None:
    """Plan a mail; returns its id, or None if too many of this kind were planned for the address.

    Without `user_id` its account is looked up later, so that asking takes equally long for a known and an unknown
    address.
    """
    unit.wake(_CHANNEL)
    id_: UUID | None = await unit.connection.fetchval(
        _ADD, kind, address, user_id, dict(data or {})
    )
    return id_


class Mailer:
    """Sends as many mails at a time as the mail server takes connections; a slow one delays no other."""

    def __init__(
        self,
        database: Database,
        settings: SendingSettings,
        smtp_url: str,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """`wake` is called when a mail ends and another one may have waited for its connection."""
        self._database = database
        self._settings = settings
        self._sender = EmailSender(settings)
        self._at_a_time = read_smtp_url(smtp_url).connections
        self._wake = wake
        self._claiming: asyncio.Task[int] | None = None
        self.running: dict[UUID, asyncio.Task[None]] = {}

    async def start_due(self, now: datetime) -> int:
        """Start to send the due mails for which there is a connection; return how many."""
        if len(self.running) == self._at_a_time:
            return 0
        # `stop` waits for this task: a claim that is not sent would block its mail until the lease ends.
        self._claiming = asyncio.create_task(self._claim_and_start(now))
        return await asyncio.shield(self._claiming)

    async def _claim_and_start(self, now: datetime) -> int:
        free = self._at_a_time - len(self.running)
        rows: Sequence[asyncpg.Record] = await self._database.pool.fetch(
            _CLAIM, now, LEASE, free, [*self.running]
        )
        for row in rows:
            self.running[row["id"]] = asyncio.create_task(self._run(row))
        return len(rows)

    async def extend_leases(self, now: datetime) -> None:
        await self._database.pool.execute(_EXTEND, [*self.running], now, LEASE)

    async def keep_leases(self) -> None:
        """Extend the leases of the running mails, so that no other process sends them."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            try:
                with suppress(*UNREACHABLE):
                    await self.extend_leases(await self._database.clock.read())
            except Exception:
                log.exception("leases of account mails were not extended; it is tried again")

    async def _run(self, row: asyncpg.Record) -> None:
        try:
            await self._finish(row, await self._try(row))
        except asyncio.CancelledError:
            with suppress(*UNREACHABLE):
                await self._finish(row, self._database.clock.now())
            raise
        except UNREACHABLE as error:  # it is tried again when its lease ends
            log.warning("an account mail waits for the database", reason=str(error))
        finally:
            del self.running[row["id"]]
            self._wake()

    async def _finish(self, row: asyncpg.Record, again: datetime | None) -> None:
        """Give up the claim; another process may take the mail from `again` on, or never."""
        await self._database.pool.execute(_FINISH, row["id"], row["attempt"], again)

    async def _try(self, row: asyncpg.Record) -> datetime | None:
        """Send the mail once; returns when to try again. Raises UNREACHABLE."""
        try:
            async with asyncio.timeout(LONGEST_SEND):
                await self._compose_and_send(row)
        except Exception as failure:
            if isinstance(failure, UNREACHABLE) and not isinstance(failure, TimeoutError):
                raise
            reason = str(failure).replace(row["address"], "the address")
            log.warning("an account mail was not sent", kind=row["kind"], reason=reason)
            permanent = isinstance(failure, DeliveryFailed) and failure.permanent
            if not permanent and row["attempt"] <= len(_BACKOFF):
                delay: timedelta = _BACKOFF[row["attempt"] - 1]
                return self._database.clock.now() + delay
        return None

    async def _compose_and_send(self, row: asyncpg.Record) -> None:
        kind = Mail(row["kind"])
        secret = None
        async with self._database.unit() as unit:
            accounts = AccountStore(unit)
            # Held before the mail is read: `end_links` cancels the mail, or deletes the link that is made here.
            user_id = await accounts.hold(row["user_id"], row["address"])
            if user_id is None:
                return
            if not await unit.connection.fetchval(_CONFIRM, row["id"], row["attempt"]):
                return
            if kind not in _UNCONFIRMED and not await accounts.is_confirmed(
                user_id, row["address"]
            ):
                return
            if kind in LINK_LASTS:
                expires = unit.now() + LINK_LASTS[kind]
                secret = await accounts.add_link(user_id, kind, row["address"], expires)
        notice = write(kind, self._settings.public_url, secret, row["data"])
        mail = compose_notice(row["id"], notice, row["address"], self._settings)
        await self._sender.transmit(row["address"], mail)

    async def stop(self) -> None:
        """Wait a few seconds for the running mails, then cancel and release them."""
        if self._claiming is not None:
            await asyncio.wait({self._claiming})
        if tasks := list(self.running.values()):
            await asyncio.wait(tasks, timeout=_LAST_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._sender.aclose()


async def send_account_mails(context: Context) -> None:
    """Background task of todo-notification. Replicas share the work by claiming different rows."""
    woken = asyncio.Event()
    context.db.listen(_CHANNEL, woken.set)
    settings = await sending_settings(context)
    if settings.smtp_url is None:
        return
    mailer = Mailer(context.db, settings, settings.smtp_url, woken.set)
    keeping = asyncio.create_task(mailer.keep_leases())
    try:
        while True:
            woken.clear()
            try:
                await mailer.start_due(await context.db.clock.read())
            except UNREACHABLE as error:
                log.warning("account mails wait for the database", reason=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await woken.wait()
    finally:
        keeping.cancel()
        await mailer.stop()
