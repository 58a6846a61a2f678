"""Commands of an operator: each error is one line that says what to do."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from todo import cli
from todo.launch.data_dir import claimed
from todo.runtime.dapr import kafka_admin
from todo.runtime.settings import Settings

REPLAY = ["replay", "--from", "2026-11-01"]


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "KAFKA_BROKERS", "TODO_RUNTIME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)  # settings are also read from .env in the working directory
    monkeypatch.setenv("TODO_DATA_DIR", str(tmp_path))


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["todo", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([*REPLAY, "--topic", "nonsense", "--consumer", "audit"], "todo-audit of task-events"),
        ([*REPLAY, "--topic", "task-events", "--consumer", "bdu"], "no consumer “bdu”"),
        ([*REPLAY, "--topic", "task-events", "--consumer", "audit"], "TODO_DATA_DIR"),
        (REPLAY, "--source outbox"),
        ([*REPLAY, "--source", "outbox", "--consumer", "audit"], "--consumer"),
        ([*REPLAY, "--source", "outbox", "--topic", "nonsense"], "task-events"),
        ([*REPLAY, "--source", "table"], "broker or outbox"),
        (["dead-letters", "list"], "DATABASE_URL"),
        (["dead-letters", "redrive"], "--all"),
        (["topics", "apply"], "KAFKA_BROKERS"),
        (["migrate"], "DATABASE_URL"),
    ],
)
def test_an_error_of_the_operator_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    says: str,
) -> None:
    assert run(monkeypatch, *words) == 1
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


def test_topics_are_created_on_the_broker_of_the_running_stack(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    described: dict[str, Any] = {
        "database_url": "postgresql://localhost/todo",
        "kafka_brokers": "127.0.0.1:9",
    }
    asked: list[str | None] = []

    async def apply_topics(settings: Settings) -> list[str]:
        asked.append(settings.kafka_brokers)
        return []

    monkeypatch.setattr(kafka_admin, "apply_topics", apply_topics)
    with claimed(tmp_path):
        (tmp_path / "stack.json").write_text(json.dumps(described))
        assert run(monkeypatch, "topics", "apply") == 0
        # First the database of the stack, named by the operator; then another database.
        monkeypatch.setenv("DATABASE_URL", described["database_url"])
        assert run(monkeypatch, "topics", "apply") == 0
        monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/todo")
        assert run(monkeypatch, "topics", "apply") == 0
        monkeypatch.delenv("DATABASE_URL")
        monkeypatch.setenv("KAFKA_BROKERS", "elsewhere:9092")
        assert run(monkeypatch, "topics", "apply") == 0
    monkeypatch.delenv("KAFKA_BROKERS")
    assert run(monkeypatch, "topics", "apply") == 0, "a killed stack leaves its file"
    assert asked == ["127.0.0.1:9", "127.0.0.1:9", None, "elsewhere:9092", None]
