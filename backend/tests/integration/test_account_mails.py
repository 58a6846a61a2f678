"""How the mails about accounts are sent: side by side, once each, and only while they are wanted."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from tests.conftest import MakeDatabase, settings_for
from tests.harness.mail import Mailbox
from tests.harness.system import Person, System, eventually, free_port, running
from todo.accounts import mails
from todo.accounts.mail_texts import Mail
from todo.accounts.mails import LEASE, LONGEST_SEND, Mailer
from todo.accounts.store import AccountStore
from todo.notifications.senders import email
from todo.notifications.senders.message import SendingSettings


class SlowMailbox(Mailbox):
    """Accepts mails to addresses with “slow” only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.held = 0
        self.accept = threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if "slow" in envelope.rcpt_tos[0]:
            self.held += 1
            await asyncio.to_thread(self.accept.wait)
        return await super().handle_DATA(server, session, envelope)

    async def number_held(self) -> int:
        return self.held


@pytest.fixture
async def slow_box() -> AsyncIterator[SlowMailbox]:
    box = SlowMailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield box
    finally:
        box.accept.set()
        await asyncio.to_thread(controller.stop)


async def plan_reset(system: System, person: Person) -> None:
    await system.context.db.pool.execute(
        "INSERT INTO account_mail (kind, address, data) VALUES ('reset-password', $1, '{}')",
        person.email,
    )


def mailer_of(system: System, box: Mailbox) -> Mailer:
    return Mailer(system.context.db, SendingSettings(smtp_url=box.url), box.url)


async def test_a_mail_that_the_server_accepts_slowly_delays_no_other(
    make_database: MakeDatabase, slow_box: SlowMailbox
) -> None:
    settings = settings_for(await make_database(), smtp_url=SecretStr(slow_box.url))
    async with running(settings) as system, system.visitor() as http:
        async with system.person(email="slow@example.com") as slow, system.person() as ann:
            await http.post("/api/auth/forgot-password", json={"email": slow.email})
            await eventually(slow_box.number_held)
            await http.post("/api/auth/forgot-password", json={"email": ann.email})

            async def links() -> list[str]:
                return slow_box.secrets(ann.email, "/reset-password")

            await eventually(links)
            assert slow_box.about_account(slow.email) == []
            slow_box.accept.set()

            async def arrived() -> list[Any]:
                return slow_box.about_account(slow.email)

            await eventually(arrived)


async def test_a_mail_that_is_being_sent_is_sent_by_no_other_process(
    make_database: MakeDatabase, slow_box: SlowMailbox
) -> None:
    async with running(settings_for(await make_database())) as system:
        async with system.person(email="slow@example.com") as slow:
            await plan_reset(system, slow)
            first, second = mailer_of(system, slow_box), mailer_of(system, slow_box)
            now = await system.context.db.clock.read() + timedelta(seconds=1)
            assert await first.start_due(now) == 1
            await eventually(slow_box.number_held)
            await first.extend_leases(now + LEASE * 0.75)
            assert await second.start_due(now + LEASE * 1.5) == 0
            slow_box.accept.set()
            await asyncio.gather(*first.running.values())
            assert await second.start_due(now + LEASE * 3) == 0
            assert len(slow_box.secrets(slow.email, "/reset-password")) == 1
            for mailer in (first, second):
                await mailer.stop()


async def test_a_mail_whose_lease_has_ended_is_not_sent_again_by_the_process_that_sends_it(
    make_database: MakeDatabase, slow_box: SlowMailbox
) -> None:
    """A lease also ends while the database is away."""
    async with running(settings_for(await make_database())) as system:
        async with system.person(email="slow@example.com") as slow:
            await plan_reset(system, slow)
            mailer = mailer_of(system, slow_box)
            now = await system.context.db.clock.read() + timedelta(seconds=1)
            assert await mailer.start_due(now) == 1
            await eventually(slow_box.number_held)
            assert await mailer.start_due(now + 2 * LEASE) == 0
            slow_box.accept.set()
            await asyncio.gather(*mailer.running.values())
            assert len(slow_box.secrets(slow.email, "/reset-password")) == 1
            await mailer.stop()


async def test_a_normal_stop_leaves_no_mail_claimed(
    make_database: MakeDatabase, mailbox: Mailbox
) -> None:
    """The stop comes at each point between the claim and the last answer."""
    async with running(settings_for(await make_database())) as system, system.person() as ann:
        later = await system.context.db.clock.read() + timedelta(hours=1)
        for turns in range(1, 9):
            await plan_reset(system, ann)
            mailer = mailer_of(system, mailbox)
            starting = asyncio.create_task(mailer.start_due(later))
            for _ in range(turns):
                await asyncio.sleep(0)
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await mailer.stop()
            claimed = "SELECT count(*) FROM account_mail WHERE next_try_at > $1"
            assert await system.value(claimed, later) == 0


async def test_a_stop_releases_at_once_a_mail_that_gets_no_answer(
    make_database: MakeDatabase, slow_box: SlowMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mails, "_LAST_SECONDS", 0.1)
    async with running(settings_for(await make_database())) as system:
        async with system.person(email="slow@example.com") as slow:
            await plan_reset(system, slow)
            mailer, other = mailer_of(system, slow_box), mailer_of(system, slow_box)
            later = await system.context.db.clock.read() + timedelta(hours=1)
            assert await mailer.start_due(later) == 1
            await eventually(slow_box.number_held)
            await mailer.stop()
            assert await other.start_due(later) == 1
            slow_box.accept.set()
            await asyncio.gather(*other.running.values())
            waiting = "SELECT count(*) FROM account_mail WHERE next_try_at IS NOT NULL"
            assert await system.value(waiting) == 0
            assert slow_box.secrets(slow.email, "/reset-password")
            await other.stop()


async def test_leases_are_extended_after_an_unexpected_error(
    make_database: MakeDatabase, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, the first deadlock ended this until the process was started again."""
    monkeypatch.setattr(mails, "LEASE", timedelta(milliseconds=10))
    async with running(settings_for(await make_database())) as system:
        mailer, tries = mailer_of(system, mailbox), list[object]()

        async def fail_once(now: object) -> None:
            tries.append(now)
            if len(tries) == 1:
                raise asyncpg.DeadlockDetectedError("deadlock detected")

        monkeypatch.setattr(mailer, "extend_leases", fail_once)
        keeping = asyncio.create_task(mailer.keep_leases())
        await eventually(lambda: asyncio.sleep(0, len(tries)), lambda number: number > 1)
        keeping.cancel()


def test_a_mail_is_not_given_up_while_the_server_may_still_accept_it() -> None:
    assert LONGEST_SEND > email._ACCEPT_TIMEOUT + 10 * email._COMMAND_TIMEOUT


async def test_a_mail_that_is_cancelled_while_it_is_written_is_not_sent(
    make_database: MakeDatabase, slow_box: SlowMailbox
) -> None:
    async with running(settings_for(await make_database())) as system:
        async with system.person() as ann:
            await system.context.db.pool.execute(
                """INSERT INTO account_mail (kind, address, user_id, data)
                   VALUES ('change-address', 'thief@example.com', $1, '{}')""",
                ann.id,
            )
            mailer = mailer_of(system, slow_box)
            async with system.context.db.unit() as unit:
                accounts = AccountStore(unit)
                await accounts.lock(ann.id)
                now = await system.context.db.clock.read() + timedelta(seconds=1)
                assert await mailer.start_due(now) == 1
                await eventually(lambda: system.value(_WAITING_FOR_ACCOUNT))
                await accounts.end_links(ann.id, Mail.CHANGE_ADDRESS)
            await asyncio.gather(*mailer.running.values())
            assert slow_box.messages == []
            assert await system.value("SELECT count(*) FROM account_link") == 0
            await mailer.stop()


_WAITING_FOR_ACCOUNT = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND query LIKE 'SELECT id FROM account WHERE%'
"""
