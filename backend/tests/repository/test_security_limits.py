"""SECURITY.md lists every limit, with the value of the code."""

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import AliasChoices

from todo.accounts import attempts, mails, passwords, schemas
from todo.assistant import inputs, proposals
from todo.authorization import store as oauth_clients
from todo.calendars import routes as calendars
from todo.calendars.ical import content_lines
from todo.chat import agent, guard, tools
from todo.chat import schemas as chat
from todo.domain import project, reminder, task
from todo.notifications import limits, reactions
from todo.notifications.senders import http
from todo.realtime import hub, tickets
from todo.runtime import worker
from todo.runtime.http import connections, middleware, problems
from todo.runtime.settings import Settings
from todo.tasks import recurrence_schemas

ROOT = Path(__file__).parents[3]
SECURITY = (ROOT / "SECURITY.md").read_text()
_SETTINGS = re.compile(r"TODO_(?:MAX_\w+|\w+_LIMIT|\w+_PER_DAY)")


def _rows() -> Mapping[str, str]:
    """The limit in the second column, by the setting or the words of the first."""
    table = SECURITY.partition("## Limits")[2].partition("\n## ")[0]
    cells = (line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| "))
    return {(row[2] if row[2] != "–" else row[0]).strip("`"): row[1].strip() for row in cells}


def test_every_setting_of_a_limit_is_listed_with_its_default() -> None:
    rows = _rows()
    settings = {
        field.validation_alias.choices[0]: str(field.default)
        for field in Settings.model_fields.values()
        if isinstance(field.validation_alias, AliasChoices)
        and _SETTINGS.fullmatch(str(field.validation_alias.choices[0]))
    }
    assert len(settings) >= 13
    assert {name: rows[str(name)].replace(",", "") for name in settings} == settings


def test_the_fixed_limits_are_those_of_the_code() -> None:
    rows = _rows()
    assert rows["Size of a request body"] == f"{middleware.MAX_BODY // 1024} KiB"
    assert rows["Size of a calendar file"] == f"{content_lines.MAX_BYTES // 1024} KiB"
    assert rows["Size of the headers"] == f"{connections.HEADER_BYTES // 1024} KiB"
    assert rows["Time to send the headers"] == f"{connections.HEADER_SECONDS:g} s"
    assert rows["Time to send the body"] == f"{connections.BODY_SECONDS:g} s"
    assert rows["Time to read the answer"] == f"{connections.UNREAD_SECONDS:g} s without reading"
    assert rows["Idle connection"] == f"{connections.IDLE_SECONDS} s"
    assert rows["Fields of a JSON body"] == str(schemas._MOST_FIELDS)
    assert rows["Reported errors of a request"] == str(problems._MOST_FIELDS)
    assert rows["Processor time of a calendar file or feed"] == f"{worker.FILE_SECONDS:g} s"
    assert rows["Processor time of a long line or list of dates"] == f"{worker.SHORT_SECONDS:g} s"
    assert rows["Time of such work when it does not compute"] == f"{worker._LONGEST_SECONDS:g} s"
    assert (
        rows["Such work at the same time, and waiting"]
        == f"{worker.WORKERS}, {worker.MOST_WAITING}"
    )
    assert (
        rows["Delay after wrong passwords of an account"]
        == f"up to {attempts._LONGEST_SECONDS:g} s"
    )
    assert rows["Repeated reminders (nags) of a user"] == reactions._MOST_NAGS


def test_the_limits_of_what_an_account_has_and_does_are_those_of_the_code() -> None:
    rows = _rows()
    assert rows["Passwords hashed at the same time"] == str(passwords._hashing._max_workers)
    assert rows["Mails of one kind about accounts, per address"] == f"{mails._PER_HOUR}/hour"
    clients = rows["OAuth clients that nobody has connected, on the server"]
    assert clients == f"{oauth_clients.MOST_IDLE_CLIENTS:,}"
    assert rows["Projects of an account"] == f"{project.MOST_PROJECTS}"
    assert rows["Characters of a title"] == f"{task.MAX_TITLE:,}"
    assert rows["Characters of a description"] == f"{task.MAX_DESCRIPTION:,}"
    assert rows["Tags of a task"] == f"{task.MAX_TAGS}"
    assert rows["Reminders of a task"] == f"{reminder.MAX_REMINDERS}"
    assert rows["Dates of a preview"] == f"{recurrence_schemas.MOST_DATES}"
    assert rows["Tasks in a calendar feed"] == f"{calendars._FEED_LIMIT:,}"
    assert rows["Deliveries of a process at the same time"] == f"{limits.AT_ONCE}"
    assert rows["Deliveries of a user at the same time"] == f"{limits.PER_USER}"
    assert rows["Deliveries of a channel at the same time"] == f"{limits.PER_CHANNEL}"
    assert rows["Answer of a receiver that is read"] == f"{http._READ_AT_MOST // 1024} KiB"
    assert rows["Size of a message from a window"] == f"{connections._SOCKET_BYTES // 1024} KiB"
    assert rows["Messages that wait for a window"] == f"{hub._MAX_WAITING}"
    ticket = tickets._LASTS.total_seconds()
    assert rows["Time to use a ticket for a WebSocket"] == f"{ticket:g} s"


def test_the_limits_of_assistants_are_those_of_the_code() -> None:
    rows = _rows()
    at_once = "at once, per message; the rest is proposed"
    assert rows["Characters of a message in the chat"] == f"{chat.MOST_LETTERS:,}"
    assert rows["Time of an answer"] == f"{agent._ANSWER_SECONDS:g} s"
    assert rows["Calls of a model for an answer"] == f"{agent._MOST_TURNS}"
    assert rows["Calls of tools for an answer"] == f"{tools._MOST_CALLS}"
    assert rows[f"Changes that a model makes {at_once}"] == f"{guard._MOST_AT_ONCE}"
    assert rows[f"Tasks that a model adds {at_once}"] == f"{guard._MOST_ADDED}"
    assert rows["Changes of a proposal"] == f"{inputs.MOST_CHANGES}"
    minutes = proposals.EXPIRES_AFTER.total_seconds() / 60
    assert rows["Time to approve a proposal"] == f"{minutes:g} minutes"
