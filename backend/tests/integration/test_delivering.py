"""The pool of deliveries: nobody waits for another user, and no delivery is sent twice without need."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.conftest import MakeDatabase, settings_for
from tests.harness.mail import Mailbox
from tests.harness.system import Person, System, eventually, running
from todo.notifications import delivering, queue
from todo.notifications.delivering import Deliverer
from todo.notifications.limits import PER_USER, Full
from todo.notifications.queue import LEASE
from todo.notifications.senders import DeliveryFailed, Message, Senders
from todo.notifications.sending_settings import sending_settings
from todo.runtime import clock

DELIVERIES = "SELECT * FROM delivery WHERE user_id = $1"


class Receiver:
    """A sender that records the ids of the deliveries. `answer` may wait or fail."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.answer: Callable[[], Coroutine[Any, Any, object]] = lambda: asyncio.sleep(0)

    async def send(self, _config: object, message: Message) -> None:
        self.sent.append(message.delivery_id)
        await self.answer()

    async def aclose(self) -> None: ...


class Pool:
    """A product whose own deliverer has nothing to do, and deliverers for the tests."""

    def __init__(self, system: System, at: datetime) -> None:
        self.system = system
        self.at = at
        self.mail, self.webhook = Receiver(), Receiver()
        self._made: list[Deliverer] = []

    async def deliverer(self) -> Deliverer:
        senders = Senders(await sending_settings(self.system.context))
        senders._senders |= {"email": self.mail, "webhook": self.webhook}
        self._made.append(Deliverer(self.system.context.db, senders, b"secret", self.system.url))
        return self._made[-1]

    async def plan(self, person: Person, number: int, at: datetime | None = None) -> None:
        """`number` deliveries for each channel, too far ahead for the product's own deliverer."""
        await self.system.context.db.pool.execute(
            """WITH t AS (INSERT INTO task (user_id, title) SELECT $1, 't' || n FROM generate_series(1, $2::int) n
                          RETURNING id),
                    r AS (INSERT INTO reminder (user_id, task_id, spec, remind_at, state)
                          SELECT $1, id, 'PT0S', $3::timestamptz, 'fired' FROM t RETURNING id, task_id)
               INSERT INTO delivery (id, user_id, reminder_id, channel_id, channel, payload, next_try_at)
               SELECT gen_random_uuid(), $1, r.id, c.id, c.kind || ':' || c.id,
                      jsonb_build_object('task_id', r.task_id, 'title', 't', 'due_at', null), $3
               FROM r, channel c WHERE c.user_id = $1""",
            person.id, number, at or self.at,
        )  # fmt: skip

    async def deliveries(self, person: Person) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.system.fetch(DELIVERIES, person.id)]

    async def only(self, person: Person) -> dict[str, Any]:
        [row] = await self.deliveries(person)
        return row

    async def abandon(self) -> None:
        for deliverer in self._made:
            for task in deliverer.running.values():
                task.cancel()
            await asyncio.gather(*deliverer.running.values(), return_exceptions=True)
        await self.system.context.db.pool.execute("DELETE FROM delivery")


@pytest.fixture(scope="module")
async def product(make_database: MakeDatabase) -> AsyncIterator[System]:
    async with running(settings_for(await make_database())) as system:
        yield system


@pytest.fixture
async def pool(product: System) -> AsyncIterator[Pool]:
    pool = Pool(product, clock.now() + timedelta(hours=1))
    yield pool
    await pool.abandon()


async def ended(deliverer: Deliverer) -> None:
    if deliverer.running:
        await asyncio.wait(deliverer.running.values())


def hang() -> Coroutine[Any, Any, object]:
    return asyncio.Event().wait()


async def test_a_user_whose_webhooks_never_answer_does_not_delay_the_mail_of_another(
    pool: Pool,
) -> None:
    deliverer = await pool.deliverer()
    async with pool.system.person() as noisy, pool.system.person() as other:
        await pool.system.context.db.pool.execute(
            """INSERT INTO channel (user_id, kind, name, config)
               SELECT $1, 'webhook', '', jsonb_build_object('url', 'https://h' || n || '.example.com/')
               FROM generate_series(1, 20) n""",
            noisy.id,
        )
        pool.webhook.answer = hang
        await pool.plan(noisy, 15, pool.at - timedelta(minutes=1))
        await pool.plan(other, 1)

        async def told() -> str:
            await deliverer.start_due(pool.at)
            return str((await pool.only(other))["state"])

        await eventually(told, lambda state: state == "sent", within=2)
        states = [row["state"] for row in await pool.deliveries(noisy)]
        assert 0 < states.count("claimed") <= PER_USER
        assert states.count("planned") >= 15 * 21 - 2 * PER_USER


async def test_a_mail_is_in_time_beside_300_deliveries_to_a_host_that_never_answers(
    make_database: MakeDatabase, mailbox: Mailbox
) -> None:
    """The same in the whole product, over real connections."""

    async def never_answer(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            continue

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    settings = settings_for(
        await make_database(), smtp_url=mailbox.url, allow_private_addresses=True
    )
    async with running(settings) as system, system.person() as noisy, system.person() as other:
        await system.context.db.pool.execute(
            """INSERT INTO channel (user_id, kind, name, config)
               SELECT $1, 'webhook', '', jsonb_build_object('url', $2::text, 'secret', 'whsec_AAAA')
               FROM generate_series(1, 20)""",
            noisy.id,
            url,
        )
        first = clock.now() + timedelta(seconds=3)
        for _ in range(15):
            await noisy.add(reminders=[first.isoformat()])
        moment = first + timedelta(seconds=1)
        await other.add(reminders=[moment.isoformat()])

        async def came() -> bool:
            return bool(mailbox.to(other.email))

        await eventually(came, within=30)
        late = (clock.now() - moment).total_seconds()
        print(f"the other user's mail came {late:.2f} s after its time")
        busy = "SELECT count(*) FROM delivery WHERE user_id = $1 AND channel LIKE 'webhook%'"
        assert await system.value(busy, noisy.id) == 300
        assert late < 5
    server.close()


async def test_only_what_starts_now_is_claimed_and_another_process_sends_the_rest(
    pool: Pool,
) -> None:
    """Of twenty mails a killed process held twenty; now as many as it has connections."""
    first, second = await pool.deliverer(), await pool.deliverer()
    first._limits._per_host = lambda _: 5
    async with (
        pool.system.person() as ann,
        pool.system.person() as bob,
        pool.system.person() as eve,
    ):
        for person in (ann, bob, eve):
            await pool.plan(person, 10)
        pool.mail.answer = hang
        assert await first.start_due(pool.at) == 5
        await eventually(lambda: asyncio.sleep(0, len(pool.mail.sent)), lambda n: n == 5)
        pool.mail.answer = lambda: asyncio.sleep(0)
        while await second.start_due(pool.at):
            await ended(second)
        assert len(pool.mail.sent) == len(set(pool.mail.sent)) == 30


async def test_a_delivery_names_the_host_whose_limit_counts(pool: Pool) -> None:
    deliverer = await pool.deliverer()
    async with pool.system.person() as ann:
        await pool.system.context.db.pool.execute(
            """INSERT INTO channel (user_id, kind, name, config)
               SELECT $1, kind, '', jsonb_build_object(field, url) FROM (VALUES
                   ('webhook', 'url', 'https://hook.example.com:8443/a/b'),
                   ('webpush', 'endpoint', 'https://push.example.com/x'),
                   ('apprise', 'url', 'discord://1/2'),
                   ('apprise', 'url', 'ntfys://user:pass@ntfy.example.com/topic')) v(kind, field, url)""",
            ann.id,
        )
        await pool.plan(ann, 1)
        rows = await deliverer._queue.candidates(pool.at, [], Full([], [], []), 10)
        hosts = {"hook.example.com:8443", "push.example.com", "discord", "ntfys", "email"}
        assert {row["host"] for row in rows} == hosts
        busy = Full([], [], ["hook.example.com:8443", "email"])
        rows = await deliverer._queue.candidates(pool.at, [], busy, 10)
        assert {row["host"] for row in rows} == hosts - set(busy.hosts)


@pytest.mark.parametrize("column", ["disabled_at", "delete_at"])
async def test_a_delivery_of_an_account_that_is_not_in_use_is_cancelled(
    pool: Pool, column: str
) -> None:
    """Before, it was claimed again after each lease, and could go out days later."""
    deliverer = await pool.deliverer()
    async with pool.system.person() as ann:
        await pool.plan(ann, 1)
        await pool.system.context.db.pool.execute(
            f"UPDATE account SET {column} = now() + interval '7 days' WHERE id = $1", ann.id
        )
        assert await deliverer.start_due(pool.at) == 1
        await ended(deliverer)
        row = await pool.only(ann)
        assert (row["state"], pool.mail.sent) == ("cancelled", [])
        assert row["reason"] == "The account is disabled or will be deleted."


async def test_two_deliverers_share_the_work_and_never_send_the_same_row(pool: Pool) -> None:
    async with pool.system.person() as ann:
        await pool.plan(ann, 200)

        async def work(deliverer: Deliverer) -> None:
            while any(row["state"] == "planned" for row in await pool.deliveries(ann)):
                await deliverer.start_due(pool.at)
                await ended(deliverer)

        await asyncio.gather(*[work(await pool.deliverer()) for _ in range(2)])
        assert len(pool.mail.sent) == len(set(pool.mail.sent)) == 200
        assert {row["state"] for row in await pool.deliveries(ann)} == {"sent"}


async def test_a_normal_stop_leaves_no_delivery_claimed(pool: Pool) -> None:
    """The stop comes at each point between the claim and the last answer."""
    async with pool.system.person() as ann:
        await pool.plan(ann, 20)
        for turns in range(1, 9):
            deliverer = await pool.deliverer()
            starting = asyncio.create_task(deliverer.start_due(pool.at))
            for _ in range(turns):
                await asyncio.sleep(0)
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await deliverer.stop()
            states = {row["state"] for row in await pool.deliveries(ann)}
            assert states <= {"planned", "sent"}
        assert len(pool.mail.sent) == len(set(pool.mail.sent))


async def test_a_stop_releases_at_once_what_gets_no_answer(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_LAST_SECONDS", 0.1)
    deliverer, other = await pool.deliverer(), await pool.deliverer()
    async with pool.system.person() as ann:
        await pool.plan(ann, 1)
        pool.mail.answer = hang
        await deliverer.start_due(pool.at)
        await eventually(lambda: asyncio.sleep(0, pool.mail.sent))
        await deliverer.stop()
        pool.mail.answer = lambda: asyncio.sleep(0)
        assert await other.start_due(pool.at) == 1
        await ended(other)
        row = await pool.only(ann)
        assert (row["state"], row["attempt"]) == ("sent", 2)
        assert row["reason"].startswith("It may have arrived twice")


async def test_an_expired_lease_is_taken_over_and_its_paused_holder_sends_nothing(
    pool: Pool,
) -> None:
    paused, other = await pool.deliverer(), await pool.deliverer()
    async with pool.system.person() as ann:
        await pool.plan(ann, 1)
        [claimed] = await paused._queue.claim(pool.at, [(await pool.only(ann))["id"]])
        assert await other.start_due(pool.at) == 0  # the lease is valid
        assert await other.start_due(pool.at + LEASE) == 1  # the lease has expired
        await ended(other)
        assert await paused._relevant(claimed) is None  # the paused one continues
        await paused._failed(claimed, DeliveryFailed("too late"))
        row = await pool.only(ann)
        assert (row["state"], pool.mail.sent) == ("sent", [row["id"]])
        assert row["reason"].startswith("It may have arrived twice")


async def test_a_process_whose_clock_is_ahead_does_not_take_a_running_delivery(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await pool.deliverer(), await pool.deliverer()
    async with pool.system.person() as ann:
        pool.mail.answer = hang
        await pool.plan(ann, 1, clock.now())
        await pool.system.context.db.clock.read()
        await eventually(lambda: first.start_due(pool.system.context.db.clock.now()))
        await eventually(lambda: asyncio.sleep(0, pool.mail.sent))
        ahead = clock.now() + 2 * LEASE
        monkeypatch.setattr(clock, "now", lambda: ahead)
        assert await second.start_due(await pool.system.context.db.clock.read()) == 0
        assert len(pool.mail.sent) == 1


async def test_a_lease_is_extended_while_its_delivery_runs(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LEASE", timedelta(seconds=1))
    monkeypatch.setattr(delivering, "LEASE", timedelta(seconds=1))
    deliverer, other = await pool.deliverer(), await pool.deliverer()
    async with pool.system.person() as ann:
        await pool.plan(ann, 1, clock.now())
        pool.mail.answer = hang
        assert await deliverer.start_due(clock.now()) == 1
        keeping = asyncio.create_task(deliverer.keep_leases())
        first_end = (await pool.only(ann))["next_try_at"]
        await eventually(lambda: asyncio.sleep(0, clock.now() > first_end))
        assert await other.start_due(clock.now()) == 0
        keeping.cancel()


async def test_leases_are_extended_after_an_unexpected_error(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, the first deadlock ended this until the process was started again."""
    monkeypatch.setattr(delivering, "LEASE", timedelta(milliseconds=10))
    deliverer, tries = await pool.deliverer(), list[object]()

    async def fail_once(*args: object) -> None:
        tries.append(args)
        if len(tries) == 1:
            raise asyncpg.DeadlockDetectedError("deadlock detected")

    monkeypatch.setattr(deliverer._queue, "extend", fail_once)
    keeping = asyncio.create_task(deliverer.keep_leases())
    await eventually(lambda: asyncio.sleep(0, len(tries)), lambda number: number > 1)
    keeping.cancel()


async def test_a_result_is_recorded_once_the_database_is_back(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, it was tried once, and the delivery was sent again after its lease."""
    monkeypatch.setattr(delivering, "_RETRY_SECONDS", 0.01)
    deliverer = await pool.deliverer()
    finish, tries = deliverer._queue.finish, []

    async def away(*args: Any, **kwargs: Any) -> None:
        tries.append(args)
        if len(tries) < 5:
            raise ConnectionRefusedError("it is away")
        await finish(*args, **kwargs)

    monkeypatch.setattr(deliverer._queue, "finish", away)
    async with pool.system.person() as ann:
        await pool.plan(ann, 1)
        await deliverer.start_due(pool.at)
        await asyncio.sleep(0)
        # Its lease has ended by the time the database is back, but the process still has it.
        assert await deliverer.start_due(pool.at + 2 * LEASE) == 0
        await ended(deliverer)
        row = await pool.only(ann)
        assert (row["state"], row["reason"], pool.mail.sent) == ("sent", None, [row["id"]])
        assert len(tries) == 5


async def test_a_channel_that_keeps_failing_pauses_and_the_others_do_not(pool: Pool) -> None:
    deliverer = await pool.deliverer()
    async with pool.system.person() as ann, pool.system.person() as bob:
        await pool.plan(ann, 10)

        async def fail() -> None:
            raise DeliveryFailed("It is down.")

        pool.mail.answer = fail
        while await deliverer.start_due(pool.at):
            await ended(deliverer)
        failed = [row for row in await pool.deliveries(ann) if row["state"] == "failed"]
        assert 1 <= len(failed) < 10
        pool.mail.answer = lambda: asyncio.sleep(0)
        await pool.plan(bob, 1)
        assert await deliverer.start_due(pool.at) == 1
        assert await deliverer.seconds_to_next(pool.at) <= 5


async def test_a_delivery_of_a_removed_channel_is_cancelled(pool: Pool) -> None:
    deliverer = await pool.deliverer()
    async with pool.system.person() as ann:
        await pool.plan(ann, 1)
        await pool.system.context.db.pool.execute("DELETE FROM channel WHERE user_id = $1", ann.id)
        await deliverer.start_due(pool.at)
        await ended(deliverer)
        row = await pool.only(ann)
        assert row["state"] == "cancelled"
        assert row["reason"] == "The channel was removed or switched off."
