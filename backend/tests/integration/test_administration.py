"""`todo admin`: what the operator of a server does to accounts."""

import asyncio
import sys
from pathlib import Path

import httpx2
import pytest

from tests.harness.system import System, eventually

BACKEND = Path(__file__).parents[2]


async def todo(system: System, *arguments: str) -> str:
    """Run the command line; returns what it printed. Raises AssertionError if it failed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from todo.cli import main; main()", *arguments,
        cwd=BACKEND,
        env={
            "DATABASE_URL": str(system.context.settings.database_url),
            "TODO_PUBLIC_URL": "https://todo.example.com",
            "TODO_RUNTIME": "embedded",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return printed.decode()


async def log_in(http: httpx2.AsyncClient, email: str) -> httpx2.Response:
    return await http.post("/api/auth/login", json={"email": email, "password": "correct horse"})


async def test_a_disabled_account_is_signed_out_and_cannot_log_in_until_it_is_enabled(
    system: System,
) -> None:
    async with system.person() as ann, system.visitor() as http:
        made = (await ann.http.post("/api/tokens", json={"name": "t"})).json()
        token = {"Authorization": f"Bearer {made['token']}"}
        assert (await http.get("/api/me", headers=token)).status_code == 200
        await todo(system, "admin", "disable", ann.email.upper())

        async def statuses() -> list[int]:
            answers = [await ann.http.get("/api/me"), await http.get("/api/me", headers=token)]
            return [answer.status_code for answer in answers]

        await eventually(statuses, lambda seen: seen == [401, 401])
        refused = await log_in(http, ann.email)
        assert (refused.status_code, "disabled" in refused.json()["detail"]) == (403, True)
        assert "disabled" in await todo(system, "admin", "users")
        await todo(system, "admin", "enable", ann.email)
        assert (await log_in(http, ann.email)).status_code == 200
        kinds = [e["kind"] for e in (await http.get("/api/me/log")).json()["items"]]
        assert kinds[:3] == ["logged-in", "enabled", "disabled"]


async def test_an_administrator_invites_and_the_operator_decides_who_is_one(
    system: System,
) -> None:
    async with system.person(), system.person() as ann:
        assert (await ann.http.post("/api/invitations")).status_code == 403
        await todo(system, "admin", "promote", ann.email)
        assert (await ann.http.post("/api/invitations")).status_code == 201
        await todo(system, "admin", "demote", ann.email)
        assert (await ann.http.post("/api/invitations")).status_code == 403
        link = (await todo(system, "admin", "invite")).strip()
        assert link.startswith("https://todo.example.com/register#")


async def test_a_link_for_a_new_password_is_printed_for_an_account_only(system: System) -> None:
    async with system.person() as ann, system.visitor() as http:
        link = (await todo(system, "reset-password", ann.email)).strip()
        page, _, secret = link.partition("#")
        assert page == "https://todo.example.com/reset-password"
        wanted = {"token": secret, "password": "battery staple"}
        assert (await http.post("/api/auth/reset-password", json=wanted)).status_code == 204
        for command in (["reset-password"], ["admin", "disable"]):
            with pytest.raises(AssertionError, match="there is no account"):
                await todo(system, *command, "nobody@example.com")
