"""Orders that move, postpone or rename: the words are divided into a target and a value."""

import re
from dataclasses import replace
from typing import Final

from todo.chat.language.dates import LENGTH, read_length, read_when, split_when
from todo.chat.language.reading import Reading
from todo.chat.language.requests import Action, Add, Change, Request, Tell
from todo.chat.language.targets import read_target

_BY: Final = re.compile(
    rf"(?P<target>.+?)\s+(?:(?:back|forward|forwards|out|ahead|up|on|off)\s+)?(?:by\s+|for\s+)?(?P<length>{LENGTH})"
    r"(?:\s+(?P<direction>later|earlier|back|forward|ahead|sooner|out))?",
    re.IGNORECASE,
)


def _moved(
    action: Action, rest: str, reading: Reading, *, needs_date: bool = False
) -> Request | None:
    rest = rest.strip()
    if shift := _BY.fullmatch(rest):
        length = read_length(f"{shift['number']} {shift['unit']}")
        if length is not None:
            target = read_target(_without_tail(shift["target"]), reading.quotes, reading.today)
            earlier = (shift["direction"] or "").lower() in {"earlier", "sooner"} or bool(
                re.match(r"bring\b.*\bforward", rest, re.I)
            )
            return Change(action, target, f"{'-' if earlier else '+'}{shift['length']}")
    if undated := re.fullmatch(
        r"(?P<target>.+?)\s+(?:to|into)\s+(?:the |my )?(?:inbox|no date|someday|later list)",
        rest,
        re.I,
    ):
        return Change(
            Action.CLEAR_DATE, read_target(undated["target"], reading.quotes, reading.today)
        )
    divided = split_when(rest, reading.today)
    if divided is not None and divided[0]:
        head, phrase, _ = divided
        return Change(
            action, read_target(_without_tail(head), reading.quotes, reading.today), phrase
        )
    if except_ := re.search(
        r"[\s,]+(?:except|but not|excluding|without|apart from|other than)\b.*$", rest, re.I
    ):
        divided = split_when(rest[: except_.start()], reading.today)
        if divided is not None and divided[0]:
            head, phrase, _ = divided
            target = read_target(_without_tail(head) + except_[0], reading.quotes, reading.today)
            return Change(action, target, phrase)
    if needs_date:
        return None
    return Change(action, read_target(_without_tail(rest), reading.quotes, reading.today))


def _without_tail(text: str) -> str:
    """ "everything from thursday over" → "everything from thursday"."""
    if re.search(r"\b(?:without|no)(?: an?y?)?(?: due)? date$", text, re.I):
        return text
    return re.sub(
        r"\s+(?:over|back|forward|out|off|up|ahead|so it is|to be|due|date|'s due date|'s date)$",
        "",
        text.strip(),
        flags=re.I,
    )


def move(found: re.Match[str], reading: Reading) -> Request | None:
    request = _moved(Action.MOVE, found["rest"], reading)
    moves_home = isinstance(request, Change) and _HOME.match(request.target.words)
    return None if moves_home else request


# "move house in june", "move to Berlin on monday": a task of its own.
_HOME: Final = re.compile(r"(?:house|home|flats?|to|at|in with)\b", re.IGNORECASE)


def postpone(found: re.Match[str], reading: Reading) -> Request | None:
    return _moved(Action.POSTPONE, found["rest"], reading)


def to_a_date(found: re.Match[str], reading: Reading) -> Request | None:
    """ "dentist to friday": moves, or adds when there is no such task."""
    rest = re.sub(r"\s*(?:->|→|=>)\s*", " to ", found["rest"])
    rest = re.sub(
        r"\s+(?:has been |was |got |is |have been |were |are )?(?:(?:moved|rescheduled|postponed|shifted|pushed)|(?=on\b|at\b))"
        r"\s*(?=to\b|until\b|on\b|at\b)",
        " ", rest, flags=re.I,
    )  # fmt: skip
    if not re.match(
        r"(?:to|on|at|until)\b", (split_when(rest, reading.today) or ("", ""))[1], re.I
    ):
        return None
    request = _moved(Action.MOVE, rest, reading, needs_date=True)
    if not isinstance(request, Change) or request.target.several:
        return request
    return replace(request, otherwise=Add(reading.quotes.restore(rest)))


def perhaps_move(found: re.Match[str], reading: Reading) -> Request | None:
    """ "put the dentist on friday": moves it, or adds it when there is no such task."""
    verb = found[0].split()[0].lower()
    rest = re.sub(r"\s+(?:moved|rescheduled)(?=\s+to\b)", "", found["rest"], flags=re.I)
    request = _moved(Action.MOVE, rest, reading, needs_date=True)
    if not isinstance(request, Change) or request.action is not Action.MOVE:
        return None
    if request.target.several:
        return request
    placed = verb == "schedule" or (verb == "put" and not _PARTICLE.search(rest))
    said = rest if placed else found[0]
    return replace(request, otherwise=Add(reading.quotes.restore(said)))


# "put the bins out on thursday"
_PARTICLE: Final = re.compile(r"\b(?:out|up|away|down|back|together)\b", re.IGNORECASE)


def bring(found: re.Match[str], reading: Reading) -> Request | None:
    if re.search(r"\bback\b", found["rest"], re.I):
        return None
    tail = re.sub(r"^\s*(?:forward|up)\s*", " ", found["tail"])
    forward = bool(re.search(r"\b(?:forward|up)\b", found[0], re.I))
    request = _moved(Action.MOVE, f"{found['rest']}{tail}", reading, needs_date=True)
    if isinstance(request, Change) and request.value.startswith("+") and forward:
        return Change(request.action, request.target, f"-{request.value[1:]}")
    return request


def due(found: re.Match[str], reading: Reading) -> Request | None:
    value = re.sub(r"\s+(?:now|instead)$", "", found["value"], flags=re.I)
    request = _moved(Action.MOVE, f"{found['target']} {value}", reading, needs_date=True)
    stated = found.start("target") == 0  # "the library book is due friday"
    if not stated or not isinstance(request, Change):
        return request
    if request.target.several or request.target.pronoun:
        return request
    return replace(request, otherwise=Add(reading.quotes.restore(found[0])))


def rename(found: re.Match[str], reading: Reading) -> Request | None:
    text = found["rest"]
    ways = [
        (text[: each.start()], text[each.end() :])
        for each in re.finditer(r"\s+(?:to|into|as)\s+|\s*(?:->|→|=>|:)\s*", text)
        if text[: each.start()].strip() and text[each.end() :].strip()
    ]
    if not ways:
        return Tell("What should it be called? Say for example: rename “old” to “new”.")
    read = [
        (
            read_target(target, reading.quotes, reading.today),
            reading.quotes.restore(value).strip(" ."),
        )
        for target, value in ways
    ]
    (target, value), *others = read
    return Change(Action.RENAME, target, value, others=tuple(others))


def change_to(found: re.Match[str], reading: Reading) -> Request | None:
    """ "change the dentist to friday" moves; "change “a” to “b”" renames."""
    moved = _moved(Action.MOVE, found["rest"], reading, needs_date=True)
    if moved is not None:
        return moved
    return rename(found, reading) if re.search(r"\s(?:to|into)\s", found["rest"]) else None


def start(found: re.Match[str], reading: Reading) -> Request | None:
    """ "start the passport on monday": its start date, or a new task when there is no such task."""
    value = re.sub(r"^(?:the|on the|from the) (?=\d)", "", found["value"])
    value = re.sub(r"^(?:from|after|only)\s+", "", value, flags=re.I)
    when = read_when(value, reading.today)
    if when is None or not when.has_day:
        return None  # "the gym class starts at 6"
    target = read_target(found["target"], reading.quotes, reading.today)
    # "The project starts on monday" says nothing about the task "Project plan".
    said = bool(re.search(r"\b(?:starts|begins)\s+\S+", found[0], re.IGNORECASE))
    target = replace(target, whole=said and not target.several)
    return Change(Action.START, target, value, otherwise=Add(reading.quotes.restore(found[0])))


def planned(found: re.Match[str], reading: Reading) -> Request | None:
    """ "the dentist should be on friday", "I'll do the passport tomorrow": moves, or adds what is no task yet."""
    groups = found.groupdict()
    said = " ".join(filter(None, (groups["target"], groups.get("value"))))
    divided = split_when(re.sub(r"\s+(?:now|instead)$", "", said, flags=re.I), reading.today)
    if divided is None or not divided[0] or re.search(r"\b(?:is|are) (?:now )?done\b", found[0]):
        return None
    if groups.get("value") and divided[0] != groups["target"].strip():
        return None
    target = read_target(divided[0], reading.quotes, reading.today)
    added = None if target.several or target.pronoun else Add(_new(found, said, reading))
    return Change(Action.MOVE, target, divided[1], otherwise=added)


def _new(found: re.Match[str], said: str, reading: Reading) -> str:
    way = found.groupdict().get("way")
    return reading.quotes.restore(f"{way} {said}" if way else said)
