"""Deleting an account, changing its address, and the download of everything."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.conftest import MakeDatabase, settings_for
from tests.harness.mail import Mailbox
from tests.harness.system import Person, System, eventually, running
from tests.integration.test_two_users import CALLS, objects_of
from todo.accounts import own_data
from todo.accounts.leaving import remove_due
from todo.accounts.password_commands import reset_secret
from todo.audit.reactions import record
from todo.runtime import clock
from todo.runtime.db.database import open_database
from todo.runtime.db.unit import Unit
from todo.runtime.envelope import decode
from todo.services import ERASERS, OWN_DATA

WORD = {"password": "correct horse"}


async def leave(person: Person, **body: Any) -> httpx2.Response:
    return await person.http.post("/api/me/delete", json={**WORD, **body})


async def log_in(http: httpx2.AsyncClient, person: Person, **body: Any) -> httpx2.Response:
    return await http.post("/api/auth/login", json={"email": person.email, **WORD, **body})


async def due(system: System, person: Person) -> None:
    """Pretend that the seven days are over."""
    await system.context.db.pool.execute(
        "UPDATE account SET delete_at = now() - interval '1 minute' WHERE id = $1 AND delete_at IS NOT NULL",
        person.id,
    )
    await remove_due(system.context.db, ERASERS)


async def test_a_deleted_account_can_be_kept_for_a_week_by_logging_in(
    system: System, mailbox: Mailbox
) -> None:
    async with system.person() as ann, system.visitor() as http:
        made = (await ann.http.post("/api/tokens", json={"name": "t"})).json()
        feed = (await ann.http.post("/api/calendar")).json()["url"]
        assert (await leave(ann, password="wrong password")).status_code == 422
        answer = await leave(ann)
        assert answer.status_code == 202
        in_days = datetime.fromisoformat(answer.json()["delete_at"]) - clock.now()
        assert timedelta(days=6, hours=23) < in_days <= timedelta(days=7, minutes=1)

        token = {"Authorization": f"Bearer {made['token']}"}

        async def statuses() -> list[int]:
            answers = [await ann.http.get("/api/me"), await http.get("/api/me", headers=token)]
            return [answer.status_code for answer in [*answers, await http.get(feed)]]

        assert await eventually(statuses, lambda seen: seen[:2] == [401, 401]) == [401, 401, 404]
        asked = await log_in(http, ann)
        assert (asked.status_code, asked.json()["errors"][0]["field"]) == (409, "keep")
        assert (await log_in(http, ann, password="wrong password")).status_code == 401
        assert (await log_in(http, ann, keep=True)).status_code == 200
        await due(system, ann)
        assert (await http.get("/api/me", headers=token)).status_code == 200
        assert (await http.get(feed)).status_code == 200

        async def subjects() -> list[str]:
            return [str(mail["Subject"]) for mail in mailbox.about_account(ann.email)]

        await eventually(subjects, lambda seen: "Your account will be deleted" in seen)


async def test_nothing_of_a_deleted_account_is_left_in_any_table(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        await objects_of(system, ann)
        await bob.add("Bob's task")
        await eventually(lambda: system.value(_NOT_AUDITED), lambda number: number == 0)
        kept = await left_of(system, bob)
        assert len(await left_of(system, ann)) > 10
        await leave(ann)
        # What the relay has taken it still publishes. An account is deleted days after its last change.
        await eventually(lambda: system.value(_NOT_PUBLISHED), lambda number: number == 0)
        await due(system, ann)
        # The cache of the chat expires after an hour, long before an account is deleted.
        await system.context.db.pool.execute("DELETE FROM state_entry")
        assert await left_of(system, ann) == []
        assert await left_of(system, bob) == kept


async def test_an_account_that_cannot_be_deleted_delays_no_other(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        accounts = sorted([ann.id, bob.id])
        for person in (ann, bob):
            await leave(person)
        await system.context.db.pool.execute(
            "UPDATE account SET delete_at = now() - interval '1 minute' WHERE id = ANY($1)",
            accounts,
        )
        tried = []

        async def fail_at_first(user_id: str, _: Unit) -> None:
            tried.append(user_id)
            if len(tried) == 1:
                raise TimeoutError

        assert await remove_due(system.context.db, [*ERASERS, fail_at_first]) == 1
        left = "SELECT id FROM account WHERE id = ANY($1)"
        assert [row["id"] for row in await system.fetch(left, accounts)] == [tried[0]]
        assert await remove_due(system.context.db, ERASERS) == 1


async def test_a_replay_brings_back_no_history_of_a_deleted_account(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        await ann.add("Ann's task")
        await bob.add("Bob's task")
        await eventually(lambda: system.value(_NOT_AUDITED), lambda number: number == 0)
        events = await system.fetch(
            "SELECT envelope FROM outbox WHERE topic = 'task-events' AND key = ANY($1)",
            [ann.id, bob.id],
        )
        await leave(ann)
        await due(system, ann)
        await system.context.db.pool.execute("DELETE FROM audit_log WHERE user_id = $1", bob.id)
        async with system.context.db.unit() as unit:
            for event in events:
                await record(decode(event["envelope"]), unit)
        count = "SELECT count(*) FROM audit_log WHERE user_id = $1"
        assert (await system.value(count, ann.id), await system.value(count, bob.id)) == (0, 1)


_NOT_PUBLISHED = """
    SELECT count(*) FROM outbox o
    WHERE NOT EXISTS (SELECT FROM bus_event b WHERE b.event_id = o.event_id)
"""
_NOT_AUDITED = """
    SELECT count(*) FROM outbox o WHERE o.topic IN ('task-events', 'reminders')
        AND NOT EXISTS (SELECT FROM audit_log a WHERE a.event_id = o.event_id)
"""


async def left_of(system: System, person: Person) -> list[str]:
    """The tables with rows that name this person."""
    tables = await system.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return [
        table["tablename"]
        for table in sorted(tables)
        if await system.value(
            f"SELECT true FROM {table['tablename']} x WHERE strpos(x::text, $1) > 0 LIMIT 1",
            person.id,
        )
    ]


async def test_no_reminder_of_a_leaving_account_is_sent_and_the_others_are(
    system: System, mailbox: Mailbox
) -> None:
    async with system.person() as ann, system.person() as bob, system.visitor() as http:
        later = (clock.now() + timedelta(hours=1)).isoformat()
        await ann.add("Ann's task", reminders=[later])
        await bob.add("Bob's task", reminders=[later])
        await leave(ann)
        await system.context.db.pool.execute(
            "UPDATE reminder SET remind_at = now() WHERE user_id = ANY($1)", [ann.id, bob.id]
        )

        async def mails() -> list[Any]:
            return mailbox.to(bob.email)

        await eventually(mails)
        fired = "SELECT count(*) FROM reminder WHERE user_id = $1 AND state <> 'planned'"
        assert await system.value(fired, ann.id) == 0
        # The one who stays after all is told.
        assert (await log_in(http, ann, keep=True)).status_code == 200
        await eventually(lambda: system.value(fired, ann.id))


async def test_everything_about_a_person_can_be_downloaded_without_secrets(
    system: System,
) -> None:
    async with system.person() as ann:
        objects = await objects_of(system, ann)
        work = objects.ids["project"]
        await ann.add("in a project", project_id=work)
        file = CALLS["importCalendar"]
        calendar = {"Content-Type": file.content_type}
        await ann.http.post("/api/import", content=file.body, headers=calendar)
        await system.context.db.pool.execute(
            "INSERT INTO chat_usage (user_id, day, tokens) VALUES ($1, current_date, 7)", ann.id
        )
        answer = await ann.http.get("/api/me/data")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment")
        found = answer.json()
        empty = [name for name, rows in found.items() if rows == []]
        assert empty == []
        assert {"tasks", "history", "channels", "conversations", "sessions"} <= set(found)
        assert [one["id"] for one in found["projects"]] == [work]
        assert work in [task["project_id"] for task in found["tasks"]]
        assert "hash" not in answer.text
        assert str(ann.http.cookies["todo_session"]) not in answer.text


async def test_a_download_holds_no_connection_while_its_client_reads(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, as many slow downloads as there are connections stopped the whole server."""
    monkeypatch.setattr(own_data, "_PAGE", 2)
    async with system.person() as ann:
        for title in "abcde":
            await ann.add(title)
        found = b""
        async with open_database(str(system.context.settings.database_url), size=1) as database:
            async for part in own_data.stream(OWN_DATA, ann.id, database, clock.now()):
                async with asyncio.timeout(5):
                    assert await database.pool.fetchval("SELECT 1") == 1
                found += part
        assert [task["title"] for task in json.loads(found)["tasks"]] == [*"abcde"]


async def address_of(person: Person) -> str:
    return str((await person.get("/api/me"))["email"])


async def test_the_address_changes_when_the_link_mailed_to_the_new_one_is_opened(
    system: System, mailbox: Mailbox
) -> None:
    async with system.person() as ann, system.person() as bob, system.visitor() as http:
        old, new = ann.email, f"new-{ann.email}"
        wanted = {"email": new, **WORD}
        refused = await ann.http.post("/api/me/address", json={**wanted, "password": "wrong"})
        assert refused.status_code == 422
        taken = await ann.http.post("/api/me/address", json={**wanted, "email": bob.email})
        assert taken.json() == {"changed": False}, "it does not tell that there is an account"
        answer = await ann.http.post("/api/me/address", json=wanted)
        assert (answer.status_code, answer.json()) == (200, {"changed": False})
        assert await address_of(ann) == old

        async def secrets() -> list[str]:
            return mailbox.secrets(new, "/confirm")

        [token] = await eventually(secrets)
        await http.post("/api/auth/forgot-password", json={"email": old})

        async def reset_links() -> list[str]:
            return mailbox.secrets(old, "/reset-password")

        [reset] = await eventually(reset_links)
        answer = await http.post("/api/auth/confirm-address", json={"token": token})
        assert (answer.status_code, answer.json()["address"]) == (200, new)
        late = await http.post(
            "/api/auth/reset-password", json={"token": reset, "password": "battery staple"}
        )
        assert late.status_code == 404, "the old address has lost the account"
        me = await ann.get("/api/me")
        assert (me["email"], me["email_confirmed"]) == (new, True)
        [channel] = (await ann.get("/api/channels"))["items"]
        assert (channel["config"]["address"], channel["confirmed"]) == (new, True)

        async def subjects() -> list[str]:
            return [str(mail["Subject"]) for mail in mailbox.about_account(old)]

        await eventually(subjects, lambda seen: "The address of your account was changed" in seen)


async def change_address(person: Person, new: str) -> None:
    answer = await person.http.post("/api/me/address", json={"email": new, **WORD})
    assert answer.json() == {"changed": False}


@pytest.mark.parametrize("what", ["change", "reset", "another address"])
@pytest.mark.parametrize("is_mailed", [True, False], ids=["mailed", "not mailed yet"])
async def test_a_link_to_a_new_address_ends_with_the_password_and_with_the_next_change(
    system: System, mailbox: Mailbox, what: str, is_mailed: bool
) -> None:
    """Before, who had stolen a session and the password kept a way into the account after the owner's reset."""
    async with system.person() as ann, system.visitor() as http:
        new = f"thief-{ann.email}"
        if is_mailed:
            await change_address(ann, new)
        else:  # as if the mail server had refused it for now
            await system.context.db.pool.execute(
                """INSERT INTO account_mail (kind, address, user_id, data, next_try_at)
                   VALUES ('change-address', $1, $2, '{}', now() + interval '1 hour')""",
                new,
                ann.id,
            )

        async def secrets() -> list[str]:
            return mailbox.secrets(new, "/confirm")

        tokens = await eventually(secrets) if is_mailed else []
        match what:
            case "change":
                wanted = {"current": WORD["password"], "password": "battery staple"}
                assert (await ann.http.post("/api/me/password", json=wanted)).status_code == 204
            case "reset":
                async with system.context.db.unit() as unit:
                    reset = await reset_secret(ann.email, unit, unit.now())
                wanted = {"token": reset or "", "password": "battery staple"}
                assert (await http.post("/api/auth/reset-password", json=wanted)).is_success
            case _:
                await change_address(ann, f"own-{ann.email}")
        for token in tokens:
            answer = await http.post("/api/auth/confirm-address", json={"token": token})
            assert answer.status_code == 404
        waiting = """SELECT count(*) FROM account_mail
                     WHERE user_id = $1 AND address = $2 AND next_try_at IS NOT NULL"""
        assert await system.value(waiting, ann.id, new) == 0


async def test_a_link_to_a_new_address_works_until_the_next_one_is_planned(
    system: System, mailbox: Mailbox
) -> None:
    """Before, a fourth request within an hour ended the last link, and no mail followed."""
    async with system.person() as ann, system.visitor() as http:
        new = f"new-{ann.email}"

        async def secrets() -> list[str]:
            return mailbox.secrets(new, "/confirm")

        async def mailed(number: int) -> list[str]:
            await change_address(ann, new)
            return await eventually(secrets, lambda seen: len(seen) == number)

        tokens = [await mailed(number) for number in (1, 2, 3)][-1]
        await change_address(ann, new)  # one more than are mailed within an hour
        answers = [
            await http.post("/api/auth/confirm-address", json={"token": token}) for token in tokens
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 200]
        assert await address_of(ann) == new


async def test_without_a_mail_server_the_address_changes_at_once(
    make_database: MakeDatabase,
) -> None:
    async with running(settings_for(await make_database())) as system:
        async with system.person() as ann, system.person() as bob:
            wanted = {"email": "New@example.com", **WORD}
            answer = await ann.http.post("/api/me/address", json=wanted)
            assert answer.json() == {"changed": True}
            assert await address_of(ann) == "new@example.com"
            taken = await bob.http.post("/api/me/address", json=wanted)
            assert taken.status_code == 409
            assert await address_of(bob) == bob.email
