"""Accounts, sessions and tokens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pwdlib import PasswordHash

from tests.conftest import MakeDatabase, settings_for
from tests.harness.system import System, eventually, running
from todo.accounts import passwords

PASSWORD = "correct horse battery"


def registration(name: str) -> dict[str, str]:
    return {"email": f"{name}@example.com", "password": PASSWORD}


@asynccontextmanager
async def fresh(make_database: MakeDatabase, **overrides: Any) -> AsyncIterator[System]:
    async with running(settings_for(await make_database(), **overrides)) as system:
        yield system


async def test_of_concurrent_registrations_one_is_the_administrator(
    make_database: MakeDatabase,
) -> None:
    async with fresh(make_database) as system, system.visitor() as http:
        answers = await asyncio.gather(
            *(http.post("/api/auth/register", json=registration(f"u{n}")) for n in range(4))
        )
        assert [answer.status_code for answer in answers] == [201] * 4
        assert sorted(answer.json()["is_admin"] for answer in answers) == [
            False,
            False,
            False,
            True,
        ]


async def test_with_sign_up_closed_only_the_first_account_is_created(
    make_database: MakeDatabase,
) -> None:
    async with fresh(make_database, signup="closed") as system, system.visitor() as http:
        first = await http.post("/api/auth/register", json=registration("first"))
        assert (first.status_code, first.json()["is_admin"]) == (201, True)
        assert (
            await http.post("/api/auth/register", json=registration("second"))
        ).status_code == 403
        assert await system.value("SELECT count(*) FROM account") == 1


async def test_too_many_attempts_are_told_when_to_try_again(make_database: MakeDatabase) -> None:
    async with fresh(make_database, login_limit="3/hour") as system, system.visitor() as http:
        # The limit counts per address and path; another test in this process may have used part of it.
        wrong = {"email": "nobody@example.com", "password": "wrong password"}
        answers = [await http.post("/api/auth/login", json=wrong) for _ in range(5)]
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) > 0
        assert answers[-1].headers["content-type"] == "application/problem+json"


async def test_an_address_is_taken_once_whatever_its_case(system: System) -> None:
    async with system.person() as ann, system.visitor() as http:
        answer = await http.post(
            "/api/auth/register", json={"email": ann.email.upper(), "password": PASSWORD}
        )
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "email")


async def test_an_unknown_address_and_a_wrong_password_are_answered_alike(system: System) -> None:
    async with system.person() as ann, system.visitor() as http:
        wrong = await http.post(
            "/api/auth/login", json={"email": ann.email, "password": "wrong password"}
        )
        unknown = await http.post(
            "/api/auth/login", json={"email": "no@example.com", "password": "wrong password"}
        )
        assert (wrong.status_code, unknown.status_code) == (401, 401)
        assert wrong.json() == unknown.json()
        right = await http.post(
            "/api/auth/login", json={"email": ann.email, "password": "correct horse"}
        )
        assert right.status_code == 200
        assert "httponly" in right.headers["set-cookie"].lower()
        assert "samesite=lax" in right.headers["set-cookie"].lower()


async def test_a_read_token_reads_and_an_expired_or_deleted_one_does_nothing(
    system: System,
) -> None:
    async with system.person() as ann, system.visitor() as http:

        async def token(**fields: Any) -> dict[str, Any]:
            made = await ann.http.post("/api/tokens", json={"name": "script", **fields})
            assert made.status_code == 201, made.text
            return dict(made.json())

        def with_(secret: str) -> dict[str, str]:
            return {"Authorization": f"Bearer {secret}"}

        read = await token(scope="read", expires_in_days=1)
        write = await token(scope="write")
        assert (await http.get("/api/tasks", headers=with_(read["token"]))).status_code == 200
        refused = await http.post("/api/tasks", json={"title": "x"}, headers=with_(read["token"]))
        assert refused.status_code == 403
        made = await http.post("/api/tasks", json={"title": "x"}, headers=with_(write["token"]))
        assert made.status_code == 201
        assert "token" not in (await ann.get("/api/tokens"))["items"][0]
        await system.context.db.pool.execute(
            "UPDATE access_token SET expires_at = now() - interval '1 second' WHERE id = $1",
            read["id"],
        )
        await ann.http.delete(f"/api/tokens/{write['id']}")
        for secret in (read["token"], write["token"], "tdo_nonsense", "x"):
            assert (await http.get("/api/tasks", headers=with_(secret))).status_code == 401


async def test_an_access_token_is_not_accepted_as_a_session_cookie(system: System) -> None:
    async with system.person() as ann, system.visitor() as http:
        made = (await ann.http.post("/api/tokens", json={"name": "t", "scope": "read"})).json()
        bearer = {"Authorization": f"Bearer {made['token']}"}
        assert (await http.get("/api/tasks", headers=bearer)).status_code == 200
        cookie = {"Cookie": f"todo_session={made['token']}"}
        refused = await http.post("/api/tasks", json={"title": "x"}, headers=cookie)
        assert refused.status_code == 401
        assert await ann.tasks() == []


async def test_a_token_revoked_by_another_process_leaves_the_cache(system: System) -> None:
    async with system.person() as ann, system.visitor() as http:
        made = (await ann.http.post("/api/tokens", json={"name": "t", "scope": "read"})).json()
        headers = {"Authorization": f"Bearer {made['token']}"}

        async def status() -> int:
            return (await http.get("/api/tasks", headers=headers)).status_code

        assert await status() == 200
        # What another replica does: it deletes the row and sends the NOTIFY.
        await system.context.db.pool.execute("DELETE FROM access_token WHERE id = $1", made["id"])
        await system.context.db.pool.execute("NOTIFY callers")
        await eventually(status, lambda seen: seen == 401, within=4)


async def test_secrets_are_in_no_table_and_in_no_log(
    system: System, capfd: pytest.CaptureFixture[str]
) -> None:
    async with system.person(password=PASSWORD) as ann:
        made = await ann.http.post("/api/tokens", json={"name": "t", "scope": "read"})
        ticket = (await ann.http.post("/api/realtime/tickets")).json()["ticket"]
        secrets = [PASSWORD, str(ann.http.cookies["todo_session"]), made.json()["token"], ticket]
        tables = await system.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for table in tables:
            rows = await system.fetch(f"SELECT x::text AS row FROM {table['tablename']} x")
            dump = "\n".join(row["row"] for row in rows)
            assert not [secret for secret in secrets if secret in dump], table["tablename"]
        printed = capfd.readouterr()
        assert not [secret for secret in secrets if secret in printed.err + printed.out]


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}, {"Content-Type": "text/plain"}],
    ids=str,
)  # fmt: skip
async def test_a_cross_site_request_with_a_session_cookie_is_refused(
    system: System, headers: dict[str, str]
) -> None:
    async with system.person() as ann:
        answer = await ann.http.post("/api/tasks", content=b'{"title": "x"}', headers=headers)
        assert answer.status_code == 403, answer.text
        assert await ann.tasks() == []


async def test_spaces_at_the_ends_belong_to_a_password(system: System) -> None:
    async with system.visitor() as http:
        given = {"email": " spaces@example.com ", "password": "  abcdefgh  "}
        assert (await http.post("/api/auth/register", json=given)).status_code == 201
        stripped = await http.post("/api/auth/login", json={**given, "password": "abcdefgh"})
        assert stripped.status_code == 401
        assert (await http.post("/api/auth/login", json=given)).status_code == 200


async def test_logins_hold_no_connection_while_passwords_are_checked(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_passwords", PasswordHash.recommended())  # hashing takes time
    async with fresh(make_database, database_pool=1, login_limit="1000/minute") as system:
        async with system.person() as ann, system.visitor() as http:
            wrong = {"email": ann.email, "password": "wrong password"}
            logins = [
                asyncio.create_task(http.post("/api/auth/login", json=wrong)) for _ in range(8)
            ]
            done: set[asyncio.Task[Any]] = set()
            while not done:
                # Two passwords are hashed at a time, so reads are answered long before the eighth.
                assert (await ann.http.get("/api/me")).status_code == 200
                done = {login for login in logins if login.done()}
            assert len(done) < len(logins)
            assert {(await login).status_code for login in logins} == {401}


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//[x]/", "null", ""])
async def test_an_origin_that_is_no_address_is_refused(system: System, origin: str) -> None:
    async with system.person() as ann:
        answer = await ann.http.post(
            "/api/tasks", json={"title": "forged"}, headers={"Origin": origin}
        )
        assert answer.status_code == 403, answer.text


async def test_an_access_token_cannot_give_access_to_others(system: System) -> None:
    async with system.person() as ann, system.visitor() as http:
        made = (await ann.http.post("/api/tokens", json={"name": "t", "scope": "write"})).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        for method, path, body in (
            ("POST", "/api/tokens", {"name": "another", "scope": "write"}),
            ("DELETE", f"/api/tokens/{made['id']}", None),
            ("POST", "/api/calendar", None),
            ("DELETE", "/api/calendar", None),
            ("DELETE", "/api/connected-assistants/1", None),
        ):
            answer = await http.request(method, path, json=body, headers=headers)
            assert answer.status_code == 403, (method, path, answer.text)
        assert [token["name"] for token in (await ann.get("/api/tokens"))["items"]] == ["t"]
