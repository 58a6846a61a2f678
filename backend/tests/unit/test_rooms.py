"""Imports point inward (contracts: pyproject.toml), and each table has one room that reads and writes it."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from importlinter.cli import lint_imports
from sqlmodel import SQLModel

import todo
import todo.db.tables
from todo.db.relations import ACCOUNTS, ALL_ACCOUNTS, CONFIRMED, TASKS
from todo.services import OWN_DATA

BACKEND = Path(__file__).parents[2]
PRODUCT = Path(str(todo.__path__[0]))

# Decision 0017: the room (folder) whose code may name the table in SQL.
ROOMS = {
    "authorization": ("oauth_client", "oauth_request", "oauth_connection", "oauth_token"),
    "accounts": (
        *("account", "session", "access_token", "account_mail", "account_link"),
        *("confirmed_address", "invitation", "account_event"),
    ),
    "tasks": (
        *("task", "task_recurrence", "task_occurrence", "idempotency_key", "zone_rules"),
        "project",
    ),
    "reminders": ("reminder",),
    "notifications": ("notification", "channel", "delivery", "used_link"),
    "audit": ("audit_log",),
    "calendars": ("imported_todo",),
    "realtime": ("ticket",),
    "assistant": ("proposal", "change_batch", "change_batch_row", "tool_call"),
    "chat": ("conversations", "messages", "chat_usage"),
    "runtime": (
        *("outbox", "inbox", "bus_event", "bus_position"),
        *("dead_letter", "state_entry", "instance_secret"),
    ),
}

# Tables with a user_id that the download of everything about a person leaves out, and why.
NOT_DOWNLOADED = {
    "account_link": "links that were mailed, kept as hashes until they are used",
    "account_mail": "mails that wait to be sent",
    "idempotency_key": "hashes of requests, for their repetition",
    "oauth_request": "requests of assistants, which last for minutes; the connections are in the file",
    "task_recurrence": "the state of each series, which follows from its tasks",
    "ticket": "tickets of live connections, which last for half a minute",
    "tool_call": "answers to repeated calls, kept for two days; what they say is in the other sections",
}


def test_imports_point_only_inward() -> None:
    assert lint_imports(config_filename=str(BACKEND / "pyproject.toml"), cache_dir=None) == 0


def test_the_domain_imports_the_standard_library_and_dateutil_only() -> None:
    known = sys.stdlib_module_names | {"dateutil"}
    files = list((PRODUCT / "domain").rglob("*.py"))
    foreign = {
        f"{file.relative_to(PRODUCT)}: {name}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _imported(node)
        if name.partition(".")[0] not in known and not name.startswith("todo.domain")
    }
    assert foreign == set()
    assert len(files) > 20


def test_every_table_has_one_room() -> None:
    mapped = [table for tables in ROOMS.values() for table in tables]
    assert sorted(mapped) == sorted(SQLModel.metadata.tables)


def test_a_table_is_named_in_the_sql_of_its_room_only() -> None:
    room_of = {table: room for room, tables in ROOMS.items() for table in tables}
    foreign = {(file, table) for file, table in _uses() if file.partition("/")[0] != room_of[table]}
    assert foreign == set()


def test_the_views_for_other_rooms_only_read() -> None:
    for view in (TASKS, ACCOUNTS, ALL_ACCOUNTS, CONFIRMED):
        assert re.fullmatch(r"SELECT [^;]+ FROM \w+( WHERE [^;]+ IS NULL)?", view)


def test_every_table_is_read_or_written_somewhere() -> None:
    assert {table for _, table in _uses()} == SQLModel.metadata.tables.keys()


def test_every_table_about_a_person_can_be_downloaded() -> None:
    personal = {name for name, table in SQLModel.metadata.tables.items() if "user_id" in table.c}
    downloaded = _tables_in(*OWN_DATA.values())
    assert personal - downloaded == NOT_DOWNLOADED.keys()


def test_tables_are_found_in_every_kind_of_statement() -> None:
    found = _tables_in(
        """WITH due AS (SELECT FROM reminder r, account a WHERE NOT EXISTS (SELECT FROM inbox))
           UPDATE delivery d SET state = 'x' FROM due, task t JOIN channel c ON c.id = d.channel_id
           WHERE extract(epoch FROM now()) > 0""",
        """DELETE FROM ONLY session USING ticket WHERE true""",
        """INSERT INTO outbox SELECT * FROM unnest($1::text[]), notification""",
        """LOCK TABLE audit_log""",
    )
    assert found == {
        *("reminder", "account", "inbox", "delivery", "task", "channel"),
        *("session", "ticket", "outbox", "notification", "audit_log"),
    }


def _uses() -> set[tuple[str, str]]:
    """(file, table) of every table that is named in SQL outside of the schema itself."""
    return {
        (str(file.relative_to(PRODUCT)), table)
        for file in PRODUCT.rglob("*.py")
        if file.relative_to(PRODUCT).parts[0] != "db"
        for table in _tables_in(*_texts(ast.parse(file.read_text())))
    }


def _texts(tree: ast.Module) -> Iterator[str]:
    """The string constants, without docstrings; what an f-string inserts becomes a word of its own."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(values=values):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else " inserted "
                    for part in values
                )
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                yield text


_TOKEN = re.compile(r"'[^']*'|\w+|[(),]")
_BEFORE_A_TABLE = {"FROM", "JOIN", "INTO", "UPDATE", "USING", "TABLE"}


def _tables_in(*texts: str) -> set[str]:
    """Tables after FROM, JOIN, INTO, UPDATE, USING and TABLE, and after the commas of such a list.

    Keywords are upper case in our SQL, so that prose does not match.
    """
    found = set()
    for text in texts:
        depth, lists = 0, set()  # the depths of parentheses at which a list of tables is open
        expected = False
        for token in _TOKEN.findall(text):
            if token == "(":
                depth += 1
            elif token == ")":
                lists.discard(depth)
                depth -= 1
            elif token == ",":
                expected = depth in lists
                continue
            elif token in _BEFORE_A_TABLE:
                lists.add(depth)
                expected = True
                continue
            elif token == "ONLY":
                continue
            elif token.isupper() and token not in {"AS"}:
                lists.discard(depth)
            elif expected and token in SQLModel.metadata.tables:
                found.add(token)
            expected = False
    return found


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case _:
            return []
