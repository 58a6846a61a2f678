"""Sessions: what their owner sees, how long they last, and how they end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from tests.conftest import MakeDatabase, settings_for
from tests.harness.system import Person, System, eventually, running

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@asynccontextmanager
async def signed_in_again(system: System, ann: Person) -> AsyncIterator[Person]:
    """Another browser of the same person."""
    async with system.visitor() as http:
        http.headers["User-Agent"] = FIREFOX
        words = {"email": ann.email, "password": "correct horse"}
        assert (await http.post("/api/auth/login", json=words)).status_code == 200
        yield Person(http, ann.email, ann.id)


async def sessions(person: Person) -> list[dict[str, Any]]:
    return list((await person.get("/api/sessions"))["items"])


async def status(http: httpx2.AsyncClient) -> int:
    return (await http.get("/api/me")).status_code


async def signed_out(http: httpx2.AsyncClient) -> None:
    await eventually(lambda: status(http), lambda seen: seen == 401, within=4)


async def test_a_person_sees_every_session_and_ends_one(system: System) -> None:
    async with system.person() as ann, signed_in_again(system, ann) as laptop:
        [here, there] = sorted(await sessions(ann), key=lambda session: not session["current"])
        assert (here["current"], there["current"]) == (True, False)
        assert (there["device"], there["address"]) == ("Firefox on Windows", "127.0.0.1")
        assert (await ann.http.delete(f"/api/sessions/{there['id']}")).status_code == 204
        await signed_out(laptop.http)
        assert await sessions(ann) == [here]
        async with system.person() as bob:
            assert (await bob.http.delete(f"/api/sessions/{here['id']}")).status_code == 404
        assert await status(ann.http) == 200


async def test_signing_out_everywhere_ends_this_session_too(system: System) -> None:
    async with system.person() as ann, signed_in_again(system, ann) as laptop:
        answer = await ann.http.delete("/api/sessions")
        assert answer.status_code == 204
        assert 'todo_session=""' in answer.headers["set-cookie"]
        await signed_out(laptop.http)
        await signed_out(ann.http)


async def closed(socket: Any) -> None:
    async with asyncio.timeout(15):
        await socket.wait_closed()


async def test_the_windows_of_an_ended_session_are_disconnected_and_cannot_return(
    system: System,
) -> None:
    async with system.person() as ann, signed_in_again(system, ann) as laptop:
        ticket = (await laptop.http.post("/api/realtime/tickets")).json()["ticket"]
        mine = (await ann.http.post("/api/realtime/tickets")).json()["ticket"]
        [theirs] = [s for s in await sessions(ann) if not s["current"]]
        async with system.window(laptop) as window, system.window(ann) as own:
            await ann.http.delete(f"/api/sessions/{theirs['id']}")
            await closed(window.socket)
            # The others of the person have to show that they may still read.
            await closed(own.socket)
        assert await redeemed(system, ticket) is None
        assert await redeemed(system, mine) == ann.id


async def redeemed(system: System, ticket: str) -> str | None:
    token = system.context.settings.app_api_token
    async with system.visitor() as http:
        answer = await http.post(
            "/internal/realtime/redeem",
            json={"ticket": ticket},
            headers={"dapr-api-token": token.get_secret_value() if token else ""},
        )
        user_id: str | None = answer.json()["user_id"]
        return user_id


async def test_the_tickets_and_windows_of_a_revoked_access_token_end_with_it(
    system: System,
) -> None:
    async with system.person() as ann, system.visitor() as http:
        made = (await ann.http.post("/api/tokens", json={"name": "t", "scope": "write"})).json()
        http.headers["Authorization"] = f"Bearer {made['token']}"
        program = Person(http, ann.email, ann.id)
        ticket = (await http.post("/api/realtime/tickets")).json()["ticket"]
        async with system.window(program) as window:
            await ann.http.delete(f"/api/tokens/{made['id']}")
            await closed(window.socket)
        assert await redeemed(system, ticket) is None


async def test_a_password_change_disconnects_the_windows_of_the_other_sessions(
    system: System,
) -> None:
    async with system.person() as ann, signed_in_again(system, ann) as laptop:
        async with system.window(laptop) as window:
            words = {"current": "correct horse", "password": "battery staple"}
            assert (await ann.http.post("/api/me/password", json=words)).status_code == 204
            await closed(window.socket)
        await signed_out(laptop.http)
        assert [session["current"] for session in await sessions(ann)] == [True]


async def test_a_session_ends_after_its_days_and_after_days_without_use(
    make_database: MakeDatabase,
) -> None:
    settings = settings_for(await make_database(), session_days=20, session_idle_days=3)
    async with running(settings) as system, system.person() as ann:
        [session] = await sessions(ann)
        days = "SELECT extract(day FROM expires_at - created_at)::int FROM session"
        assert await system.value(days) == 20
        for number, (idle, allowed) in enumerate([("2 days", 200), ("4 days", 401)]):
            async with signed_in_again(system, ann) as other:
                await system.context.db.pool.execute(
                    f"UPDATE session SET last_used_at = now() - interval '{idle}' WHERE id <> $1",
                    session["id"],
                )
                assert await status(other.http) == allowed
                assert len(await sessions(ann)) == 2 - number
                await ann.http.get("/api/me")
                await system.context.db.pool.execute(
                    "DELETE FROM session WHERE id <> $1", session["id"]
                )


async def test_the_last_use_of_a_session_is_kept_to_the_minute(system: System) -> None:
    async with system.person() as ann, signed_in_again(system, ann) as laptop:
        [there] = [s for s in await sessions(ann) if not s["current"]]
        await system.context.db.pool.execute(
            "UPDATE session SET last_used_at = now() - interval '1 hour', address = '192.0.2.7' "
            "WHERE id = $1",
            there["id"],
        )
        assert await status(laptop.http) == 200
        age = "SELECT extract(epoch FROM now() - last_used_at) FROM session WHERE id = $1"
        assert await system.value(age, there["id"]) < 60
        # This request came from the machine of the server, as those of the page's server do.
        address = "SELECT address FROM session WHERE id = $1"
        assert await system.value(address, there["id"]) == "192.0.2.7"
