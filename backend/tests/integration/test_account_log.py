"""The account log, and the mail about a login from a new device."""

from typing import Any

import httpx2

from tests.harness.mail import Mailbox
from tests.harness.system import Person, System, eventually
from todo.accounts.password_commands import reset_secret

PASSWORD = "correct horse"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


async def log_in(http: httpx2.AsyncClient, email: str, password: str = PASSWORD) -> None:
    answer = await http.post("/api/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text


async def entries(person: Person) -> list[dict[str, Any]]:
    found = (await person.get("/api/me/log"))["items"]
    return list(reversed(found))


async def test_what_changes_an_account_is_in_its_log(system: System) -> None:
    async with system.person() as ann, system.visitor() as other:
        other.headers["User-Agent"] = FIREFOX
        made = (await ann.http.post("/api/tokens", json={"name": "script"})).json()
        await ann.http.delete(f"/api/tokens/{made['id']}")
        hook = {"kind": "email", "name": "Work", "config": {"address": "w@example.com"}}
        channel = (await ann.http.post("/api/channels", json=hook)).json()
        await ann.http.patch(
            f"/api/channels/{channel['id']}", json={"config": {"address": "v@example.com"}}
        )
        await ann.http.delete(f"/api/channels/{channel['id']}")
        await ann.http.post("/api/calendar")
        await ann.http.delete("/api/calendar")
        await ann.http.get("/api/export")
        await log_in(other, ann.email)
        [theirs] = [s for s in (await ann.get("/api/sessions"))["items"] if not s["current"]]
        await ann.http.delete(f"/api/sessions/{theirs['id']}")
        change = {"current": PASSWORD, "password": "battery staple"}
        await ann.http.post("/api/me/password", json=change)
        await ann.http.post("/api/auth/logout")
        async with system.context.db.unit() as unit:
            token = await reset_secret(ann.email, unit, unit.now())
        await other.post("/api/auth/reset-password", json={"token": token, "password": PASSWORD})
        await log_in(ann.http, ann.email)

        found = await entries(ann)
        assert [entry["kind"] for entry in found] == [
            *("signed-up", "token-created", "token-revoked"),
            *("channel-added", "channel-changed", "channel-removed"),
            *("feed-opened", "feed-closed", "exported"),
            *("logged-in", "session-ended", "password-changed", "logged-out"),
            *("password-reset", "logged-in"),
        ]
        by_kind = {entry["kind"]: entry for entry in found}
        assert by_kind["token-created"]["details"] == {"name": "script", "scope": "write"}
        assert by_kind["session-ended"]["details"] == {"name": "Firefox on Windows"}
        assert by_kind["password-reset"]["device"] == "Firefox on Windows"
        assert {entry["address"] for entry in found} == {"127.0.0.1"}


async def test_the_log_has_pages_and_belongs_to_its_owner(system: System) -> None:
    async with system.person() as ann, system.person() as bob:
        for _ in range(4):
            await ann.http.delete("/api/calendar")
        page = await ann.get("/api/me/log?limit=3")
        rest = await ann.get(f"/api/me/log?cursor={page['next_cursor']}")
        assert (len(page["items"]), len(rest["items"]), rest["next_cursor"]) == (3, 2, None)
        assert [entry["kind"] for entry in await entries(bob)] == ["signed-up"]


async def test_a_login_from_a_browser_that_is_new_to_the_account_is_mailed(
    system: System, mailbox: Mailbox
) -> None:
    async with system.person() as ann, system.visitor() as laptop:
        laptop.headers["User-Agent"] = FIREFOX

        async def told() -> list[str]:
            mails = mailbox.about_account(ann.email)
            bodies = [mail.get_body(("plain",)) for mail in mails if "device" in mail["Subject"]]
            return [body.get_content() for body in bodies if body]

        await ann.http.post("/api/auth/logout")
        await log_in(ann.http, ann.email)  # the browser that signed up
        await log_in(laptop, ann.email)
        [text] = await eventually(told)
        assert "Firefox on Windows, from the address 127.0.0.1" in text
        await log_in(laptop, ann.email)
        waiting = "SELECT count(*) FROM account_mail WHERE next_try_at IS NOT NULL"
        await eventually(lambda: system.value(waiting), lambda number: number == 0)
        assert len(await told()) == 1
