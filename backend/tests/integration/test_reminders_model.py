"""Random sequences of actions and events: the product agrees with a small model of it.

Hypothesis runs the product's own commands and reactions on real PostgreSQL. Only the broker is a fake, because it
has to misbehave: a relay dies before it marks what it published, and events arrive twice and in another order. The
model is written from the specification, not from the code. TODO_MODEL_EXAMPLES sets the number of sequences; the
default takes a quarter of a minute, 1000 take some minutes.
"""

import asyncio
import os
from calendar import monthrange
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from todo.accounts.caller import Caller
from todo.domain.errors import Conflict, Invalid
from todo.domain.events import Topic
from todo.domain.recurrence import RecurrenceMode
from todo.reminders.firing import fire_due
from todo.runtime import clock
from todo.runtime.db.database import Database, open_database
from todo.runtime.envelope import Envelope
from todo.runtime.events.delivery import SUCCESS, deliver, open_envelope
from todo.runtime.events.relay import Hold, Relay
from todo.runtime.ports import Message, Unavailable
from todo.services import NOTIFICATION, RECURRING_TASK
from todo.tasks import commands
from todo.tasks.schemas import NewTask, TaskChanges

T = TypeVar("T")

EXAMPLES = int(os.environ.get("TODO_MODEL_EXAMPLES", "60"))
DEFAULTS = ("P1D", "PT1H")
BEFORE = {
    "P1D": timedelta(days=1),
    "PT1H": timedelta(hours=1),
    "PT30M": timedelta(minutes=30),
    "PT0S": timedelta(0),
}
# Near the ends of short months, a 29 February and clock changes.
STARTS = [
    datetime(2027, 1, 30, 10, 7, tzinfo=UTC),
    datetime(2027, 3, 26, 22, 7, tzinfo=UTC),
    datetime(2027, 10, 29, 4, 7, tzinfo=UTC),
    datetime(2028, 2, 27, 10, 7, tzinfo=UTC),
]
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
RULES = [None, "daily", "weekly", "monthly", "FREQ=DAILY;COUNT=2"]

some_zone = st.sampled_from(ZONES)
some_rule = st.sampled_from(RULES)
some_mode = st.sampled_from(RecurrenceMode)
some_reminders = st.sampled_from([None, (), ("PT0S",), ("P1D", "PT30M")])
some_wait = st.sampled_from([timedelta(minutes=1), timedelta(hours=7), timedelta(days=3)])
some_wall = st.tuples(
    st.sampled_from([-30, -1, 0, 1, 2, 4, 31]),
    st.sampled_from([timedelta(minutes=30), timedelta(hours=2.5), timedelta(hours=9)]),
)


# ── The model ─────────────────────────────────────────────────────────────────────────────────────


def instant(wall: datetime, zone: str) -> datetime:
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shown(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def nth(rule_: str, first: datetime, n: int) -> datetime:
    """The nth wall time after the first."""
    if rule_ == "weekly":
        return first + timedelta(days=7 * n)
    if rule_ != "monthly":
        return first + timedelta(days=n)
    month = first.month - 1 + n
    year, month = first.year + month // 12, month % 12 + 1
    return first.replace(year=year, month=month, day=min(first.day, monthrange(year, month)[1]))


@dataclass
class Occurrence:
    """The model of one task."""

    id: int
    due: datetime
    zone: str
    rule: str | None
    mode: RecurrenceMode
    reminders: tuple[str, ...] | None
    planned_at: datetime  # when a person last changed what decides about the reminders
    number: int = 1
    fate: str = "open"
    closed_at: datetime | None = None
    trashed: bool = False
    touched: bool = False
    missed: tuple[datetime, ...] = ()  # the dates that were skipped before this one
    in_series: bool = field(init=False)
    successor: int | None = None  # the id of the successor that was made, also if it is gone
    slot: datetime = field(init=False)
    first: datetime = field(init=False)
    before_first: int = field(init=False)  # a moved series keeps its remaining COUNT

    def __post_init__(self) -> None:
        self.begin_series()

    def begin_series(self) -> None:
        self.first, self.slot = shown(self.due, self.zone), self.due
        self.in_series = self.rule is not None
        self.before_first = self.number - 1

    def alerts(self) -> set[tuple[int, str, datetime]]:
        if self.fate != "open" or self.trashed:
            return set()
        specs = DEFAULTS if self.reminders is None else self.reminders
        found = {(self.id, spec, self._alert(spec)) for spec in specs}
        if self.reminders is None and all(at < self.planned_at <= self.due for *_, at in found):
            found.add((self.id, "PT0S", self.due))  # made or moved so late that no default is left
        return found

    def _alert(self, spec: str) -> datetime:
        if spec == "P1D":  # a day by the wall clock
            return instant(shown(self.due, self.zone) - BEFORE[spec], self.zone)
        return self.due - BEFORE[spec]

    def next_due(self) -> datetime | None:
        passed = self.following()
        return passed[-1] if passed else None

    def following(self) -> list[datetime]:
        """The skipped dates and then the next date; empty if the series has ended."""
        if self.rule is None or self.closed_at is None:
            return []
        ends = self.rule.endswith("COUNT=2")
        if self.mode is RecurrenceMode.FROM_COMPLETION:
            # After a skip before its date, the same date must not come again.
            closed_at = max(self.closed_at, self.slot) if self.fate == "skipped" else self.closed_at
            first = datetime.combine(shown(closed_at, self.zone).date(), self.first.time())
            # Later than the day it was done and than the day it was due.
            later = shown(max(closed_at, self.slot, self.due), self.zone).date()
            dues = (nth(self.rule, first, n) for n in count(1))
            wall = next(wall for wall in dues if wall.date() > later)
            return [] if ends and self.number >= 2 else [instant(wall, self.zone)]
        after = self.slot
        if self.mode is RecurrenceMode.SKIP_MISSED:
            after = max(after, self.closed_at)
        n, passed = 0, list[datetime]()
        while not passed or passed[-1] <= after:
            if ends and self.before_first + n >= 2:
                return []
            passed.append(instant(nth(self.rule, self.first, n), self.zone))
            n += 1
        return [due for due in passed if due > self.slot]


# ── The broker ────────────────────────────────────────────────────────────────────────────────────


class Broker:
    """Keeps the published events in order. With `breaks` it accepts a batch and then raises."""

    def __init__(self) -> None:
        self.published: list[tuple[str, Envelope]] = []
        self.breaks = False

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        self.published += ((topic, open_envelope(message.wire)) for message in messages)
        if self.breaks:
            self.breaks = False
            raise Unavailable("the relay died before it could mark them")


CONSUMERS = {
    subscription.topic: (service.app_id, subscription)
    for service in (RECURRING_TASK, NOTIFICATION)
    for subscription in service.on
}


# ── The sequences ───────────────────────────────────────────────────────────────────────────────────


class Story(RuleBasedStateMachine):
    runner: asyncio.Runner
    database: Database
    broker: Broker
    publisher: Relay
    held: dict[str, Hold]
    now: datetime = STARTS[0]

    def __init__(self) -> None:
        super().__init__()
        self.tasks: dict[int, Occurrence] = {}
        self.series: dict[int, str] = {}
        self.gone: list[Occurrence] = []
        self.arrived: set[Any] = set()
        self.pending: list[tuple[str, Envelope]] = []
        self.seen = len(self.broker.published)
        self.notified: set[int] = set()
        # Planned by a late event when their time had passed; they fire next.
        self.late: set[tuple[int, str, datetime]] = set()
        self.user = uuid4().hex
        self.caller = Caller(self.user, "UTC", DEFAULTS, "person")

    def do(self, work: Awaitable[T]) -> T:
        async def run() -> T:
            return await work

        return self.runner.run(run())

    async def command(self, act: Any, *args: Any) -> Any:
        async with self.database.unit() as unit:
            return await act(self.caller, *args, unit, Story.now)

    # Actions of a person

    @initialize(start=st.sampled_from(STARTS))
    def sign_up(self, start: datetime) -> None:
        Story.now = start
        # Rows of an earlier sequence would be published and fired in this one.
        self.do(self.database.pool.execute("DELETE FROM outbox"))
        self.do(self.database.pool.execute("DELETE FROM account"))
        self.do(
            self.database.pool.execute(
                "INSERT INTO account (id, email, password_hash) VALUES ($1, $1, '')", self.user
            )
        )

    def _due(self, wall: tuple[int, timedelta], zone: str) -> tuple[str, datetime]:
        days, time = wall
        midnight = shown(Story.now, zone).replace(hour=0, minute=0)
        due = midnight + timedelta(days=days) + time
        return due.isoformat(), instant(due, zone)

    @precondition(lambda self: len(self.series) < 4)
    @rule(
        wall=some_wall,
        zone=some_zone,
        recurrence=some_rule,
        mode=some_mode,
        reminders=some_reminders,
    )
    def create(
        self,
        wall: tuple[int, timedelta],
        zone: str,
        recurrence: str | None,
        mode: RecurrenceMode,
        reminders: tuple[str, ...] | None,
    ) -> None:
        text, due = self._due(wall, zone)
        wanted = NewTask(
            title="t",
            tags=[],
            due_date=text,
            timezone=zone,
            recurrence=recurrence,
            recurrence_mode=mode,
            reminders=None if reminders is None else list(reminders),
        )
        made = self.do(self.command(commands.create_task, wanted))
        self.tasks[made.id] = Occurrence(made.id, due, zone, recurrence, mode, reminders, Story.now)
        self.series[made.id] = str(made.series_id or made.id)

    def _any(self, data: st.DataObject) -> Occurrence:
        return self._one_of(data, list(self.tasks.values()))

    def _one_of(self, data: st.DataObject, tasks: Sequence[Occurrence]) -> Occurrence:
        """Chosen by position, because ids differ from run to run and Hypothesis must repeat a sequence exactly."""
        return tasks[data.draw(st.integers(0, len(tasks) - 1), label="task")]

    def _refused_in_the_trash(self, task: Occurrence, work: Awaitable[Any]) -> bool:
        if not task.trashed:
            self.do(work)
            return False
        with pytest.raises(Conflict):
            self.do(work)
        return True

    def _edit(self, task: Occurrence, **changes: Any) -> bool:
        act = self.command(commands.edit_task, task.id, TaskChanges(**changes), None)
        return not self._refused_in_the_trash(task, act)

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), wall=some_wall)
    def move(self, data: st.DataObject, wall: tuple[int, timedelta]) -> None:
        task = self._any(data)
        text, due = self._due(wall, task.zone)
        if self._edit(task, due_date=text) and due != task.due:
            task.due, task.touched, task.planned_at = due, True, Story.now
            if task.fate == "open":
                task.begin_series()

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), zone=some_zone)
    def change_zone(self, data: st.DataObject, zone: str) -> None:
        task = self._any(data)
        if self._edit(task, timezone=zone) and zone != task.zone:
            if task.fate != "open" and task.in_series:  # it stays at its date of the series
                task.first += shown(task.slot, zone) - shown(task.slot, task.zone)
            task.zone, task.touched, task.planned_at = zone, True, Story.now
            if task.fate == "open":
                task.begin_series()

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), reminders=some_reminders)
    def change_reminders(self, data: st.DataObject, reminders: tuple[str, ...] | None) -> None:
        task = self._any(data)
        wanted = None if reminders is None else list(reminders)
        if self._edit(task, reminders=wanted) and reminders != task.reminders:
            task.reminders, task.touched, task.planned_at = reminders, True, Story.now

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def stop_repeating(self, data: st.DataObject) -> None:
        task = self._any(data)
        if self._edit(task, recurrence=None) and task.rule is not None:
            task.rule, task.touched = None, True
            if task.fate == "open":
                task.begin_series()

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), wall=some_wall)
    def postpone(self, data: st.DataObject, wall: tuple[int, timedelta]) -> None:
        task = self._any(data)
        text, due = self._due(wall, task.zone)
        act = self.command(commands.postpone_task, task.id, text)
        if task.fate != "open" or task.trashed or due < Story.now:
            with pytest.raises((Conflict, Invalid)):
                self.do(act)
        else:
            self.do(act)
            if due != task.due:
                task.due, task.planned_at = due, Story.now
            task.touched = True

    @precondition(lambda self: self.tasks)
    @rule(data=st.data(), ago=st.sampled_from([None, None, timedelta(hours=1), timedelta(days=2)]))
    def complete(self, data: st.DataObject, ago: timedelta | None) -> None:
        task = self._any(data)
        at = Story.now - ago if ago else None
        act = self.command(commands.complete_task, task.id, at)
        if self._refused_in_the_trash(task, act):
            return
        if task.fate != "done" or (at and at != task.closed_at):
            task.fate, task.closed_at, task.touched = "done", at or Story.now, True

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def skip(self, data: st.DataObject) -> None:
        task = self._any(data)
        act = self.command(commands.skip_task, task.id)
        if task.trashed or task.rule is None or task.fate == "done":
            with pytest.raises(Conflict):
                self.do(act)
        else:
            self.do(act)
            if task.fate != "skipped":
                task.fate, task.closed_at, task.touched = "skipped", Story.now, True

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        task = self._any(data)
        act = self.command(commands.reopen_task, task.id)
        if self._refused_in_the_trash(task, act) or task.fate == "open":
            return
        task.fate, task.closed_at, task.touched = "open", None, True
        task.planned_at = Story.now
        if task.in_series and task.rule is None:
            task.in_series = False
        following = self._successor(task)
        if following and self._is_untouched(following):
            del self.tasks[following.id]
            task.successor = None

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        task = self._any(data)
        self.do(self.command(commands.delete_task, task.id))
        task.trashed = task.touched = True

    @precondition(lambda self: any(task.trashed for task in self.tasks.values()))
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        task = self._one_of(data, [task for task in self.tasks.values() if task.trashed])
        self.do(self.command(commands.restore_task, task.id))
        task.trashed, task.planned_at = False, Story.now

    @precondition(lambda self: any(task.trashed for task in self.tasks.values()))
    @rule(data=st.data())
    def delete_for_ever(self, data: st.DataObject) -> None:
        task = self._one_of(data, [task for task in self.tasks.values() if task.trashed])
        self.do(self.database.pool.execute("DELETE FROM task WHERE id = $1", task.id))
        self.gone.append(self.tasks.pop(task.id))

    # Actions of the clock, the relay and the consumers

    @rule(wait=some_wait)
    def time_passes(self, wait: timedelta) -> None:
        """Reminders fire after the wait, so a long wait is like an outage of the notification service."""
        Story.now += wait

        async def fire() -> None:
            while await fire_due(self.database, Story.now):
                continue

        self.do(fire())
        self.late.clear()

    @rule(dies=st.booleans())
    def relay(self, dies: bool) -> None:
        self.broker.breaks = dies
        self.held.clear()  # enough time has passed since the last failure

        async def publish() -> None:
            with suppress(Unavailable):
                while await self.publisher.publish_waiting():
                    continue

        self.do(publish())
        fresh = self.broker.published[self.seen :]
        self.seen = len(self.broker.published)
        self.pending += ((topic, e) for topic, e in fresh if e.key == self.user)

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), again=st.booleans())
    def an_event_arrives(self, data: st.DataObject, again: bool) -> None:
        """Any waiting event arrives, not only the oldest; with `again` it will arrive once more."""
        at = data.draw(st.integers(0, len(self.pending) - 1), label="event")
        topic, envelope = self.pending[at] if again else self.pending.pop(at)
        self._arrive(topic, envelope)

    @rule()
    def all_events_arrive(self) -> None:
        """Repeat until no event is left, including the events that they cause."""
        while True:
            self.relay(dies=False)
            if not self.pending:
                return
            waiting, self.pending = self.pending, []
            for topic, envelope in waiting:
                self._arrive(topic, envelope)

    @rule()
    def everything_is_replayed(self) -> None:
        """todo-recurring-task gets all its events again, and its inbox no longer knows them."""
        app_id, _ = CONSUMERS[Topic.TASK_EVENTS]
        self.do(self.database.pool.execute("DELETE FROM inbox WHERE consumer = $1", app_id))
        for topic, envelope in self.broker.published:
            if envelope.key == self.user and topic == Topic.TASK_EVENTS:
                self.arrived.discard(envelope.id)
                self._arrive(topic, envelope)

    def _arrive(self, topic: str, envelope: Envelope) -> None:
        if topic not in CONSUMERS:
            return
        app_id, subscription = CONSUMERS[Topic(topic)]
        assert self.do(deliver(self.database, app_id, subscription, [envelope])) == SUCCESS
        if envelope.id in self.arrived:
            return
        self.arrived.add(envelope.id)
        task = self.tasks.get(int(envelope.data["task_id"]))
        if topic == "reminders":
            self._remind(task, envelope)
        elif task:
            self._follow(task, envelope.time)

    def _remind(self, task: Occurrence | None, envelope: Envelope) -> None:
        due = datetime.fromisoformat(envelope.data["due_at"])
        if task and task.fate == "open" and not task.trashed and task.due == due:
            self.notified.add(int(envelope.data["reminder_id"]))

    def _follow(self, task: Occurrence, acted_at: datetime) -> None:
        """A closed occurrence may have its successor from now on; in `teardown` it must have it."""
        due = None if task.fate == "open" else task.next_due()
        old = self._successor(task)
        if due is None or (old and (old.due == due or not self._is_untouched(old))):
            return
        if task.successor is not None and old is None:
            return  # it was made, and deleted for ever since
        id_ = self.do(
            self.database.pool.fetchval(
                "SELECT id FROM task WHERE series_id::text = $1 AND occurrence = $2",
                self.series[task.id], task.number + 1,
            )
        )  # fmt: skip
        if id_ is None or (old and old.id == id_):
            return
        if old:
            del self.tasks[old.id]
        made = Occurrence(
            id_, due, task.zone, task.rule, task.mode, task.reminders, acted_at, task.number + 1
        )
        made.first, made.missed = task.first, tuple(task.following()[:-1])
        made.before_first = task.before_first
        self.tasks[made.id], self.series[made.id] = made, self.series[task.id]
        task.successor = made.id
        self.late |= {alert for alert in made.alerts() if acted_at <= alert[2] < Story.now}

    def _successor(self, task: Occurrence) -> Occurrence | None:
        return None if task.successor is None else self.tasks.get(task.successor)

    def _is_untouched(self, task: Occurrence) -> bool:
        return not task.touched and task.fate == "open" and not task.trashed

    # Invariants after every step

    @invariant()
    def the_tasks_are_the_models(self) -> None:
        rows = self.do(
            self.database.pool.fetch(
                """SELECT id, due_date, slot, fate, occurrence, timezone, completed_at,
                          deleted_at IS NOT NULL AS trashed FROM task WHERE user_id = $1""",
                self.user,
            )
        )
        assert {
            row["id"]: (
                row["due_date"],
                row["timezone"],
                row["fate"],
                row["completed_at"],
                row["trashed"],
            )
            for row in rows
        } == {t.id: (t.due, t.zone, t.fate, t.closed_at, t.trashed) for t in self.tasks.values()}
        assert {row["id"]: (row["occurrence"], row["slot"]) for row in rows if row["slot"]} == {
            t.id: (t.number, t.slot) for t in self.tasks.values() if t.in_series
        }

    @invariant()
    def what_is_planned_is_what_the_model_would_send(self) -> None:
        rows = self.do(
            self.database.pool.fetch(
                """SELECT task_id, spec, remind_at FROM reminder
                   WHERE user_id = $1 AND state = 'planned'""",
                self.user,
            )
        )
        wanted = set().union(*(task.alerts() for task in self.tasks.values()))
        self.late &= wanted
        assert {tuple(row) for row in rows} == {
            alert for alert in wanted if alert[2] >= Story.now
        } | self.late

    @invariant()
    def only_what_still_mattered_has_rung_and_once(self) -> None:
        rows = self.do(
            self.database.pool.fetch(
                "SELECT reminder_id FROM notification WHERE user_id = $1", self.user
            )
        )
        assert len(rows) == len({row["reminder_id"] for row in rows})
        kept = {row["reminder_id"] for row in rows}
        assert kept <= self.notified  # a deleted successor takes its notifications with it

    @invariant()
    def the_history_tells_each_occurrence_once(self) -> None:
        rows = self.do(
            self.database.pool.fetch(
                """SELECT coalesce(task_id, 0) AS task_id, occurrence, due_date, fate FROM task_occurrence
                   WHERE user_id = $1""",
                self.user,
            )
        )
        repeating = [task for task in self.tasks.values() if task.in_series]
        told = [(task.id, task.number, task.slot, task.fate) for task in repeating]
        told += [(0, task.number, task.slot, task.fate) for task in self.gone if task.in_series]
        ever = [*self.tasks.values(), *self.gone]
        missed = {(self.series[task.id], due) for task in ever for due in task.missed}
        assert sorted(map(tuple, rows)) == sorted(
            [*told, *((0, 0, due, "missed") for _, due in missed)]
        )

    def teardown(self) -> None:
        if not self.tasks:
            return
        self.all_events_arrive()
        self.the_tasks_are_the_models()
        self.what_is_planned_is_what_the_model_would_send()
        for task in self.tasks.values():
            if task.next_due():
                assert task.successor is not None, f"{task} has no successor"


@asynccontextmanager
async def machinery(url: str) -> AsyncIterator[None]:
    broker: Any = Broker()
    async with open_database(url, size=2) as database, database.reader() as connection:
        Story.database, Story.broker = database, broker
        # A long sequence without the relay must not close its idle connection.
        await connection.fetchval("SELECT set_config('idle_session_timeout', '0', false)")
        Story.held = {}
        Story.publisher = Relay(connection, broker, Story.held)
        await Story.publisher.claim()
        yield


@pytest.mark.timeout(900)
def test_the_product_agrees_with_the_model(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: Story.now)
    with asyncio.Runner() as runner:
        around = machinery(database_url)
        runner.run(around.__aenter__())
        Story.runner = runner
        try:
            run_state_machine_as_test(
                Story,
                settings=settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=30,
                    deadline=None,
                    database=None,
                    phases=(Phase.generate, Phase.shrink),
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(around.__aexit__(None, None, None))
