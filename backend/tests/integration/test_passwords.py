"""Changing and resetting a password."""

import asyncio
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from tests.conftest import MakeDatabase, settings_for
from tests.harness.mail import Mailbox
from tests.harness.system import Person, System, eventually, running
from todo.accounts.password_commands import reset_secret
from todo.accounts.passwords import _common

OLD, NEW = "correct horse", "battery staple"
_WAITING_MAILS = "SELECT count(*) FROM account_mail WHERE next_try_at IS NOT NULL"


async def log_in(http: httpx2.AsyncClient, email: str, password: str) -> int:
    answer = await http.post("/api/auth/login", json={"email": email, "password": password})
    return answer.status_code


async def secret_mailed(mailbox: Mailbox, email: str) -> str:
    """The secret in the link of the newest mail about a new password."""

    async def look() -> list[str]:
        return mailbox.secrets(email, "/reset-password")

    return (await eventually(look))[-1]


async def ask(http: httpx2.AsyncClient, email: str) -> httpx2.Response:
    return await http.post("/api/auth/forgot-password", json={"email": email})


async def reset(http: httpx2.AsyncClient, token: str, password: str = NEW) -> httpx2.Response:
    return await http.post("/api/auth/reset-password", json={"token": token, "password": password})


async def test_a_forgotten_password_is_reset_by_a_mailed_link_once(
    system: System, mailbox: Mailbox
) -> None:
    async with system.person() as ann, system.visitor() as http:
        assert (await ask(http, f" {ann.email.upper()} ")).status_code == 202
        token = await secret_mailed(mailbox, ann.email)
        assert (await reset(http, token)).status_code == 204
        assert await log_in(http, ann.email, OLD) == 401
        assert await log_in(http, ann.email, NEW) == 200
        assert (await ann.http.get("/api/me")).status_code == 401
        again = await reset(http, token, "another password")
        assert (again.status_code, again.json()["errors"][0]["field"]) == (404, "token")
        assert await log_in(http, ann.email, NEW) == 200


async def test_a_link_ends_after_thirty_minutes_and_with_the_next_change_of_the_password(
    system: System,
) -> None:
    async with system.person() as ann, system.visitor() as http:

        async def link() -> str:
            async with system.context.db.unit() as unit:
                return await reset_secret(ann.email, unit, unit.now()) or ""

        old, changed, late = await link(), await link(), await link()
        minutes = """SELECT extract(epoch FROM expires_at - now()) / 60 FROM account_link
                     WHERE user_id = $1 AND kind = 'reset-password'"""
        # The unit's clock may be some milliseconds ahead of the database's.
        assert round(await system.value(minutes, ann.id)) == 30
        await system.context.db.pool.execute(
            "UPDATE account_link SET expires_at = now() WHERE token_hash = sha256($1)",
            late.encode(),
        )
        assert (await reset(http, late)).status_code == 404
        assert (await reset(http, changed)).status_code == 204
        assert (await reset(http, old)).status_code == 404


async def test_a_reset_mail_that_was_not_sent_yet_ends_with_a_change_of_the_password(
    system: System,
) -> None:
    """Before, it was mailed later with a link, to whoever reads mail at the address."""
    async with system.person() as ann, system.person() as bob:
        # As if the mail server had refused them for now.
        await system.context.db.pool.execute(
            """INSERT INTO account_mail (kind, address, data, next_try_at)
               SELECT 'reset-password', address, '{}', now() + interval '1 hour'
               FROM unnest($1::text[]) address""",
            [ann.email, bob.email],
        )
        wanted = {"current": OLD, "password": NEW}
        assert (await ann.http.post("/api/me/password", json=wanted)).status_code == 204
        waiting = await system.fetch(
            """DELETE FROM account_mail WHERE next_try_at IS NOT NULL AND address = ANY($1)
               AND kind = 'reset-password' RETURNING address""",
            [ann.email, bob.email],
        )
        assert [row["address"] for row in waiting] == [bob.email]


async def test_asking_for_a_reset_never_reads_an_account(
    make_database: MakeDatabase, mailbox: Mailbox
) -> None:
    """So a known address is answered as an unknown one is: with the same words, by the same work."""
    settings = settings_for(await make_database(), smtp_url=SecretStr(mailbox.url))
    async with running(settings) as system, system.person() as ann, system.visitor() as http:
        # A mail that is being written holds a lock on both tables.
        await eventually(lambda: system.value(_WAITING_MAILS), lambda number: number == 0)
        # The check of a foreign key opens the other table, also for a null.
        await system.context.db.pool.execute(
            "ALTER TABLE account_mail DROP CONSTRAINT fk_account_mail_user_id"
        )
        async with system.context.db.pool.acquire() as connection, connection.transaction():
            await connection.execute("LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
            async with asyncio.timeout(10):
                known = await ask(http, ann.email)
                unknown = await ask(http, "nobody@example.com")
        assert known.status_code == unknown.status_code == 202
        assert known.content == unknown.content


async def test_an_unknown_address_gets_no_mail_and_a_known_one_at_most_three_an_hour(
    system: System, mailbox: Mailbox
) -> None:
    async with system.person() as ann, system.visitor() as http:
        for email in [ann.email] * 6 + ["nobody@example.com"]:
            assert (await ask(http, email)).status_code == 202
        await eventually(lambda: system.value(_WAITING_MAILS), lambda number: number == 0)
        assert len(mailbox.secrets(ann.email, "/reset-password")) == 3
        assert mailbox.about_account("nobody@example.com") == []


async def test_without_a_mail_server_the_operator_makes_the_link(
    make_database: MakeDatabase,
) -> None:
    async with running(settings_for(await make_database())) as system:
        async with system.person() as ann, system.visitor() as http:
            answers = [await ask(http, email) for email in (ann.email, "nobody@example.com")]
            assert [answer.status_code for answer in answers] == [409, 409]
            assert answers[0].json() == answers[1].json()
            assert "todo reset-password" in answers[0].json()["detail"]
            async with system.context.db.unit() as unit:
                token = await reset_secret(ann.email, unit, unit.now())
                assert await reset_secret("nobody@example.com", unit, unit.now()) is None
            assert (await reset(http, token or "")).status_code == 204
            assert await log_in(http, ann.email, NEW) == 200


async def change(ann: Person, **fields: Any) -> httpx2.Response:
    return await ann.http.post("/api/me/password", json={"current": OLD, "password": NEW, **fields})


async def test_a_change_of_the_password_ends_the_other_sessions_and_is_mailed(
    system: System, mailbox: Mailbox
) -> None:
    async with system.person() as ann, system.visitor() as laptop, system.visitor() as thief:
        assert await log_in(laptop, ann.email, OLD) == 200
        before = str(ann.http.cookies["todo_session"])
        assert (await change(ann)).status_code == 204
        assert (await ann.http.get("/api/me")).status_code == 200
        assert (await laptop.get("/api/me")).status_code == 401
        thief.cookies.set("todo_session", before)
        assert (await thief.get("/api/me")).status_code == 401

        async def subjects() -> list[str]:
            return [str(mail["Subject"]) for mail in mailbox.about_account(ann.email)]

        await eventually(subjects, lambda seen: "Your password was changed" in seen)


async def test_a_change_of_the_password_needs_the_current_one(system: System) -> None:
    async with system.person() as ann, system.visitor() as http:
        answer = await change(ann, current="wrong password")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "current")
        made = (await ann.http.post("/api/tokens", json={"name": "t", "scope": "write"})).json()
        by_token = await http.post(
            "/api/me/password",
            json={"current": OLD, "password": NEW},
            headers={"Authorization": f"Bearer {made['token']}"},
        )
        assert by_token.status_code == 403
        assert await log_in(http, ann.email, OLD) == 200


@pytest.mark.parametrize(
    "password",
    ["password", "IloveYou", "12345678", "1234567", "own-name", "own-name@example.com"],
)  # fmt: skip
async def test_a_password_that_is_tried_first_is_refused_wherever_it_is_set(
    system: System, password: str
) -> None:
    async with system.visitor() as http:
        email = password if "@" in password else f"own-name@{password}.example.com"
        account = {"email": email, "password": password}
        refused = [await http.post("/api/auth/register", json=account)]
        async with system.person(email=account["email"]) as ann:
            refused.append(await change(ann, password=password))
            async with system.context.db.unit() as unit:
                token = await reset_secret(ann.email, unit, unit.now()) or ""
            refused.append(await reset(http, token, password))
            assert (await reset(http, token)).status_code == 204, "a refusal does not use the link"
        for answer in refused:
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["field"] == "password"


def test_the_list_has_the_ten_thousand_commonest_passwords() -> None:
    assert len(_common()) == 10_000
    assert min(map(len, _common())) == 8


async def test_the_secret_of_a_link_is_in_no_table_and_in_no_log(
    system: System, mailbox: Mailbox, capfd: pytest.CaptureFixture[str]
) -> None:
    async with system.person() as ann, system.visitor() as http:
        await ask(http, ann.email)
        secret = await secret_mailed(mailbox, ann.email)
        tables = await system.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for table in tables:
            rows = await system.fetch(f"SELECT x::text AS row FROM {table['tablename']} x")
            assert secret not in "\n".join(row["row"] for row in rows), table["tablename"]
        printed = capfd.readouterr()
        assert secret not in printed.err + printed.out
