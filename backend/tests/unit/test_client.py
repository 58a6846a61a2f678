"""The command line: what the user types, the HTTP request, and the printed answer."""

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import time_machine
import typer
from typer.testing import CliRunner, Result

from todo.client import api, commands, formatting

SERVER = "http://todo.test"
Answer = Callable[[httpx2.Request], httpx2.Response]


def a_task(**values: Any) -> dict[str, Any]:
    task = {
        "id": 7,
        "title": "Pay rent",
        "description": None,
        "completed": False,
        "completed_at": None,
        "due_date": "2026-11-30T08:00:00Z",
        "all_day": False,
        "timezone": "Europe/Berlin",
        "recurrence": None,
        "recurrence_text": None,
        "recurrence_mode": "from_due",
        "reminders": None,
        "priority": 0,
        "tags": [],
    }
    return task | values


def parsed(text: str, kinds: dict[str, str], **values: Any) -> httpx2.Response:
    """The answer of the server to a parsed text; `kinds` maps each phrase to its kind."""
    spans = [
        {"start": text.index(phrase), "end": text.index(phrase) + len(phrase), "kind": kind}
        for phrase, kind in kinds.items()
    ]
    task = a_task(title=text, due_date=None) | values
    del task["id"], task["description"], task["completed"], task["completed_at"]
    return httpx2.Response(200, json={"task": task, "spans": spans, "occurrences": []})


def problem(status: int, detail: str, *fields: tuple[str, str]) -> httpx2.Response:
    body = {
        "type": "about:blank",
        "title": "Error",
        "status": status,
        "detail": detail,
        "errors": [{"field": field, "message": message} for field, message in fields],
    }
    return httpx2.Response(status, json=body, headers={"Content-Type": "application/problem+json"})


class Server:
    """A fake server: answers by "METHOD /path" and keeps the requests."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | httpx2.Response] = {}
        self.requests: list[httpx2.Request] = []

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers[f"{request.method} {request.url.path}"]
        return answer if isinstance(answer, httpx2.Response) else answer(request)

    def sent(self, number: int = -1) -> Any:
        return json.loads(self.requests[number].content)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Server:
    fake = Server()
    fake.answers["GET /api/me"] = httpx2.Response(200, json={"timezone": "Europe/Berlin"})
    monkeypatch.setattr(api, "transport", lambda: httpx2.MockTransport(fake.handle))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("TODO_URL", SERVER)
    monkeypatch.setenv("TODO_TOKEN", "tdo_secret")
    return fake


def todo(*words: str, stdin: str | bytes | None = None) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    commands.register(app)
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False):
        return CliRunner().invoke(app, words, input=stdin)


def said(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


# ── add ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_text_is_parsed_shown_and_then_created(server: Server) -> None:
    text = "Pay rent every month on the 30th #home"
    understood = parsed(
        text,
        {"every month on the 30th": "recurrence", "#home": "tag"},
        title="Pay rent",
        due_date="2026-11-29T23:00:00Z",
        all_day=True,
        recurrence="FREQ=MONTHLY;BYMONTHDAY=30",
        recurrence_text="monthly on the 30th",
        tags=["home"],
        reminders=["P1D"],
        priority=1,
    )
    server.answers["POST /api/tasks/parse"] = understood
    server.answers["POST /api/tasks"] = httpx2.Response(201, json=a_task())

    assert said(todo("add", *text.split())).splitlines() == [
        "Pay rent",
        "  due        Mon 30 Nov",
        "  repeats    monthly on the 30th",
        "  reminders  1 day before",
        "  priority   high",
        "  tags       #home",
        "Added 7: Pay rent",
    ]
    assert server.sent(0) == {"text": text}
    sent = server.sent()
    assert (sent["title"], sent["recurrence"], sent["all_day"]) == (
        *("Pay rent", "FREQ=MONTHLY;BYMONTHDAY=30"),
        True,
    )
    assert "recurrence_text" not in sent


def test_the_words_that_were_not_understood_are_listed(server: Server) -> None:
    text = "Bins 🗑 every tuesday except \x1bholidays, not tomorrow"
    kinds = {"every tuesday except \x1bholidays": "unclear", "not tomorrow": "unclear"}
    server.answers["POST /api/tasks/parse"] = parsed(text, kinds)
    server.answers["POST /api/tasks"] = httpx2.Response(201, json=a_task(title=text))
    assert said(todo("add", text)).splitlines()[1:-1] == [
        "  not understood, kept in the title: “every tuesday except  holidays”, “not tomorrow”"
    ]


def test_with_options_the_text_is_the_title(server: Server) -> None:
    made = a_task(recurrence_text="monthly")
    server.answers["POST /api/tasks"] = httpx2.Response(201, json=made)
    result = todo(
        *("add", "Pay rent tomorrow", "--due", "2026-11-30 09:00", "--repeat", "monthly"),
        *("--remind", "P1D", "--remind", "1h 30m", "--priority", "high", "--tag", "home"),
    )
    assert server.sent() == {
        "title": "Pay rent tomorrow",
        "due_date": "2026-11-30T09:00",
        "recurrence": "monthly",
        "reminders": ["P1D", "PT1H30M"],
        "priority": 1,
        "tags": ["home"],
    }
    assert said(result) == "Added 7: Pay rent, Mon 30 Nov 09:00, monthly\n"
    assert server.requests[0].headers["Authorization"] == "Bearer tdo_secret"


PROJECTS = {"items": [{"id": 3, "name": "Work at home"}, {"id": 4, "name": "Garden"}]}


def test_a_task_is_added_to_a_project_by_its_name(server: Server) -> None:
    server.answers["GET /api/projects"] = httpx2.Response(200, json=PROJECTS)
    server.answers["POST /api/tasks"] = httpx2.Response(201, json=a_task())
    said(todo("add", "dig", "--project", "garden"))
    assert server.sent() == {"title": "dig", "project_id": 4}
    said(todo("add", "dig", "--project", "Inbox"))
    assert server.sent() == {"title": "dig"}
    result = todo("add", "dig", "--project", "Gardn")
    assert result.exit_code == 2
    assert "there are “Work at home”, “Garden”" in result.stderr


def test_a_named_project_is_shown_before_the_task_is_created(server: Server) -> None:
    text = "dig +Garden"
    server.answers["POST /api/tasks/parse"] = parsed(
        text, {"+Garden": "project"}, title="dig", project_id=4
    )
    server.answers["POST /api/tasks"] = httpx2.Response(201, json=a_task(title="dig"))
    assert said(todo("add", text)).splitlines()[1] == "  project    Garden"
    assert server.sent()["project_id"] == 4


@pytest.mark.parametrize(("name", "asked"), [("work AT home", "3"), ("inbox", "inbox")])
def test_the_tasks_of_a_project_are_listed(server: Server, name: str, asked: str) -> None:
    server.answers["GET /api/projects"] = httpx2.Response(200, json=PROJECTS)
    server.answers["GET /api/tasks"] = httpx2.Response(200, json={"items": [], "next_cursor": None})
    assert said(todo("list", "--project", name)).strip() == "No task matches."
    assert server.requests[-1].url.params["project"] == asked


def test_literal_takes_the_text_as_it_is(server: Server) -> None:
    server.answers["POST /api/tasks"] = httpx2.Response(201, json=a_task())
    said(todo("add", "--literal", "Read “Tomorrow” #1"))
    assert server.sent() == {"title": "Read “Tomorrow” #1"}


def test_a_due_date_and_a_rule_may_be_words(server: Server) -> None:
    answers = {
        "tomorrow 9am": parsed(
            "tomorrow 9am",
            {"tomorrow": "date", "9am": "time"},
            due_date="2026-11-25T08:00:00Z",
        ),
        "every 2 weeks": parsed(
            "every 2 weeks",
            {"every 2 weeks": "recurrence"},
            due_date="2026-11-23T23:00:00Z",
            all_day=True,
            recurrence="FREQ=WEEKLY;INTERVAL=2",
        ),
    }
    server.answers["POST /api/tasks/parse"] = lambda asked: answers[
        json.loads(asked.content)["text"]
    ]
    server.answers["POST /api/tasks"] = httpx2.Response(201, json=a_task())

    said(todo("add", "Bins", "--due", "tomorrow 9am", "--repeat", "every 2 weeks"))

    sent = server.sent()
    assert (sent["due_date"], sent["all_day"]) == ("2026-11-25T08:00:00Z", False)
    assert sent["recurrence"] == "FREQ=WEEKLY;INTERVAL=2"


@pytest.mark.parametrize(
    ("typed", "kind", "fields", "sent"),
    [
        ("2026-12-01", None, {}, "2026-12-01"),
        ("2026-12-01 09:00", None, {}, "2026-12-01T09:00"),
        ("from monday", "start", {"start_date": "2026-11-30"}, "2026-11-30"),
        ("monday", "date", {"due_date": "2026-11-29T23:00:00Z", "all_day": True}, "2026-11-30"),
        ("monday 9am", "date", {"due_date": "2026-11-30T08:00:00Z"}, "2026-11-30T08:00:00Z"),
    ],
)
def test_a_start_date_may_be_words(
    server: Server, typed: str, kind: str | None, fields: dict[str, Any], sent: str
) -> None:
    server.answers["POST /api/tasks/parse"] = parsed(typed, {typed: kind or ""}, **fields)
    server.answers["POST /api/tasks"] = httpx2.Response(
        201, json=a_task(due_date=None, start_date="2026-11-30")
    )
    text = said(todo("add", "Bins", "--start", typed))
    assert server.sent() == {"title": "Bins", "start_date": sent}
    assert text.rstrip().endswith(", starts Mon 30 Nov")


@pytest.mark.parametrize(
    ("options", "understood"),
    [
        (("--start", "someday"), {}),
        (("--due", "someday"), {}),
        (("--due", "call tomorrow"), {"tomorrow": "date"}),
        (("--repeat", "now and then"), {}),
        (("--priority", "urgent"), {}),
    ],
)
def test_an_option_that_cannot_be_read_creates_nothing(
    server: Server, options: tuple[str, str], understood: dict[str, str]
) -> None:
    server.answers["POST /api/tasks/parse"] = parsed(options[1], understood)
    result = todo("add", "Task", *options)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"todo: {options[0]}: “{options[1]}”")
    assert all(request.url.path == "/api/tasks/parse" for request in server.requests)


def test_no_reminders_at_all_can_be_asked_for(server: Server) -> None:
    server.answers["POST /api/tasks"] = httpx2.Response(201, json=a_task())
    said(todo("add", "Task", "--remind", "none"))
    assert server.sent()["reminders"] == []


# ── list ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_list_says_when_sleeping_tasks_start(server: Server) -> None:
    items = [
        a_task(id=1, title="Asleep", due_date=None, start_date="2026-11-30"),
        a_task(id=2, title="Later", due_date=None, start_date="2026-11-25T08:00:00Z"),
        a_task(id=3, title="Awake", due_date=None, start_date="2026-11-23"),
    ]
    server.answers["GET /api/tasks"] = httpx2.Response(
        200, json={"items": items, "next_cursor": None}
    )
    rows = [line.split() for line in said(todo("list", "--sleeping")).splitlines()[2:]]
    assert rows[0] == ["1", "Asleep", "Mon", "30", "Nov"]
    assert rows[1] == ["2", "Later", "Tomorrow", "09:00"]
    assert rows[2] == ["3", "Awake"]
    [request] = [each for each in server.requests if each.url.path == "/api/tasks"]
    assert request.url.params["sleeping"] == "true"


def test_a_list_reads_like_a_calendar(server: Server) -> None:
    items = [
        a_task(id=1, title="Late", due_date="2026-11-23T08:00:00Z", all_day=True),
        a_task(id=2, title="Now", due_date="2026-11-24T17:00:00Z", timezone="UTC", priority=1),
        a_task(id=6, title="Later", due_date="2026-11-24T17:00:00Z"),
        a_task(id=3, title="Soon", due_date="2026-11-25T08:00:00Z", all_day=True, tags=["home"]),
        a_task(id=4, title="Next year", due_date="2027-01-04T08:00:00Z", all_day=True),
        a_task(id=5, title="Some day", due_date=None, recurrence_text="monthly"),
    ]
    page = httpx2.Response(200, json={"items": items, "next_cursor": None})
    server.answers["GET /api/tasks"] = page
    text = said(todo("list", "--tag", "home", "--search", "rent"))
    rows = [line.split() for line in text.splitlines()[2:]]
    assert rows[0] == ["1", "Yesterday", "Late"]
    assert rows[1] == [
        "2",
        "Today",
        "17:00",
        "(UTC)",
        "!",
        "Now",
    ]  # the zone of the task, not of the account
    assert rows[2] == ["6", "Today", "18:00", "Later"]
    assert rows[3] == ["3", "Tomorrow", "Soon", "#home"]
    assert rows[4] == ["4", "Mon", "4", "Jan", "2027", "Next", "year"]
    assert rows[5] == ["5", "Some", "day", "monthly"]
    asked = dict(server.requests[0].url.params)
    assert asked == {"status": "open", "tag": "home", "q": "rent", "limit": "50"}


def test_a_list_longer_than_a_page_is_fetched_in_pages(server: Server) -> None:
    def page(request: httpx2.Request) -> httpx2.Response:
        start = int(request.url.params.get("cursor", "0"))
        size = int(request.url.params["limit"])
        items = [a_task(id=number) for number in range(start, start + size)]
        return httpx2.Response(200, json={"items": items, "next_cursor": str(start + size)})

    server.answers["GET /api/tasks"] = page
    result = todo("list", "--limit", "250", "--json")
    assert [item["id"] for item in json.loads(said(result))] == list(range(250))
    assert [request.url.params["limit"] for request in server.requests] == ["200", "50"]


def test_a_shortened_list_says_that_there_is_more(server: Server) -> None:
    page = httpx2.Response(200, json={"items": [a_task()], "next_cursor": "abc"})
    server.answers["GET /api/tasks"] = page
    result = todo("list", "--limit", "1")
    assert "todo list --limit 2" in result.stderr


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "Nothing to do."),
        (("--status", "trash"), "The trash is empty."),
        (("--tag", "home"), "No task matches."),
    ],
)
def test_an_empty_list_says_so(server: Server, words: tuple[str, ...], line: str) -> None:
    server.answers["GET /api/tasks"] = httpx2.Response(200, json={"items": [], "next_cursor": None})
    assert said(todo("list", *words)).strip() == line


def test_a_title_cannot_send_control_sequences_to_the_terminal(server: Server) -> None:
    items = [a_task(title="a\x1b[2Jb\u202ec [bold]d[/bold]")]
    page = httpx2.Response(200, json={"items": items, "next_cursor": None})
    server.answers["GET /api/tasks"] = page
    text = said(todo("list"))
    assert "\x1b[2J" not in text
    assert "\u202e" not in text
    assert "a [2Jb c [bold]d[/bold]" in text


# ── done, reopen ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("following", "line"),
    [
        ("2026-11-30T08:00:00Z", "Done. Next: Mon 30 Nov."),
        ("2027-01-04T08:00:00Z", "Done. Next: Mon 4 Jan 2027."),
        (None, "Done."),
    ],
)
def test_done_says_what_comes_next(server: Server, following: str | None, line: str) -> None:
    answer = httpx2.Response(200, json=a_task(completed=True, next_due_date=following))
    server.answers["POST /api/tasks/7/complete"] = answer
    assert said(todo("done", "7")) == f"{line}\n"


def test_the_next_date_is_that_of_the_tasks_zone(server: Server) -> None:
    """23:30 on Sunday in London is Monday in Auckland."""
    task = a_task(timezone="Pacific/Auckland", next_due_date="2026-11-29T23:30:00Z")
    server.answers["POST /api/tasks/7/complete"] = httpx2.Response(200, json=task)
    assert said(todo("done", "7")) == "Done. Next: Mon 30 Nov.\n"


def test_of_several_the_one_that_fails_is_named(server: Server) -> None:
    server.answers["POST /api/tasks/7/complete"] = httpx2.Response(200, json=a_task())
    server.answers["POST /api/tasks/8/complete"] = problem(404, "There is no such task.")
    result = todo("done", "7", "8")
    assert (result.stdout, result.exit_code) == ("7: Done.\n", 1)
    assert result.stderr == "todo: 8: There is no such task.\n"


def test_reopening_a_task_says_so(server: Server) -> None:
    server.answers["POST /api/tasks/7/reopen"] = httpx2.Response(200, json=a_task())
    assert said(todo("reopen", "7")) == "Reopened: Pay rent\n"


# ── import ────────────────────────────────────────────────────────────────────────────────────────

RESULT = {
    "created": 2,
    "updated": 1,
    "unchanged": 0,
    "unsupported": [
        {"uid": "a", "summary": "Tax", "property": "LOCATION", "reason": "Places are not kept."},
        {"uid": None, "summary": None, "property": "METHOD", "reason": "Not answered."},
    ],
}


def test_import_says_what_was_not_carried_over(server: Server, tmp_path: Path) -> None:
    server.answers["POST /api/import"] = httpx2.Response(200, json=RESULT)
    file = tmp_path / "tasks.ics"
    file.write_bytes(b"BEGIN:VCALENDAR\r\n")
    text = said(todo("import", str(file)))
    assert text.startswith("2 created, 1 updated, 0 unchanged.\n")
    assert ["Tax", "LOCATION", "Places", "are", "not", "kept."] in [
        line.split() for line in text.splitlines()
    ]
    assert server.requests[0].headers["Content-Type"] == "text/calendar"
    assert server.requests[0].content == b"BEGIN:VCALENDAR\r\n"


def test_import_from_standard_input_as_json(server: Server) -> None:
    server.answers["POST /api/import"] = httpx2.Response(200, json=RESULT)
    assert json.loads(said(todo("import", "-", "--json", stdin=b"BEGIN"))) == RESULT
    assert server.requests[0].content == b"BEGIN"


def test_a_missing_file_is_reported(server: Server) -> None:
    result = todo("import", "nowhere.ics")
    assert (result.exit_code, result.stderr) == (
        2,
        "todo: nowhere.ics: No such file or directory.\n",
    )


# ── login ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def nobody(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.delenv("TODO_URL")
    monkeypatch.delenv("TODO_TOKEN")
    server.answers |= {
        "POST /api/auth/login": httpx2.Response(
            200, json={"email": "a@b.c"}, headers={"Set-Cookie": "todo_session=s; HttpOnly; Path=/"}
        ),
        "POST /api/tokens": httpx2.Response(201, json={"token": "tdo_new"}),
        "POST /api/auth/logout": httpx2.Response(204),
        "GET /api/me": httpx2.Response(200, json={"email": "a@b.c"}),
        "GET /api/tasks": httpx2.Response(200, json={"items": [], "next_cursor": None}),
    }
    return server


def test_login_keeps_a_token_that_only_its_owner_can_read(nobody: Server, tmp_path: Path) -> None:
    text = said(todo("login", "--url", SERVER, stdin="a@b.c\nhunter2 \n"))

    assert "Logged in as a@b.c." in text
    assert "hunter2" not in text
    assert [f"{r.method} {r.url.path}" for r in nobody.requests] == [
        *("POST /api/auth/login", "POST /api/tokens", "POST /api/auth/logout", "GET /api/me")
    ]
    assert nobody.sent(0) == {"email": "a@b.c", "password": "hunter2 "}
    assert nobody.requests[1].headers["Cookie"] == "todo_session=s"
    assert nobody.sent(1)["scope"] == "write"
    file = tmp_path / "todo" / "config.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    said(todo("list"))  # without --url and --token
    assert nobody.requests[-1].url.host == "todo.test"
    assert nobody.requests[-1].headers["Authorization"] == "Bearer tdo_new"


def test_a_stored_token_is_sent_to_no_other_server(nobody: Server) -> None:
    said(todo("login", "--url", SERVER, "--email", "a@b.c", "--password-stdin", stdin="hunter2\n"))
    said(todo("list", "--url", "http://evil.test"))
    assert nobody.requests[-1].url.host == "evil.test"
    assert "Authorization" not in nobody.requests[-1].headers


def test_logins_at_two_servers_are_both_kept(nobody: Server) -> None:
    for url in (SERVER, "http://other.test/api/"):
        said(todo("login", "--url", url, "--token", f"tdo_{url[7:12]}"))
    said(todo("list"))
    assert nobody.requests[-1].headers["Authorization"] == "Bearer tdo_other"
    said(todo("list", "--url", SERVER))
    assert nobody.requests[-1].headers["Authorization"] == "Bearer tdo_todo."


def test_a_wrong_password_stores_no_token(nobody: Server, tmp_path: Path) -> None:
    nobody.answers["POST /api/auth/login"] = problem(401, "Wrong email or password.")
    result = todo("login", "--url", SERVER, stdin="a@b.c\nwrong\n")
    assert (result.exit_code, result.stderr) == (3, "todo: Wrong email or password.\n")
    assert not (tmp_path / "todo").exists()


@pytest.mark.parametrize("content", ["url = 3", "not toml", "tokens = 1", "\xff"])
def test_a_broken_config_file_is_named(nobody: Server, tmp_path: Path, content: str) -> None:
    file = tmp_path / "todo" / "config.toml"
    file.parent.mkdir()
    file.write_text(content, "latin-1")
    result = todo("list")
    assert result.exit_code == 2
    assert str(file) in result.stderr
    assert result.stderr.count("\n") == 1


# ── Errors ────────────────────────────────────────────────────────────────────────────────────────


def refused(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("[Errno 111] Connection refused", request=request)


def slow(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ReadTimeout("", request=request)


def cut_off(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.RemoteProtocolError("peer closed\nconnection", request=request)


@pytest.mark.parametrize(
    ("answer", "code", "line"),
    [
        (refused, 4, f"No server answers at {SERVER}."),
        (slow, 4, f"{SERVER} took too long to answer."),
        (cut_off, 4, f"{SERVER} did not answer: peer closed"),
        (problem(401, "Log in first."), 3, f"The token for {SERVER} is not accepted"),
        (problem(403, "This token may only read."), 3, "This token may only read."),
        (problem(429, "Too many attempts."), 1, "Too many attempts."),
        (problem(503, "The database does not answer."), 4, "The database does not answer."),
        (
            problem(422, "…", ("due_date", "A date\nmust lie ahead."), ("tags.0", "too many")),
            *(1, "due date: A date must lie ahead.; tags: too many"),
        ),
        (httpx2.Response(502, text="<html>Bad gateway"), 4, f"{SERVER} answered 502"),
        (httpx2.Response(200, text="<html>Welcome"), 4, f"{SERVER} answered 200"),
        (httpx2.Response(404, json=["?"]), 4, f"{SERVER} answered 404"),
        (
            httpx2.Response(308, headers={"Location": "https://todo.test/"}),
            *(4, f"{SERVER} redirects to https://todo.test/"),
        ),
    ],
)
def test_any_error_is_one_line(
    server: Server, answer: Answer | httpx2.Response, code: int, line: str
) -> None:
    server.answers["GET /api/tasks"] = answer
    result = todo("list")
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.startswith(f"todo: {line}")
    assert result.stderr.count("\n") == 1


def test_without_a_token_the_error_says_how_to_get_one(nobody: Server) -> None:
    nobody.answers["GET /api/tasks"] = problem(401, "Log in first.")
    result = todo("list", "--url", SERVER)
    assert result.exit_code == 3
    assert "run `todo login`" in result.stderr


@pytest.mark.parametrize("url", ["ftp://todo.test", "http://", "http://[::1", "http://a b"])
def test_an_invalid_address_is_refused(server: Server, url: str) -> None:
    result = todo("list", "--url", url)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("localhost:3000", "http://localhost:3000"),
        ("todo.example.org", "https://todo.example.org"),
        ("https://todo.example.org/api/", "https://todo.example.org"),
    ],
)
def test_an_address_as_people_type_it(server: Server, typed: str, host: str) -> None:
    server.answers["GET /api/tasks"] = httpx2.Response(200, json={"items": [], "next_cursor": None})
    said(todo("list", "--url", typed))
    assert str(server.requests[0].url).startswith(f"{host}/api/tasks")


def test_options_override_the_environment(server: Server) -> None:
    server.answers["GET /api/tasks"] = httpx2.Response(200, json={"items": [], "next_cursor": None})
    said(todo("list", "--url", "http://other.test", "--token", "tdo_flag"))
    assert server.requests[0].url.host == "other.test"
    assert server.requests[0].headers["Authorization"] == "Bearer tdo_flag"


# ── Reminders ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_reminder_in_the_evening_of_an_all_day_task_is_shown_with_its_time() -> None:
    assert formatting.reminder("-PT9H") == "at 18:00"
    assert formatting.reminder("-PT30M") == "at 09:30"
    assert formatting.reminder("PT1H30M") == "1 h 30 min before"
