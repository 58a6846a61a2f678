"""Addresses are confirmed before mail goes there, and who may sign up."""

from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from tests.conftest import MakeDatabase, settings_for
from tests.harness.mail import Mailbox
from tests.harness.system import Person, System, eventually, running
from tests.integration.test_migrations import old_database
from tests.integration.test_reminders import ledger, notified, soon
from todo.accounts.invitations import invite
from todo.db.migrate import upgrade

PASSWORD = "correct horse"
NOT_CONFIRMED = "The address is not confirmed; open the link that was mailed there."


async def links(mailbox: Mailbox, address: str, number: int = 1) -> list[str]:
    """The secrets of the links that were mailed to confirm this address."""

    async def look() -> list[str]:
        return mailbox.secrets(address, "/confirm")

    return await eventually(look, lambda seen: len(seen) >= number)


async def confirm(http: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await http.post("/api/auth/confirm-address", json={"token": token})


async def channels(person: Person) -> dict[str, dict[str, Any]]:
    items = (await person.get("/api/channels"))["items"]
    return {channel["config"]["address"]: channel for channel in items}


async def delivered(ann: Person) -> dict[str, Any]:
    """What became of the mail of a reminder that is due now."""
    before = len((await ann.get("/api/notifications"))["items"])
    await ann.add("Call home", reminders=[soon()])
    rung = (await notified(ann, before + 1))[0]

    async def look() -> list[Any]:
        sent = (await ledger(ann, rung["reminder_id"])).values()
        return [row for row in sent if row["channel"] != "in-app" and row["next_try_at"] is None]

    [row] = await eventually(look)
    return dict(row)


async def test_nothing_but_the_confirmation_goes_to_an_address_that_is_not_confirmed(
    system: System, mailbox: Mailbox
) -> None:
    async with system.person(confirmed=False) as ann, system.visitor() as http:
        [token] = await links(mailbox, ann.email)
        assert (await ann.get("/api/me"))["email_confirmed"] is False
        channel = (await channels(ann))[ann.email]
        assert channel["confirmed"] is False
        row = await delivered(ann)
        assert (row["state"], row["reason"]) == ("cancelled", NOT_CONFIRMED)
        tested = await ann.http.post(f"/api/channels/{channel['id']}/test")
        assert tested.status_code == 409
        assert mailbox.to(ann.email) == []
        assert len(mailbox.about_account(ann.email)) == 1

        answer = await confirm(http, token)
        assert (answer.status_code, answer.json()) == (200, {"address": ann.email})
        assert (await ann.get("/api/me"))["email_confirmed"] is True
        assert (await delivered(ann))["state"] == "sent"
        assert (await confirm(http, token)).status_code == 404, "a link works once"


async def test_another_address_of_a_channel_is_confirmed_on_its_own(
    system: System, mailbox: Mailbox
) -> None:
    async with system.person() as ann, system.person() as bob, system.visitor() as http:
        other = f"Other-{ann.email}"
        wanted = {"kind": "email", "config": {"address": other}}
        made = await ann.http.post("/api/channels", json=wanted)
        assert made.json()["confirmed"] is False
        again = await ann.http.post(f"/api/channels/{made.json()['id']}/confirm")
        assert again.status_code == 202
        [first, _] = await links(mailbox, other, 2)
        assert (await confirm(http, first)).status_code == 200
        assert (await channels(ann))[other]["confirmed"] is True
        # It is ann who reads mail there.
        theirs = await bob.http.post("/api/channels", json=wanted)
        assert theirs.json()["confirmed"] is False

        changed = await ann.http.patch(
            f"/api/channels/{made.json()['id']}",
            json={"config": {"address": f"third-{ann.email}"}},
        )
        assert changed.json()["confirmed"] is False
        await links(mailbox, f"third-{ann.email}")


async def test_a_reset_confirms_the_address_that_its_link_was_mailed_to(
    system: System, mailbox: Mailbox
) -> None:
    async with system.person(confirmed=False) as ann, system.visitor() as http:
        await http.post("/api/auth/forgot-password", json={"email": ann.email})

        async def look() -> list[str]:
            return mailbox.secrets(ann.email, "/reset-password")

        [token] = await eventually(look)
        wanted = {"token": token, "password": "battery staple"}
        assert (await http.post("/api/auth/reset-password", json=wanted)).status_code == 204
        words = {"email": ann.email, "password": "battery staple"}
        assert (await http.post("/api/auth/login", json=words)).json()["email_confirmed"] is True


async def test_a_server_without_mail_asks_for_no_confirmation(make_database: MakeDatabase) -> None:
    async with running(settings_for(await make_database())) as system:
        async with system.person(confirmed=False) as ann:
            assert (await ann.get("/api/me"))["email_confirmed"] is True
            assert (await channels(ann))[ann.email]["confirmed"] is True
            row = await delivered(ann)
            assert row["state"] == "failed"
            assert "cannot send mail" in row["reason"]
            assert await system.value("SELECT count(*) FROM account_mail") == 0


def account(name: str, **fields: str) -> dict[str, str]:
    return {"email": f"{name}@example.com", "password": PASSWORD, **fields}


@pytest.mark.parametrize("signup", ["closed", "invite"])
async def test_a_refused_registration_does_not_tell_whether_an_address_has_an_account(
    make_database: MakeDatabase, signup: str
) -> None:
    async with running(settings_for(await make_database(), signup=signup)) as system:
        async with system.visitor() as http:
            assert (await http.post("/api/auth/register", json=account("a"))).status_code == 201
            answers = [
                await http.post("/api/auth/register", json=account(name, invitation="guessed"))
                for name in ("a", "b")
            ]
            assert [answer.status_code for answer in answers] == [403, 403]
            assert answers[0].content == answers[1].content


async def test_an_invitation_lets_one_person_sign_up_once(make_database: MakeDatabase) -> None:
    async with running(settings_for(await make_database(), signup="invite")) as system:
        async with system.person() as admin, system.visitor() as http, system.visitor() as late:
            made = await admin.http.post("/api/invitations")
            assert made.status_code == 201
            secret = made.json()["url"].partition("/register#")[2]
            taken = await http.post(
                "/api/auth/register",
                json={"email": admin.email, "password": PASSWORD, "invitation": secret},
            )
            assert taken.status_code == 409, "it is not used up by an address that is taken"
            answer = await http.post("/api/auth/register", json=account("guest", invitation=secret))
            assert answer.status_code == 201
            again = await late.post("/api/auth/register", json=account("late", invitation=secret))
            assert again.status_code == 403
            assert (await http.post("/api/invitations")).status_code == 403, "no administrator"
            async with system.context.db.unit() as unit:
                old, _ = await invite(unit, unit.now())
                await unit.connection.execute("UPDATE invitation SET expires_at = now()")
            again = await late.post("/api/auth/register", json=account("late", invitation=old))
            assert again.status_code == 403


async def test_addresses_that_mail_went_to_before_the_upgrade_stay_confirmed(
    database_url: str, mailbox: Mailbox
) -> None:
    old, connection = await old_database(database_url, "0015")
    await connection.execute(
        """INSERT INTO channel (user_id, kind, name, config)
           VALUES ('a', 'email', '', '{"address": "C@d"}'), ('a', 'webhook', '', '{"url": "x"}')"""
    )
    await connection.close()
    await upgrade(old)
    async with running(settings_for(old, smtp_url=SecretStr(mailbox.url))) as system:
        found = await system.fetch("SELECT address FROM confirmed_address ORDER BY 1")
        assert [row["address"] for row in found] == ["a@b", "c@d"]
