"""Invalid requests: refused with the name of the field, nothing stored, and never answered with a 5xx."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.harness.assistant import access_token
from tests.harness.system import Person, System
from todo.runtime.app import build_app
from todo.services import SERVICES

_FORM = "application/x-www-form-urlencoded"

DUE = "2027-11-30T09:00:00Z"
HUGE = 2**63
# Fields of POST /api/tasks, and the field that the answer must name.
TASKS: list[tuple[dict[str, Any], str]] = [
    ({}, "title"),
    ({"title": None}, "title"),
    ({"title": 7}, "title"),
    ({"title": ["x"]}, "title"),
    ({"title": ""}, "title"),
    ({"title": " \t\n"}, "title"),
    ({"title": "x" * 10_001}, "title"),
    ({"title": "a\x00b"}, "title"),
    ({"title": "a\ud800b"}, "title"),
    ({"title": "x", "description": "x" * 20_001}, "description"),
    ({"title": "x", "description": "\x00"}, "description"),
    ({"title": "x", "description": "\udfff"}, "description"),
    ({"title": "x", "nonsense": 1}, "nonsense"),
    ({"title": "x", "user_id": "another"}, "user_id"),
    ({"title": "x", "id": 1}, "id"),
    ({"title": "x", "due_date": 5}, "due_date"),
    ({"title": "x", "due_date": "tomorrow"}, "due_date"),
    ({"title": "x", "due_date": "\x00"}, "due_date"),
    ({"title": "x", "due_date": "2027-02-30"}, "due_date"),
    ({"title": "x", "due_date": "9999-12-31T23:59:59Z"}, "due_date"),
    ({"title": "x", "due_date": "9999-12-31T23:59:59-14:00"}, "due_date"),
    ({"title": "x", "due_date": "0001-01-01T00:00:00+14:00"}, "due_date"),
    ({"title": "x", "due_date": "0001-01-01"}, "due_date"),
    ({"title": "x", "due_date": DUE, "timezone": "Mars/Olympus"}, "timezone"),
    ({"title": "x", "due_date": DUE, "timezone": ""}, "timezone"),
    ({"title": "x", "due_date": DUE, "timezone": "../../etc/passwd"}, "timezone"),
    ({"title": "x", "due_date": DUE, "timezone": "Europe"}, "timezone"),
    ({"title": "x", "due_date": DUE, "timezone": "Europe/\x00Berlin"}, "timezone"),
    ({"title": "x", "due_date": DUE, "timezone": "\ud800"}, "timezone"),
    ({"title": "x", "recurrence": "daily"}, "due_date"),
    ({"title": "x", "due_date": DUE, "recurrence": "sometimes"}, "recurrence"),
    ({"title": "x", "due_date": DUE, "recurrence": ""}, "recurrence"),
    ({"title": "x", "due_date": DUE, "recurrence": "FREQ=WEEKLY;BYDAY=XX"}, "recurrence"),
    ({"title": "x", "due_date": DUE, "recurrence": "FREQ=SECONDLY"}, "recurrence"),
    ({"title": "x", "due_date": DUE, "recurrence": "FREQ=MINUTELY"}, "recurrence"),
    ({"title": "x", "due_date": DUE, "recurrence": "FREQ=DAILY;INTERVAL=0"}, "recurrence"),
    ({"title": "x", "due_date": DUE, "recurrence": "FREQ=DAILY;COUNT=0"}, "recurrence"),
    (
        {"title": "x", "due_date": DUE, "recurrence": "FREQ=DAILY;INTERVAL=" + "9" * 400},
        "recurrence",
    ),
    ({"title": "x", "due_date": DUE, "recurrence": "FREQ=MONTHLY;BYSETPOS=1"}, "recurrence"),
    (
        {"title": "x", "due_date": DUE, "recurrence": "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0"},
        "recurrence",
    ),
    (
        {"title": "x", "due_date": DUE, "recurrence": "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=400"},
        "recurrence",
    ),
    (
        {"title": "x", "due_date": DUE, "recurrence": "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300"},
        "recurrence",
    ),
    (
        {
            "title": "x",
            "due_date": DUE,
            "recurrence": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;SKIP=OMIT",
        },
        "recurrence",
    ),
    ({"title": "x", "due_date": DUE, "recurrence": "FREQ=DAILY;UNTIL=20200101"}, "recurrence"),
    ({"title": "x", "due_date": DUE, "recurrence": "FREQ=DAILY;UNTIL=00010101"}, "recurrence"),
    ({"title": "x", "due_date": DUE, "recurrence": "FREQ=DAILY;\x00"}, "recurrence"),
    ({"title": "x", "due_date": DUE, "recurrence": "FREQ=DAILY;UNTIL=٢٠٣٠٠١٠١"}, "recurrence"),
    ({"title": "x", "due_date": DUE, "recurrence_mode": "whenever"}, "recurrence_mode"),
    ({"title": "x", "due_date": DUE, "reminders": "PT1H"}, "reminders"),
    ({"title": "x", "due_date": DUE, "reminders": [f"PT{n}M" for n in range(51)]}, "reminders"),
    ({"title": "x", "due_date": DUE, "reminders": ["2027-12-24T09:00:00Z"]}, "reminders"),
    ({"title": "x", "due_date": DUE, "reminders": ["-P1D"]}, "reminders.0"),
    ({"title": "x", "due_date": DUE, "reminders": ["-PT1H"]}, "reminders"),
    ({"title": "x", "due_date": DUE, "reminders": ["PT1H", "nope"]}, "reminders.1"),
    ({"title": "x", "due_date": DUE, "reminders": ["P1M\x00"]}, "reminders.0"),
    ({"title": "x", "reminders": ["PT1H"]}, "reminders"),
    ({"title": "x", "reminders": ["9999-12-31T23:59:59-14:00"]}, "reminders.0"),
    ({"title": "x", "reminders": ["0001-01-01T00:00:00+14:00"]}, "reminders.0"),
    ({"title": "x", "priority": 10}, "priority"),
    ({"title": "x", "priority": -1}, "priority"),
    ({"title": "x", "priority": "high"}, "priority"),
    ({"title": "x", "priority": 1.5}, "priority"),
    ({"title": "x", "priority": 10**30}, "priority"),
    ({"title": "x", "tags": "home"}, "tags"),
    ({"title": "x", "tags": [""]}, "tags.0"),
    ({"title": "x", "tags": ["#"]}, "tags.0"),
    ({"title": "x", "tags": ["a\x00"]}, "tags.0"),
    ({"title": "x", "tags": ["t"] * 51}, "tags"),
    ({"title": "x", "all_day": "perhaps"}, "all_day"),
]
# method, path, body, field
OTHERS: list[tuple[str, str, Any, str]] = [
    ("POST", "/api/tasks/parse", {"text": "\x00"}, "text"),
    ("POST", "/api/tasks/parse", {}, "text"),
    ("POST", "/api/recurrence/preview", {"due_date": DUE, "recurrence": "FREQ=DAILY", "count": 0}, "count"),
    ("POST", "/api/recurrence/preview", {"due_date": DUE, "recurrence": "FREQ=DAILY", "count": 10**9}, "count"),
    ("POST", "/api/recurrence/preview", {"due_date": "never", "recurrence": "daily"}, "due_date"),
    ("PATCH", "/api/me", {"name": None}, "name"),
    ("PATCH", "/api/me", {"name": "\x00"}, "name"),
    ("PATCH", "/api/me", {"timezone": "Nowhere"}, "timezone"),
    ("PATCH", "/api/me", {"quiet_from": "25:00", "quiet_until": "07:00"}, "quiet_from"),
    ("PATCH", "/api/me", {"quiet_from": "22:00"}, "quiet_until"),
    ("PATCH", "/api/me", {"away_from": DUE, "away_until": "2027-01-01T00:00:00Z"}, "away_until"),
    ("PATCH", "/api/me", {"away_from": "0001-01-01T00:00:00+14:00", "away_until": DUE}, "away_from"),
    ("PATCH", "/api/me", {"default_reminders": ["P1D"] * 51}, "default_reminders"),
    ("PATCH", "/api/me", {"is_admin": True}, "is_admin"),
    ("PATCH", "/api/me", {"escalate_after": 0}, "escalate_after"),
    ("POST", "/api/tokens", {"name": "", "scope": "read"}, "name"),
    ("POST", "/api/tokens", {"name": "t", "scope": "root"}, "scope"),
    ("POST", "/api/tokens", {"name": "t", "expires_in_days": 10**12}, "expires_in_days"),
    ("POST", "/api/channels", {"kind": "fax", "config": {}}, "kind"),
    ("POST", "/api/channels", {"kind": "email", "config": {}}, "address"),
    ("POST", "/api/channels", {"kind": "email", "config": {"address": "\x00@example.com"}}, "address"),
    ("POST", "/api/channels", {"kind": "email", "config": {"address": "\ud800@example.com"}}, "address"),
    ("POST", "/api/channels", {"kind": "apprise", "config": {"url": "file:///etc/passwd"}}, "url"),
    ("POST", "/api/channels", {"kind": "apprise", "config": {"url": "json://127.0.0.1/"}}, "url"),
    ("POST", "/api/channels", {"kind": "apprise", "config": {"url": "syslog://"}}, "url"),
    ("POST", "/api/channels", {"kind": "webhook", "config": {"url": "http://127.0.0.1:9/x"}}, "url"),
    ("POST", "/api/channels", {"kind": "webhook", "config": {"url": "http://[::1]/"}}, "url"),
    ("POST", "/api/channels", {"kind": "webhook", "config": {"url": "\x00"}}, "url"),
    ("POST", "/api/channels", {"kind": "webhook", "config": {"url": "https://\ud800/"}}, "url"),
    ("POST", "/api/channels", {"kind": "email", "config": {"address": "a@example.com"}, "step": 11}, "step"),
    ("GET", "/api/tasks?limit=0", None, "limit"),
    ("GET", "/api/tasks?limit=201", None, "limit"),
    ("GET", "/api/tasks?status=lost", None, "status"),
    ("GET", "/api/tasks?q=%00", None, "q"),
    ("GET", "/api/tasks?tag=%00", None, "tag"),
    ("GET", "/api/tasks?due_from=yesterday", None, "due_from"),
    ("GET", "/api/tasks?due_from=2027-01-01T00:00:00", None, "due_from"),
    ("GET", "/api/tasks?due_to=9999-12-31T23:59:59-14:00", None, "due_to"),
    ("GET", "/api/tasks?cursor=x", None, "cursor"),
    ("GET", "/api/tasks?cursor=%C3%A9", None, "cursor"),
    ("GET", "/api/tasks?cursor=%00", None, "cursor"),
    ("GET", "/api/tasks?cursor=eHw=", None, "cursor"),  # x|
    ("GET", "/api/tasks?cursor=MDAwMS0wMS0wMXwx", None, "cursor"),  # 0001-01-01|1, naive
    ("GET", "/api/tasks?cursor=MjAyNy0wMS0wMVQwMDowMCswMDowMHw5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", None, "cursor"),
    ("GET", "/api/notifications?cursor=0", None, "cursor"),
    ("GET", f"/api/notifications?cursor={HUGE}", None, "cursor"),
    ("GET", f"/api/tasks/changes?since={HUGE}", None, "since"),
    ("GET", f"/api/tasks/{HUGE}", None, "task_id"),
    ("GET", "/api/tasks/0", None, "task_id"),
    ("GET", "/api/tasks/-1", None, "task_id"),
    ("GET", "/api/tasks/seven", None, "task_id"),
    ("PATCH", f"/api/tasks/{HUGE}", {"title": "x"}, "task_id"),
    ("DELETE", f"/api/tasks/{HUGE}", None, "task_id"),
    ("GET", f"/api/reminders/{10**40}/deliveries", None, "reminder_id"),
    ("POST", f"/api/notifications/{HUGE}/read", None, "notification_id"),
    ("DELETE", f"/api/tokens/{HUGE}", None, "token_id"),
    ("DELETE", f"/api/channels/{HUGE}", None, "channel_id"),
]  # fmt: skip


def wire(body: Any) -> bytes | None:
    """JSON as a hostile client writes it, with lone surrogates as escapes."""
    return None if body is None else json.dumps(body).encode()


@pytest.fixture(scope="module")
async def ann(system: System) -> AsyncIterator[Person]:
    async with system.person() as person:
        yield person


async def refused(
    ann: Person, method: str, path: str, content: bytes | None, **headers: str
) -> Any:
    answer = await ann.http.request(
        method, path, content=content, headers={"Content-Type": "application/json", **headers}
    )
    assert 400 <= answer.status_code < 500, f"{answer.status_code} {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    return problem


def fields(problem: Any) -> list[str]:
    return [error["field"] for error in problem["errors"]]


@pytest.mark.parametrize(("body", "field"), TASKS, ids=[f"{ascii(b)[:70]}" for b, _ in TASKS])
async def test_an_invalid_task_is_refused_with_the_name_of_its_field(
    system: System, ann: Person, body: Any, field: str
) -> None:
    before = await system.value(
        "SELECT (SELECT count(*) FROM task) + (SELECT count(*) FROM outbox)"
    )
    assert field in fields(await refused(ann, "POST", "/api/tasks", wire(body)))
    after = await system.value("SELECT (SELECT count(*) FROM task) + (SELECT count(*) FROM outbox)")
    assert after == before


async def test_a_field_error_says_the_limit_or_that_the_field_is_unknown(ann: Person) -> None:
    body = {"title": "x" * 10_001, "tags": [f"t{n}" for n in range(51)], "nonsense": 1}
    errors = (await refused(ann, "POST", "/api/tasks", wire(body)))["errors"]
    assert {error["field"]: error["message"] for error in errors} == {
        "title": "at most 10000 characters",
        "tags": "at most 50 entries",
        "nonsense": "unknown field",
    }


@pytest.fixture(scope="module")
async def kept(ann: Person) -> dict[str, Any]:
    return await ann.add("kept", due_date=DUE, recurrence="weekly")


@pytest.mark.parametrize(
    ("body", "field"),
    [case for case in TASKS if "title" in case[0]],
    ids=lambda value: ascii(value)[:70],
)
async def test_an_invalid_edit_changes_nothing(
    ann: Person, kept: dict[str, Any], body: Any, field: str
) -> None:
    path = f"/api/tasks/{kept['id']}"
    if body == {"title": "x", "recurrence": "daily"} or body == {
        "title": "x",
        "reminders": ["PT1H"],
    }:
        body = {**body, "due_date": None}
        field = "due_date" if "recurrence" in body else field
    problem = await refused(ann, "PATCH", path, wire(body))
    assert field in fields(problem) or "due_date" in fields(problem)
    assert await ann.get(path) == kept


@pytest.mark.parametrize(
    ("method", "path", "body", "field"), OTHERS, ids=lambda value: ascii(value)[:60]
)
async def test_an_invalid_request_is_refused_with_the_name_of_its_field(
    ann: Person, method: str, path: str, body: Any, field: str
) -> None:
    assert field in fields(await refused(ann, method, path, wire(body)))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b'"x"', b"7", b"\xff\xfe", b'{"title": NaN}', b'{"title": 1e999}', b"[" * 100_000,
     b'{"title": "\xed\xa0\x80"}', b'{"\\ud800": 1, "title": "x"}', b'{"\\u0000": 1, "title": "x"}',
     b'{"title": ' + b"9" * 5000 + b"}"],
    ids=lambda content: ascii(content)[:40],
)  # fmt: skip
async def test_a_body_that_is_not_a_task_is_refused(ann: Person, content: bytes) -> None:
    await refused(ann, "POST", "/api/tasks", content)


async def test_a_body_of_two_mebibytes_is_refused_with_or_without_its_length(
    system: System, ann: Person
) -> None:
    body = wire({"title": "x", "description": "y" * 2 * 1024 * 1024}) or b""

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    for content in (body, in_pieces()):
        for path in ("/api/tasks", "/api/import"):
            answer = await ann.http.post(
                path, content=content, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 413, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            if content is not body:
                content = in_pieces()
    assert await system.value("SELECT count(*) FROM task WHERE title = 'x'") == 0


@pytest.mark.parametrize(
    "content",
    [b"", bytes(range(256)) * 40, b"\x89PNG\r\n\x1a\n\x00\x00", b"BEGIN:VCALENDAR", b"\xff\xfe" * 100,
     b"BEGIN:VCALENDAR\r\n" * 5000],
    ids=lambda content: ascii(content)[:30],
)  # fmt: skip
async def test_an_invalid_calendar_file_is_refused(
    system: System, ann: Person, content: bytes
) -> None:
    before = await system.value("SELECT count(*) FROM task")
    await refused(ann, "POST", "/api/import", content, **{"Content-Type": "text/calendar"})
    assert await system.value("SELECT count(*) FROM task") == before


async def test_a_form_or_plain_text_body_is_refused(ann: Person) -> None:
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ):
        problem = await refused(ann, "POST", "/api/tasks", b"title=x", **{"Content-Type": kind})
        assert problem["status"] in (403, 415, 422)


async def test_a_snooze_or_a_postponement_into_the_past_is_refused(
    ann: Person, kept: dict[str, Any]
) -> None:
    past = "2020-01-01T00:00:00Z"
    path = f"/api/tasks/{kept['id']}"
    problem = await refused(ann, "POST", f"{path}/postpone", wire({"due_date": past}))
    assert fields(problem) == ["due_date"]
    problem = await refused(
        ann, "POST", f"{path}/complete", wire({"completed_at": "2999-01-01T00:00:00Z"})
    )
    assert fields(problem) == ["completed_at"]
    assert await ann.get(path) == kept


async def test_a_missing_resource_is_answered_with_problem_details(ann: Person) -> None:
    for method, path, status in (
        ("GET", "/api/nothing", 404),
        ("PUT", "/api/tasks", 405),
        ("GET", "/api/tasks/987654321", 404),
        ("GET", "/api/calendar/nobody.ics", 404),
    ):
        assert (await refused(ann, method, path, None))["status"] == status


async def test_malformed_headers_cause_no_server_error(ann: Person, kept: dict[str, Any]) -> None:
    path = f"/api/tasks/{kept['id']}"
    for tag in ("", "x", '"' + "9" * 30 + '"', "W/", '"-1"', "\u00b2", '"0"'):
        answer = await ann.http.patch(
            path, json={"title": "y"}, headers=[(b"if-match", tag.encode("latin-1"))]
        )
        assert answer.status_code == 412, tag
    await refused(ann, "POST", "/api/tasks", wire({"title": "y"}), **{"Idempotency-Key": "k" * 201})
    answer = await ann.http.get(
        "/api/me", headers=[(b"traceparent", b"----"), (b"authorization", b"Bearer \xe9")]
    )
    assert answer.status_code == 401


async def test_many_wrong_fields_are_answered_with_a_short_list(system: System) -> None:
    async with system.person() as ann:
        fields = {f"field{number}": number for number in range(80)} | {"y" * 5000: 1}
        answer = await ann.http.post("/api/tasks", json={"title": "x", **fields})
        assert answer.status_code == 422
        assert len(answer.content) < 64 * 1024
        assert answer.json()["errors"][-1]["message"] == "and 31 more errors"


async def test_a_body_of_countless_fields_is_refused_as_a_whole(system: System) -> None:
    async with system.person() as ann:
        fields = {f"field{number}": number for number in range(40_000)}
        answer = await ann.http.post("/api/tasks", json={"title": "x", **fields})
        assert answer.status_code == 422
        assert [error["message"] for error in answer.json()["errors"]] == ["at most 100 fields"]


async def test_every_body_that_is_too_large_is_refused_while_it_arrives(system: System) -> None:
    """Without a length beforehand. The OAuth and MCP endpoints leave the reading to the SDK."""
    schema = build_app(SERVICES, system.context.settings).openapi()
    ways = [
        (method, path.replace("{", "").replace("}", ""), "application/json")
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
        # A wrong link is refused before the body is read.
        if "requestBody" in operation and not path.startswith("/api/links/")
    ]
    ways += [("post", "/mcp", "application/json"), ("post", "/oauth/register", "application/json")]
    ways += [("post", f"/oauth/{name}", _FORM) for name in ("token", "revoke")]
    id_ = "6f1c7c4e-8d3a-4a44-9d7b-6c1f2f7a9f10"

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 65_536

    async with system.person() as person:
        bearer = {"Authorization": f"Bearer {await access_token(person)}"}
        for method, path, media_type in ways:
            way = re.sub(r"(?<=/)(?:request|conversation|proposal|batch)_id", id_, path)
            way = re.sub(r"(?<=/)\w+_id\b", "1", way)
            headers = {"Content-Type": media_type, **(bearer if path == "/mcp" else {})}
            if path == "/mcp":
                headers["Accept"] = "application/json, text/event-stream"
            answer = await person.http.request(method, way, content=chunks(), headers=headers)
            assert answer.status_code == 413, (method, way, answer.status_code, answer.text)
            assert answer.headers["x-content-type-options"] == "nosniff"
