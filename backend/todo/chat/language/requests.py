"""What a clause asks for, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class Action(StrEnum):
    COMPLETE = "complete"
    REOPEN = "reopen"
    SKIP = "skip"
    MOVE = "move"
    POSTPONE = "postpone"
    RENAME = "rename"
    DELETE = "delete"
    RESTORE = "restore"
    TAG = "tag"
    UNTAG = "untag"
    PRIORITY = "priority"
    REMIND = "remind"
    SNOOZE = "snooze"
    REPEAT = "repeat"
    DESCRIBE = "describe"
    REDESCRIBE = "redescribe"
    CLEAR_DATE = "clear_date"
    START = "start"
    FILE = "file"
    HISTORY = "history"
    NEXT_DATES = "next_dates"


@dataclass(frozen=True)
class Period:
    """Due dates from `start` to before `end` (aware); None is open. `name` is how a person would say it."""

    name: str
    start: datetime | None = None
    end: datetime | None = None
    undated: bool = False


@dataclass(frozen=True)
class Project:
    """Where a task is filed; 0 is the Inbox."""

    id: int
    name: str


INBOX: Final = Project(0, "Inbox")


@dataclass(frozen=True)
class Target:
    """Which tasks are meant."""

    words: str = ""
    # In quotes: the title as it stands.
    exact: bool = False
    tags: tuple[str, ...] = ()
    project: Project | None = None
    period: Period | None = None
    priority: int | None = None
    repeating: bool = False
    # "all", "every", "both", or a group such as "tasks tagged home": every match is meant.
    several: bool = False
    # "it", "that", "them": the tasks of the answer before.
    pronoun: bool = False
    # The words are a whole title.
    whole: bool = False
    # The words are what somebody did: "paid the rent" means "Rent" too.
    did: bool = False
    # "the rest", "the others": what was listed and no order has named since.
    rest: bool = False
    # "the second one", "#3" of the last list, from 1; -1 is the last.
    ordinals: tuple[int, ...] = ()
    completed: bool = False
    # The words are a sentence that names the task somewhere: "the kitchen is dirty again, reopen it".
    mentioned: bool = False
    excluded: tuple["Target", ...] = ()


@dataclass(frozen=True)
class Add:
    """A line for quick add. `title`: given in quotes, so that nothing in it is read as a date."""

    line: str
    title: str | None = None
    # It was only said: nobody asked to add it.
    stated: bool = False


@dataclass(frozen=True)
class Show:
    target: Target
    count: bool = False
    # A wider reading of the question, for when nothing is found.
    wider: Target | None = None
    otherwise: "Tell | None" = None


@dataclass(frozen=True)
class Change:
    action: Action
    target: Target
    # What the action needs: a date, a title, a tag, a rule.
    value: str = ""
    # Other ways to divide the words into target and value: "rename talk to bob to talk to ann".
    others: tuple[tuple[Target, str], ...] = ()
    # What is meant when no task matches: "finish the report by friday" adds one.
    otherwise: "Add | Offer | Tell | None" = None


@dataclass(frozen=True)
class Undo:
    pass


@dataclass(frozen=True)
class Overview:
    pass


@dataclass(frozen=True)
class ListTags:
    pass


@dataclass(frozen=True)
class ListProjects:
    pass


@dataclass(frozen=True)
class Tell:
    """A plain answer that needs no tool."""

    text: str


@dataclass(frozen=True)
class Offer:
    """Not understood as an order; offers to add it as a task, which "yes" accepts."""

    line: str


Request = Add | Show | Change | Undo | Overview | ListTags | ListProjects | Tell | Offer


@dataclass(frozen=True)
class Call:
    """A tool call that the dialogue wants to make."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Memory:
    """What the last answer left behind in this conversation: what "it", "the second" and "yes" refer to."""

    # (id, title) of the tasks that were listed or changed.
    shown: tuple[tuple[int, str], ...] = ()
    # The last list of several tasks, and which of them orders have named since: "the rest" are the others.
    listed: tuple[tuple[int, str], ...] = ()
    named: tuple[int, ...] = ()
    # The sentence that a question was asked about; the answer picks from `shown`.
    asked: str | None = None
    # The line that was offered to be added.
    offered: str | None = None
    batch_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "shown": [list(each) for each in self.shown],
            "listed": [list(each) for each in self.listed],
            "named": list(self.named),
            "asked": self.asked,
            "offered": self.offered,
            "batch_id": self.batch_id,
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> "Memory":
        return Memory(
            _tasks_of(value.get("shown")),
            _tasks_of(value.get("listed")),
            tuple(int(id_) for id_ in value.get("named") or ()),
            value.get("asked"),
            value.get("offered"),
            value.get("batch_id"),
        )


def _tasks_of(value: Any) -> tuple[tuple[int, str], ...]:
    return tuple((int(id_), str(title)) for id_, title in value or ())


@dataclass(frozen=True)
class Answer:
    text: str
    memory: Memory = field(default_factory=Memory)
