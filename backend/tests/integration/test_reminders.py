"""Reminders: planned with the task, sent once at their second, and not sent when they are no longer relevant."""

import asyncio
import base64
import json
import re
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import MakeDatabase, settings_for
from tests.harness.clock import shift
from tests.harness.mail import Mailbox
from tests.harness.reminder_storm import Sink
from tests.harness.system import Person, System, eventually, running
from todo.domain.events import REMINDER_DUE, Topic, rfc3339
from todo.reminders.firing import fire_all_due, fire_due, next_due
from todo.runtime import clock
from todo.runtime.dapr.subscriptions import SidecarSubscription
from todo.runtime.envelope import Envelope, encode
from todo.runtime.events.delivery import SUCCESS, deliver
from todo.runtime.ports import Message
from todo.services import NOTIFICATION


def soon(**delta: float) -> str:
    return (clock.now() + timedelta(**(delta or {"milliseconds": 400}))).isoformat()


async def states(ann: Person, task: dict[str, Any]) -> dict[str, str]:
    items = (await ann.get(f"/api/tasks/{task['id']}/reminders"))["items"]
    return {f"{item['offset']} {item['remind_at'][:16]}": item["state"] for item in items}


async def bell(ann: Person) -> list[dict[str, Any]]:
    return list((await ann.get("/api/notifications"))["items"])


async def notified(ann: Person, number: int = 1) -> list[dict[str, Any]]:
    return await eventually(lambda: bell(ann), lambda seen: len(seen) >= number)


async def mails(mailbox: Mailbox, person: Person, number: int = 1) -> list[Any]:
    async def look() -> list[Any]:
        return mailbox.to(person.email)

    return await eventually(look, lambda seen: len(seen) >= number)


async def ledger(ann: Person, reminder_id: int) -> dict[str, dict[str, Any]]:
    items = (await ann.get(f"/api/reminders/{reminder_id}/deliveries"))["items"]
    return {item["channel"]: item for item in items}


async def unsent(ann: Person, reminder_id: int) -> dict[str, Any]:
    """Why a reminder without deliveries was not sent on its own."""
    answer = await ann.get(f"/api/reminders/{reminder_id}/deliveries")
    assert answer["items"] == []
    return dict(answer)


async def overdue(system: System, task: dict[str, Any], ago: timedelta, spec: str = "PT0S") -> int:
    """A reminder after an outage: still planned, with its time in the past."""
    return int(
        await system.value(
            """INSERT INTO reminder (user_id, task_id, spec, due_date, remind_at)
               SELECT user_id, id, $2, due_date, $3 FROM task WHERE id = $1 RETURNING id""",
            task["id"],
            spec,
            clock.now() - ago,
        )
    )


async def test_a_task_has_its_users_default_reminders_and_they_follow_it(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2055-11-30T09:00:00Z")
        assert await states(ann, task) == {
            "P1D 2055-11-29T09:00": "planned",
            "PT1H 2055-11-30T08:00": "planned",
        }
        path = f"/api/tasks/{task['id']}"
        await ann.http.patch(path, json={"due_date": "2055-12-01T09:00:00Z"})
        assert await states(ann, task) == {
            "P1D 2055-11-29T09:00": "cancelled", "PT1H 2055-11-30T08:00": "cancelled",
            "P1D 2055-11-30T09:00": "planned", "PT1H 2055-12-01T08:00": "planned",
        }  # fmt: skip
        await ann.http.patch(path, json={"reminders": ["PT1H"]})
        assert [
            name for name, state in (await states(ann, task)).items() if state == "planned"
        ] == ["PT1H 2055-12-01T08:00"]


@pytest.mark.parametrize(("away", "back"), [("complete", "reopen"), (None, "restore")])
async def test_reminders_are_cancelled_with_their_task_and_planned_again_when_it_returns(
    system: System, away: str | None, back: str
) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date="2055-11-30T09:00:00Z")
        if away:
            await ann.do(task, away)
        else:
            await ann.http.delete(f"/api/tasks/{task['id']}")
        assert set((await states(ann, task)).values()) == {"cancelled"}
        await ann.do(task, back)
        assert set((await states(ann, task)).values()) == {"planned"}


async def test_a_reminder_whose_time_passed_before_the_task_was_created_is_not_sent(
    system: System,
) -> None:
    async with system.person() as ann:
        task = await ann.add(due_date=soon(minutes=30), reminders=["PT1H", "PT1M"])
        assert sorted((await states(ann, task)).values()) == ["passed", "planned"]


async def test_a_reminder_rings_the_bell_and_arrives_by_mail_not_before_its_moment(
    system: System, mailbox: Mailbox
) -> None:
    async with system.person() as ann:
        moment = soon()
        task = await ann.add("Pay rent", reminders=[moment])
        [shown] = await notified(ann)
        assert (shown["task_id"], shown["title"], shown["late_seconds"]) == (
            task["id"],
            "Pay rent",
            0,
        )
        assert datetime.fromisoformat(shown["created_at"]) >= datetime.fromisoformat(moment)
        [mail] = await mails(mailbox, ann)
        assert "Pay rent" in mail["Subject"]
        assert "late" not in mail["Subject"]
        sent = await eventually(
            lambda: ledger(ann, shown["reminder_id"]), lambda rows: rows["email"]["state"] == "sent"
        )
        assert (sent["in-app"]["state"], sent["email"]["attempt"]) == ("sent", 1)
        assert (sent["in-app"]["to"], sent["email"]["to"]) == (None, ann.email)


async def test_a_reminder_of_a_completed_task_is_not_sent(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        task = await ann.add("done", reminders=[soon()])
        await ann.do(task, "complete")
        await bob.add("later", reminders=[soon()])
        await notified(bob)
        assert await bell(ann) == []
        assert set((await states(ann, task)).values()) == {"cancelled"}


async def test_after_an_outage_each_task_is_announced_once_with_its_lateness(
    make_database: MakeDatabase, mailbox: Mailbox
) -> None:
    url = await make_database()
    settings = settings_for(url, smtp_url=mailbox.url)
    async with running(settings) as system, system.person() as ann, system.person() as bob:
        await ann.add("Few")
        for n in range(12):
            await bob.add(f"Many {n}")
        cookies = [str(person.http.cookies["todo_session"]) for person in (ann, bob)]
        async with system.context.db.unit() as unit:  # not fired before the restart
            await unit.connection.execute(
                """INSERT INTO reminder (user_id, task_id, spec, remind_at)
                   SELECT user_id, id, spec, $1::timestamptz - ago FROM task,
                   (VALUES ('P1D', interval '26 hours'), ('PT1H', interval '2 hours')) AS r(spec, ago)""",
                clock.now(),
            )
    async with running(settings) as system:
        for cookie, person in zip(cookies, (ann, bob), strict=True):
            async with system.visitor() as http:
                http.cookies.set("todo_session", cookie)
                back = Person(http, person.email, person.id)
                [shown] = await notified(back)
                assert 7200 <= shown["late_seconds"] < 7800
                [mail] = await mails(mailbox, person)
                assert "late: the service was down" in str(mail)
                if person is bob:
                    assert shown["title"] == "12 reminders while the service was down"
                    assert sorted(shown["body"].split("\n")) == sorted(
                        f"Many {n}" for n in range(12)
                    )
                cover = "one message covers several reminders"
                if person is ann:
                    cover = "a later reminder covers it"
                others = await system.fetch(
                    "SELECT id FROM reminder WHERE user_id = $1 AND id <> $2",
                    person.id,
                    shown["reminder_id"],
                )
                assert len(others) == (23 if person is bob else 1)
                for other in others:
                    why = await unsent(back, other["id"])
                    assert why["reason"] == f"The service was down at its time; {cover}."
                    assert why["told_by"] == {
                        "reminder_id": shown["reminder_id"],
                        "task_id": shown["task_id"],
                        "title": shown["title"],
                        "at": shown["created_at"],
                    }


async def test_a_digest_does_not_depend_on_its_first_task(
    make_database: MakeDatabase, mailbox: Mailbox
) -> None:
    """After the reminders have fired, one task is completed before the bell rings, one before the mail is sent."""
    settings = settings_for(await make_database(), smtp_url=mailbox.url)
    async with running(settings) as system, system.person() as ann:
        tasks = [await ann.add(f"Late {n:02}") for n in range(12)]
        rows = [{"task_id": task["id"], "due_at": None, "title": task["title"]} for task in tasks]
        first = await system.value(
            """INSERT INTO reminder (user_id, task_id, spec, remind_at, state)
               VALUES ($1, $2, 'PT0S', now(), 'fired') RETURNING id""",
            ann.id, tasks[0]["id"],
        )  # fmt: skip
        data = {"version": "1.0", "reminder_id": first, "task_id": tasks[0]["id"], "title": "Late 00",
                "due_at": None, "user_id": ann.id, "late_seconds": 7200, "items": rows}  # fmt: skip
        superseded = [
            await system.value(
                """INSERT INTO reminder (user_id, task_id, spec, remind_at, state, superseded_by)
                   VALUES ($1, $2, 'PT1H', now(), 'superseded', $3) RETURNING id""",
                ann.id, task["id"], first,
            )
            for task in tasks[:2]
        ]  # fmt: skip
        begin, end = clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=2)
        quiet = {"quiet_from": f"{begin:%H:%M}", "quiet_until": f"{end:%H:%M}"}
        await ann.http.patch("/api/me", json={**quiet, "timezone": "UTC"})
        await ann.do(tasks[0], "complete")
        envelope = Envelope("todo.reminder.due.v1", "test", ann.id, data, clock.now())
        [subscription] = NOTIFICATION.on
        verdict = await deliver(system.context.db, "todo-notification", subscription, [envelope])
        assert verdict == SUCCESS
        [shown] = await bell(ann)
        assert shown["title"] == "11 reminders while the service was down"
        assert shown["body"].split("\n") == [f"Late {n:02}" for n in range(1, 12)]
        silent, told = [await unsent(ann, reminder_id) for reminder_id in superseded]
        assert silent["reason"] == "The task was done before it was sent."
        assert silent["told_by"] is None
        assert told["told_by"]["title"] == shown["title"]

        await ann.http.delete(f"/api/tasks/{tasks[1]['id']}")
        await system.context.db.pool.execute(
            "UPDATE delivery SET next_try_at = now() WHERE state = 'planned'"
        )
        system.context.db.notify("deliveries")
        [mail] = await mails(mailbox, ann)
        assert mail["Subject"] == "10 reminders while the service was down"
        text = mail.get_body(("plain",)).get_content().replace("\r", "")
        assert re.findall(r"^- (.*)$", text, re.M) == [f"Late {n:02}" for n in range(2, 12)]
        assert "/api/links/" not in text  # a link could not say which task it is for

        path = f"/api/notifications/{shown['id']}"
        assert (await ann.http.post(f"{path}/done")).status_code == 409
        assert (await ann.http.post(f"{path}/snooze", json={"minutes": 5})).status_code == 200
        snoozed = "SELECT count(*) FROM reminder WHERE user_id = $1 AND spec = 'snooze'"
        assert await system.value(snoozed, ann.id) == 10


async def fired(
    system: System, ann: Person, task: dict[str, Any], *digest: dict[str, Any]
) -> Envelope:
    """A fired reminder and its event, which the product has not handled yet."""
    reminder_id = await system.value(
        """INSERT INTO reminder (user_id, task_id, spec, due_date, remind_at, state)
           SELECT user_id, id, 'PT0S', due_date, now(), 'fired' FROM task WHERE id = $1 RETURNING id""",
        task["id"],
    )
    items = [{"task_id": t["id"], "due_at": t["due_date"], "title": t["title"]} for t in digest]
    data = {"version": "1.0", "reminder_id": reminder_id, "task_id": task["id"], "user_id": ann.id,
            "title": task["title"], "due_at": task["due_date"], "timezone": "UTC", "all_day": False,
            "late_seconds": 7200 if digest else 0, "items": items}  # fmt: skip
    return Envelope(REMINDER_DUE, "test", ann.id, data, clock.now())


async def test_each_reminder_of_a_batch_is_handled_as_if_it_came_alone(system: System) -> None:
    async with system.person(timezone="UTC") as ann, system.person(timezone="UTC") as bob:
        for person in (ann, bob):
            await person.http.post("/api/channels", json={"kind": "email", "step": 1,
                "config": {"address": f"second-{person.email}"}})  # fmt: skip
        begin, end = clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=2)
        quiet = {"quiet_from": f"{begin:%H:%M}", "quiet_until": f"{end:%H:%M}"}
        await bob.http.patch("/api/me", json={**quiet, "escalate_after": 10, "nag_every": 5})

        relevant = await fired(system, ann, await ann.add("still open"))
        done_task = await ann.add("done meanwhile")
        done = await fired(system, ann, done_task)
        await ann.do(done_task, "complete")
        digest = await fired(system, ann, done_task, done_task, await ann.add("waited"))
        waits = await fired(system, bob, await bob.add("at night", due_date="2055-11-30T09:00:00Z"))
        batch = [relevant, done, digest, waits, replace(waits, id=uuid4()), relevant]

        [subscription] = NOTIFICATION.on
        verdict = await deliver(system.context.db, "todo-notification", subscription, batch)
        assert verdict == SUCCESS
        again = [replace(envelope, id=uuid4()) for envelope in batch]
        verdict = await deliver(system.context.db, "todo-notification", subscription, again)
        assert verdict == SUCCESS

        shown = {n["reminder_id"]: (n["title"], n["body"]) for n in await bell(ann)}
        assert shown == {
            relevant.data["reminder_id"]: ("still open", ""),
            digest.data["reminder_id"]: ("waited", "waited"),
        }
        assert [n["title"] for n in await bell(bob)] == ["at night"]
        rows = await system.fetch(
            """SELECT split_part(channel, ':', 1) AS kind, state, next_try_at FROM delivery
               WHERE reminder_id = $1 ORDER BY next_try_at NULLS FIRST""",
            waits.data["reminder_id"],
        )
        morning = end.replace(second=0, microsecond=0)
        assert [tuple(row) for row in rows] == [
            ("in-app", "sent", None),
            ("email", "planned", morning),
            ("email", "planned", morning + timedelta(minutes=10)),
        ]
        why = await unsent(ann, done.data["reminder_id"])
        assert why["reason"] == "The task was done before it was sent."
        nags = "SELECT count(*) FROM reminder WHERE user_id = $1 AND spec = 'nag'"
        assert await system.value(nags, bob.id) == 1
        told = """SELECT count(*) FROM outbox WHERE key = ANY($1)
                  AND envelope LIKE '%todo.notification.created%'"""
        assert await system.value(told, [ann.id, bob.id]) == 3


@pytest.mark.parametrize(
    "wrong",
    [{"reminder_id": None}, {"due_at": "soon"}, {"version": "9.0"}],
    ids=["no reminder", "no date", "of a newer version"],
)
@pytest.mark.parametrize("runtime", ["embedded", "dapr"])
async def test_one_unreadable_event_does_not_fail_the_others_of_its_batch(
    system: System, wrong: dict[str, Any], runtime: str
) -> None:
    async with system.person() as ann:
        good = [await fired(system, ann, await ann.add(f"good {n}")) for n in range(3)]
        bad = await fired(system, ann, await ann.add("bad"))
        bad = replace(bad, data={**bad.data, **wrong})
        batch = [good[0], bad, *good[1:]]
        if runtime == "embedded":
            await system.context.runtime.publish(
                Topic.REMINDERS, [Message(e.id, e.key, encode(e)) for e in batch]
            )
        else:
            [subscription] = NOTIFICATION.on
            consumer = SidecarSubscription(system.context, "todo-notification", subscription)
            entries = [
                {"entryId": str(e.id), "event": base64.b64encode(encode(e)).decode()} for e in batch
            ]
            answer = await consumer.bulk(json.dumps({"entries": entries}).encode())
            assert {row["status"] for row in answer["statuses"]} == {"SUCCESS"}
        shown = await notified(ann, 3)
        assert sorted(n["title"] for n in shown) == ["good 0", "good 1", "good 2"]
        letters = "SELECT consumer FROM dead_letter WHERE event_id = $1"

        async def buried() -> list[str]:
            return [row["consumer"] for row in await system.fetch(letters, str(bad.id))]

        await eventually(buried)
        assert "todo-notification" in await buried()


async def test_every_late_reminder_is_announced_once_however_many_there_are(
    make_database: MakeDatabase,
) -> None:
    async with running(settings_for(await make_database())) as system, system.person() as ann:
        await system.context.db.pool.execute(
            """WITH t AS (INSERT INTO task (user_id, title) SELECT $1, 'Late ' || n || repeat('ä', 2000)
                          FROM generate_series(1, 1203) n RETURNING id)
               INSERT INTO reminder (user_id, task_id, spec, remind_at)
               SELECT $1, id, 'PT0S', now() - interval '1 hour' FROM t""",
            ann.id,
        )
        await fire_all_due(system.context)

        async def told() -> list[str]:
            rows = await system.fetch("SELECT title, body FROM notification")
            lines = [line for row in rows for line in (row["body"] or row["title"]).split("\n")]
            return sorted(line.rstrip("ä") for line in lines)

        await eventually(told, lambda lines: len(lines) >= 1203)
        assert await told() == sorted(f"Late {n}" for n in range(1, 1204))
        largest = "SELECT max(octet_length(envelope)) FROM outbox WHERE topic = 'reminders'"
        assert await system.value(largest) < 1_000_000  # the size limit of a broker


@pytest.mark.parametrize("how", ["as said", "earlier than said"])
async def test_reminders_held_back_while_away_are_announced_once_on_return_and_not_as_late(
    system: System, how: str
) -> None:
    async with system.person() as ann:
        task = await ann.add("held back")
        await ann.http.patch(
            "/api/me", json={"away_from": soon(hours=-5), "away_until": soon(hours=5)}
        )
        first = await overdue(system, task, timedelta(hours=3), "P1D")
        second = await overdue(system, task, timedelta(hours=2), "PT1H")
        await fire_due(system.context.db, clock.now())
        held = await system.fetch(
            "SELECT state FROM reminder WHERE id = ANY($1::bigint[])", [first, second]
        )
        assert [row["state"] for row in held] == ["planned", "planned"]
        why = await unsent(ann, first)
        assert why["reason"] == "You are away; the reminder waits until you are back."
        back: dict[str, str | None] = {"away_from": None, "away_until": None}
        if how == "earlier than said":
            assert (await ann.http.patch("/api/me", json=back)).status_code == 200
        else:
            back = {"away_from": soon(hours=-5), "away_until": soon(seconds=-1)}
            await ann.http.patch("/api/me", json=back)
        [shown] = await notified(ann)
        assert (shown["reminder_id"], shown["late_seconds"]) == (second, 0)
        assert await system.value("SELECT state FROM reminder WHERE id = $1", first) == "superseded"
        why = await unsent(ann, first)
        assert why["reason"] == "You were away at its time; a later reminder covers it."
        assert (why["told_by"]["reminder_id"], why["told_by"]["title"]) == (second, "held back")


async def test_a_due_reminder_that_another_process_has_locked_is_looked_for_again_in_a_second(
    system: System,
) -> None:
    async with system.person() as ann, system.person() as away:
        start = clock.now() + timedelta(days=300)  # for nobody else's timer
        reminder = await overdue(system, await ann.add(), timedelta(days=-300))
        absent = {"away_from": start.isoformat(), "away_until": soon(days=400)}
        await away.http.patch("/api/me", json=absent)
        held = await overdue(system, await away.add(), timedelta(days=-301))
        now = start + timedelta(days=2)
        async with system.context.db.unit() as other:
            await other.connection.execute(
                "SELECT FROM reminder WHERE id = $1 FOR UPDATE", reminder
            )
            while await fire_due(system.context.db, now):  # those of other tests
                continue
            async with system.context.db.reading() as connection:
                assert await next_due(connection, now) == now + timedelta(seconds=1)
        assert await fire_due(system.context.db, now) == 1
        async with system.context.db.reading() as connection:
            following = await next_due(connection, now)
            assert following is None or following > now + timedelta(days=100)
            when = await system.value("SELECT remind_at FROM reminder WHERE id = $1", held)
            assert await next_due(connection, when - timedelta(days=10)) == when
        assert await system.value("SELECT state FROM reminder WHERE id = $1", held) == "planned"


async def test_acknowledging_in_one_place_silences_the_rest(system: System) -> None:
    async with system.person() as ann:
        await ann.http.patch("/api/me", json={"escalate_after": 30, "nag_every": 5})
        [channel] = (await ann.get("/api/channels"))["items"]
        await ann.http.patch(f"/api/channels/{channel['id']}", json={"step": 1})
        await ann.add(reminders=[soon()])
        [shown] = await notified(ann)
        before = await ledger(ann, shown["reminder_id"])
        waits = datetime.fromisoformat(before["email"]["next_try_at"]) - datetime.fromisoformat(
            shown["created_at"]
        )
        assert (before["email"]["state"], waits) == ("planned", timedelta(minutes=30))
        nags = "SELECT state FROM reminder WHERE user_id = $1 AND spec = 'nag'"
        assert await system.value(nags, ann.id) == "planned"
        answer = await ann.http.post(f"/api/notifications/{shown['id']}/read")
        assert answer.json()["acknowledged_at"]
        after = await ledger(ann, shown["reminder_id"])
        assert {name: row["state"] for name, row in after.items()} == {
            "in-app": "acknowledged",
            "email": "cancelled",
        }
        assert after["email"]["reason"] == "You had already seen the reminder elsewhere."
        assert await system.value(nags, ann.id) == "cancelled"


async def test_without_an_acknowledgement_the_next_channel_follows_after_its_minutes(
    make_database: MakeDatabase, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = Sink()
    server = await asyncio.start_server(sink.handle, "127.0.0.1", 0)
    hook = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = settings_for(
        await make_database(), smtp_url=mailbox.url, allow_private_addresses=True
    )
    async with running(settings) as system, AsyncExitStack() as people:

        async def told_by_mail(name: str, escalate_after: int) -> tuple[Person, dict[str, Any]]:
            person = await people.enter_async_context(system.person())
            await person.http.patch("/api/me", json={"escalate_after": escalate_after})
            channel = {"kind": "webhook", "config": {"url": f"{hook}/{name}"}, "step": 1}
            made = await person.http.post("/api/channels", json=channel)
            sink.secrets[f"/{name}"] = made.json()["secret"]
            await person.add("Wake up", reminders=[soon()])
            [shown] = await notified(person)
            await mails(mailbox, person)
            return person, shown

        async def arrives(shown: dict[str, Any], after: float) -> None:
            shift(monkeypatch, timedelta(minutes=after))
            system.context.db.notify("deliveries")

            async def came() -> bool:
                return shown["reminder_id"] in sink.came

            await eventually(came)

        _, ten = await told_by_mail("ten", 10)
        _, nine = await told_by_mail("nine", 9)
        ann, seen = await told_by_mail("seen", 9)
        await ann.http.post(f"/api/notifications/{seen['id']}/read")
        assert not sink.came
        await arrives(nine, after=9.5)
        assert ten["reminder_id"] not in sink.came
        await arrives(ten, after=10.5)
        assert sink.came.keys() == {nine["reminder_id"], ten["reminder_id"]}
        assert (await ledger(ann, seen["reminder_id"]))["webhook"]["state"] == "cancelled"
    server.close()


async def test_without_an_acknowledgement_it_nags_until_the_task_is_done(system: System) -> None:
    async with system.person() as ann:
        await ann.http.patch("/api/me", json={"nag_every": 1})
        task = await ann.add(reminders=[soon()])
        await notified(ann)
        await system.context.db.pool.execute(
            "UPDATE reminder SET remind_at = now() WHERE user_id = $1 AND spec = 'nag'", ann.id
        )
        await fire_due(system.context.db, clock.now())
        await notified(ann, 2)
        await ann.do(task, "complete")
        planned = "SELECT count(*) FROM reminder WHERE user_id = $1 AND state = 'planned'"
        assert await system.value(planned, ann.id) == 0


async def test_in_quiet_hours_the_bell_rings_and_mail_waits_until_they_end(system: System) -> None:
    async with system.person(timezone="UTC") as ann:
        now = clock.now()
        begin, end = now - timedelta(hours=1), now + timedelta(hours=2)
        await ann.http.patch(
            "/api/me", json={"quiet_from": f"{begin:%H:%M}", "quiet_until": f"{end:%H:%M}"}
        )
        await ann.add(reminders=[soon()])
        [shown] = await notified(ann)
        mail = (await ledger(ann, shown["reminder_id"]))["email"]
        assert mail["state"] == "planned"
        assert mail["next_try_at"] == f"{end:%Y-%m-%dT%H:%M}:00Z"


async def test_a_snooze_rings_again_and_only_then(system: System) -> None:
    async with system.person() as ann:
        task = await ann.add(reminders=[soon()])
        [shown] = await notified(ann)
        path = f"/api/notifications/{shown['id']}/snooze"
        for wrong, field in (
            ({"until": soon(hours=-1)}, "until"),
            ({}, "minutes"),
            ({"minutes": 0}, "minutes"),
        ):
            answer = await ann.http.post(path, json=wrong)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        snoozed = await ann.http.post(path, json={"until": soon()})
        assert snoozed.json()["acknowledged_at"]
        await notified(ann, 2)
        assert len(await states(ann, task)) == 2


async def test_the_link_of_a_mail_asks_first_and_acts_once_by_its_button(
    system: System, mailbox: Mailbox
) -> None:
    async with system.person() as ann, system.visitor() as scanner:
        task = await ann.add("From the mail", reminders=[soon()])
        [mail] = await mails(mailbox, ann)
        text = mail.get_body(("plain",)).get_content()
        [done] = set(re.findall(r"http\S+/api/links/done/\S+", text))
        for _ in range(3):
            page = await scanner.get(done)
            assert (page.status_code, "<form" in page.text) == (200, True)
        assert not (await ann.get(f"/api/tasks/{task['id']}"))["completed"]
        assert (await scanner.post(done)).status_code == 200
        assert (await ann.get(f"/api/tasks/{task['id']}"))["completed"]
        await ann.do(task, "reopen")
        again = await scanner.post(done)
        assert (again.status_code, "used already" in again.text) == (403, True)
        assert not (await ann.get(f"/api/tasks/{task['id']}"))["completed"]
        forged = await scanner.post(done[:-4] + "AAAA")
        assert forged.status_code == 403


@pytest.mark.timeout(300)
async def test_ten_thousand_reminders_due_at_the_same_moment_all_fire_once(
    make_database: MakeDatabase,
) -> None:
    async with running(settings_for(await make_database())) as system:
        await system.context.db.pool.execute(
            """WITH people AS (
                   INSERT INTO account (id, email, password_hash)
                   SELECT 'u' || n, 'u' || n || '@example.com', '' FROM generate_series(1, 100) n RETURNING id),
               tasks AS (
                   INSERT INTO task (user_id, title) SELECT id, 't' || n FROM people, generate_series(1, 100) n
                   RETURNING id, user_id)
               INSERT INTO reminder (user_id, task_id, spec, remind_at)
               SELECT user_id, id, 'PT0S', now() FROM tasks"""
        )

        async def waiting() -> int:
            return int(
                await system.value(
                    "SELECT 10000 - count(*) FROM delivery WHERE channel = 'in-app' AND state = 'sent'"
                )
            )

        await fire_due(
            system.context.db, clock.now()
        )  # beside the product's own timer, like a second replica
        await eventually(waiting, lambda number: number <= 0, within=240)
        assert await system.value("SELECT count(*) FROM notification") == 10_000
        assert await system.value("SELECT count(DISTINCT reminder_id) FROM notification") == 10_000
        assert await system.value("SELECT count(*) FROM reminder WHERE state = 'fired'") == 10_000


async def test_a_second_snooze_replaces_the_first(system: System) -> None:
    async with system.person() as ann:
        await ann.add("Call", reminders=[soon()])
        [shown] = await notified(ann)
        for minutes in (10, 20):
            path = f"/api/notifications/{shown['id']}/snooze"
            assert (await ann.http.post(path, json={"minutes": minutes})).status_code == 200
        rows = await system.fetch(
            "SELECT state FROM reminder WHERE user_id = $1 AND spec = 'snooze' ORDER BY remind_at",
            ann.id,
        )
        assert [row["state"] for row in rows] == ["cancelled", "planned"]


async def test_a_snooze_repeated_with_its_key_keeps_the_first_time(system: System) -> None:
    async with system.person() as ann:
        await ann.add("Call", reminders=[soon()])
        [shown] = await notified(ann)
        path = f"/api/notifications/{shown['id']}/snooze"
        for _ in range(2):
            answer = await ann.http.post(
                path, json={"minutes": 10}, headers={"Idempotency-Key": "once"}
            )
            assert answer.status_code == 200
        snoozed = "SELECT state FROM reminder WHERE user_id = $1 AND spec = 'snooze'"
        assert [row["state"] for row in await system.fetch(snoozed, ann.id)] == ["planned"]


async def test_a_snooze_stays_when_the_reminders_of_its_task_are_edited(system: System) -> None:
    async with system.person() as ann:
        due = (clock.now() + timedelta(hours=5)).isoformat()
        task = await ann.add("Call", due_date=due, reminders=[soon()])
        [shown] = await notified(ann)
        await ann.http.post(f"/api/notifications/{shown['id']}/snooze", json={"minutes": 10})
        await ann.http.patch(f"/api/tasks/{task['id']}", json={"reminders": ["PT1M", "PT20S"]})
        snooze = "SELECT state FROM reminder WHERE user_id = $1 AND spec = 'snooze'"
        assert [row["state"] for row in await system.fetch(snooze, ann.id)] == ["planned"]

        async def reasons() -> dict[str, str | None]:
            rows = (await ann.get(f"/api/tasks/{task['id']}/reminders"))["items"]
            return {row["offset"]: row["reason"] for row in rows if not row["deliveries"]}

        assert await reasons() == {"snooze": None, "PT1M": None, "PT20S": None}
        await ann.do(task, "complete")
        done = "The task was done before it was sent."
        assert await reasons() == {"snooze": done, "PT1M": done, "PT20S": done}


async def test_a_snooze_stays_when_the_zone_of_its_all_day_task_is_edited(system: System) -> None:
    async with system.person() as ann:
        day = (clock.now() + timedelta(days=5)).date().isoformat()
        task = await ann.add("Call", due_date=day, reminders=[soon()])
        [shown] = await notified(ann)
        await ann.http.post(f"/api/notifications/{shown['id']}/snooze", json={"minutes": 10})
        path = f"/api/tasks/{task['id']}"
        edited = await ann.http.patch(path, json={"timezone": "Pacific/Honolulu"})
        assert edited.json()["due_date"] == day
        snooze = "SELECT state FROM reminder WHERE user_id = $1 AND spec = 'snooze'"
        is_same = """SELECT r.due_date = t.due_date FROM reminder r JOIN task t ON t.id = r.task_id
                     WHERE r.user_id = $1 AND r.spec = 'snooze'"""
        assert await system.value(is_same, ann.id) is True
        assert [row["state"] for row in await system.fetch(snooze, ann.id)] == ["planned"]
        await ann.http.patch(path, json={"due_date": None, "reminders": []})
        assert [row["state"] for row in await system.fetch(snooze, ann.id)] == ["cancelled"]


async def test_reminders_at_the_same_moment_are_one(system: System) -> None:
    async with system.person() as ann:
        due = (clock.now() + timedelta(hours=5)).isoformat()
        task = await ann.add("Call", due_date=due, reminders=["PT1M", "PT60S"])
        rows = await system.fetch("SELECT spec FROM reminder WHERE task_id = $1", task["id"])
        assert [row["spec"] for row in rows] == ["PT1M"]


async def test_a_task_that_is_due_before_its_default_reminders_rings_when_it_is_due(
    system: System,
) -> None:
    async with system.person() as ann:
        due = (clock.now() + timedelta(minutes=20)).isoformat()
        task = await ann.add("Soon", due_date=due)
        rows = await system.fetch(
            "SELECT spec, state FROM reminder WHERE task_id = $1 ORDER BY remind_at", task["id"]
        )
        assert [(row["spec"], row["state"]) for row in rows] == [
            ("P1D", "passed"),
            ("PT1H", "passed"),
            ("PT0S", "planned"),
        ]


async def test_the_form_is_told_what_will_ring(system: System) -> None:
    async with system.person(timezone="Europe/Berlin") as ann:

        async def rings(**draft: Any) -> list[tuple[str, str]]:
            answer = await ann.http.post("/api/reminders/preview", json=draft)
            assert answer.status_code == 200, answer.text
            return [(ring["offset"], ring["remind_at"]) for ring in answer.json()["rings"]]

        soon = (clock.now() + timedelta(minutes=20)).replace(microsecond=0)
        stamp = rfc3339(soon)
        assert await rings(due_date=stamp) == [("PT0S", stamp)]
        assert await rings(due_date=stamp, reminders=["PT1H"]) == []
        assert await rings(due_date=stamp, reminders=[]) == []
        assert await rings() == []
        assert await rings(due_date="2090-12-08T09:00") == [
            ("P1D", "2090-12-07T08:00:00Z"),
            ("PT1H", "2090-12-08T07:00:00Z"),
        ]
        assert await rings(due_date="2090-12-08", reminders=["PT0S"]) == [
            ("PT0S", "2090-12-08T08:00:00Z")
        ]
        refused = {"due_date": stamp, "reminders": ["-PT1H"]}
        assert (await ann.http.post("/api/reminders/preview", json=refused)).status_code == 422


async def test_the_preview_of_reminders_agrees_with_what_is_planned(system: System) -> None:
    async with system.person() as ann:
        for minutes in (20, 90, 60 * 30):
            due = {"due_date": (clock.now() + timedelta(minutes=minutes)).isoformat()}
            preview = (await ann.http.post("/api/reminders/preview", json=due)).json()["rings"]
            task = await ann.add("Call", **due)
            planned = await system.fetch(
                """SELECT spec FROM reminder WHERE task_id = $1 AND state = 'planned'
                   ORDER BY remind_at""",
                task["id"],
            )
            assert [ring["offset"] for ring in preview] == [row["spec"] for row in planned]
