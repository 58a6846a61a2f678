"""SECURITY.md lists every limit, with the value of the code."""

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import AliasChoices

from todo.accounts import attempts, schemas
from todo.calendars.ical import content_lines
from todo.notifications import reactions
from todo.runtime import worker
from todo.runtime.http import connections, middleware, problems
from todo.runtime.settings import Settings

ROOT = Path(__file__).parents[3]
SECURITY = (ROOT / "SECURITY.md").read_text()
_SETTINGS = re.compile(r"TODO_(?:MAX_\w+|\w+_LIMIT)")


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
    assert len(settings) >= 12
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
    assert rows["Work at the same time, and waiting"] == f"{worker.WORKERS}, {worker.MOST_WAITING}"
    assert (
        rows["Delay after wrong passwords of an account"]
        == f"up to {attempts._LONGEST_SECONDS:g} s"
    )
    assert rows["Repeated reminders (nags) of a user"] == reactions._MOST_NAGS
