"""Orders that change tags, priority, reminders or repetition, that delete, and what is asked not to be done."""

import re
from dataclasses import replace
from typing import Final

from todo.chat.language import grammar_add
from todo.chat.language.dates import LENGTH, LENGTHS, split_when
from todo.chat.language.reading import Read, Reading, has_date
from todo.chat.language.requests import INBOX, Action, Add, Change, Request, Tell, Undo
from todo.chat.language.targets import LEVELS, read_target
from todo.chat.language.vocabulary import COMMANDS
from todo.domain import quick_add


def change(action: Action, value: str = "") -> Read:
    """A reader for patterns with a group `target`, and `value` where the action needs one."""

    def read(found: re.Match[str], reading: Reading) -> Request | None:
        groups = found.groupdict()
        said = groups.get("value")
        target = read_target(groups["target"], reading.quotes, reading.today)
        return Change(action, target, value or reading.quotes.restore(said or ""))

    return read


def undo(_found: re.Match[str], _reading: Reading) -> Request:
    return Undo()


def negated(found: re.Match[str], reading: Reading) -> Request | None:
    rest = found["rest"]
    if forget := re.match(
        r"(?:let me )?forget (?:to |about |that i (?:have|need) to )?", rest, re.I
    ):
        return grammar_add.add_line(rest[forget.end() :], reading.quotes)
    if remind := re.match(r"remind me (?:of|about)\s+(?P<target>.+)", rest, re.I):
        target = read_target(remind["target"], reading.quotes, reading.today)
        return Change(Action.REMIND, target, "none")
    if re.match(
        rf"(?:you )?(?:ever )?(?:{'|'.join(sorted(COMMANDS, key=len, reverse=True))})\b", rest, re.I
    ):
        return Tell(f"Nothing was changed: you asked me not to {reading.quotes.restore(rest)}.")
    return None


def untag(found: re.Match[str], reading: Reading) -> Request | None:
    """ "untag the dentist health", "untag health from the dentist"."""
    one, other = found["target"], found["value"]
    ways = [
        (read_target(target, reading.quotes, reading.today), value)
        for target, value in ((one, other), (other, one))
    ]
    if other.startswith("#"):
        del ways[1]
    return Change(Action.UNTAG, *ways[0], others=tuple(ways[1:]))


def file_in(found: re.Match[str], reading: Reading) -> Request | None:
    """ "put the dentist into Garden": files it, or adds it there when there is no such task."""
    groups = found.groupdict()
    project = INBOX if groups.get("inbox") else reading.quotes.projects.get(found["project"])
    if project is None:
        return None
    target = read_target(found["target"], reading.quotes, reading.today)
    verb = found[0].split()[0].lower()
    line = f"{found['target']} +{project.name}"
    new = Add(reading.quotes.restore(line)) if verb in {"add", "put"} and project.id else None
    return Change(Action.FILE, target, str(project.id), otherwise=new)


def unfile(found: re.Match[str], reading: Reading) -> Request | None:
    project = reading.quotes.projects.get(found["project"])
    target = read_target(found["target"], reading.quotes, reading.today)
    return Change(Action.FILE, replace(target, project=project), "0")


def unknown_project(found: re.Match[str], reading: Reading) -> Request | None:
    name = reading.quotes.restore(found["name"] or found["called"])
    return Tell(
        f"There is no project “{name}”, so nothing was changed. I cannot create one; the page can. "
        "Say “list my projects” to see those there are."
    )


def describe(found: re.Match[str], reading: Reading) -> Request | None:
    value = reading.quotes.restore(found["value"]).strip(" :")
    return Change(
        Action.DESCRIBE, read_target(found["target"], reading.quotes, reading.today), value
    )


def priority(found: re.Match[str], reading: Reading) -> Request | None:
    level = LEVELS.get(found["level"].lower().removeprefix("p"))
    if level is None:
        return None
    return Change(
        Action.PRIORITY, read_target(found["target"], reading.quotes, reading.today), str(level)
    )


def remind(found: re.Match[str], reading: Reading) -> Request | None:
    """ "remind me about the rent 2 hours before": a reminder of an existing task, else a new task."""
    rest = found["rest"]
    before = re.search(
        rf":?\s+(?P<value>(?:{LENGTHS} before and )?(?:{LENGTHS}|the (?:day|evening|night|morning)|the day) (?:before(?:hand)?|ahead|earlier|in advance)(?: at .+)?"
        r"|when (?:it is|it's|it becomes) due|at the time|on time)$",
        rest,
        re.IGNORECASE,
    )
    line = f"remind me {found['how']} {rest}".replace("  ", " ")
    otherwise = Add(reading.quotes.restore(line))
    if before:
        target = read_target(rest[: before.start()], reading.quotes, reading.today)
        return Change(Action.REMIND, target, before["value"], otherwise=None)
    divided = split_when(rest, reading.today)
    if divided is not None and divided[0]:
        target = read_target(divided[0], reading.quotes, reading.today)
        return Change(Action.REMIND, target, divided[1], otherwise=otherwise)
    return Change(
        Action.REMIND, read_target(rest, reading.quotes, reading.today), otherwise=otherwise
    )


def snooze(found: re.Match[str], reading: Reading) -> Request | None:
    rest = (found["rest"] or "").strip()
    if length := re.fullmatch(rf"(?P<target>.*?)\s*(?:for |by )?(?P<value>{LENGTH})", rest, re.I):
        said = length["target"] or "it"
        return Change(
            Action.SNOOZE, read_target(said, reading.quotes, reading.today), f"+{length['value']}"
        )
    divided = split_when(
        f"it {rest}" if not rest or rest.split()[0].lower() in {"until", "till", "to"} else rest,
        reading.today,
    )
    if divided is not None:
        return Change(
            Action.SNOOZE,
            read_target(divided[0] or "it", reading.quotes, reading.today),
            divided[1],
        )
    return Change(
        Action.SNOOZE, read_target(rest or "it", reading.quotes, reading.today), "+10 minutes"
    )


def repeat(found: re.Match[str], reading: Reading) -> Request | None:
    rule = re.sub(r"\bhalf (?:a )?year\b", "6 months", found["value"], flags=re.I)
    words = (
        rule
        if re.match(r"(?:every|each|on|\w+ly\b|\w+days\b|weekends)", rule, re.I)
        else f"every {rule}"
    )
    parsed = quick_add.parse(f"zq {words}", now=reading.today.now, timezone=reading.today.timezone)
    if parsed.recurrence is None or parsed.title != "zq":
        return None
    return Change(Action.REPEAT, read_target(found["target"], reading.quotes, reading.today), words)


_WEAK_DELETE: Final = {"cancel", "clear", "drop", "bin", "scrap"}


def delete(found: re.Match[str], reading: Reading) -> Request | None:
    said = found["target"]
    if re.search(r"\b(?:permanently|for ?ever|for good|irrevocably)\b", said, re.I) or re.fullmatch(
        r"(?:the |my )?(?:trash|bin|recycle bin)", said, re.I
    ):
        return Tell(
            "I cannot delete for ever. Deleted tasks stay in the trash, from where they can be restored. "
            "I can move a task there: say for example: delete “buy milk”."
        )
    if re.fullmatch(
        r"(?:this |the |our |my )?(?:conversation|chat|history|account|messages?)", said, re.I
    ):
        return Tell(
            "I only change tasks. A conversation is deleted in the list of conversations, an account by its owner in the settings."
        )
    verb = found[0].split()[0].lower()
    line = Add(reading.quotes.restore(found[0])) if verb in _WEAK_DELETE else None
    target = read_target(said, reading.quotes, reading.today)
    return Change(
        Action.DELETE, target, otherwise=line if line and has_date(line.line, reading) else None
    )
