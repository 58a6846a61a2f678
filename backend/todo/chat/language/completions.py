"""Sentences that say that something is done, or not: "complete the rent", "I paid the rent", "rent paid"."""

import re
from dataclasses import replace
from typing import Final

from todo.chat.language.reading import Reading, has_date
from todo.chat.language.requests import Action, Add, Change, Offer, Request
from todo.chat.language.targets import read_target
from todo.chat.language.vocabulary import TASK_VERBS
from todo.chat.language.words import FILLERS, is_past, words_of
from todo.domain import quick_add


def complete(found: re.Match[str], reading: Reading) -> Request | None:
    """Weak verbs also begin titles: without a match, "finish the report by friday" is a task to add, without a date perhaps one."""
    whole = reading.quotes.restore(found[0])
    weak = (
        found[0].split()[0].lower() in {"finish", "check", "close", "resolve"} and not found["off"]
    )
    dated = quick_add.parse(whole, now=reading.today.now, timezone=reading.today.timezone).due_date
    otherwise = (Add(whole) if dated else Offer(whole)) if weak else None
    target = read_target(found["target"], reading.quotes, reading.today)
    return Change(Action.COMPLETE, target, otherwise=otherwise)


_AGO: Final = re.compile(
    r"\s+(?:(?P<ago>yesterday|last night)|already|just now|today|this morning|this afternoon|earlier|tonight|now)$",
    re.I,
)


# "The report must be completed": it is still to be done.
_DUTY: Final = re.compile(r"\b(?:be|get)$", re.IGNORECASE)


def done(found: re.Match[str], reading: Reading) -> Request | None:
    said, when = found["target"], ""
    group = re.match(r"(?:everything|all|every|each|tasks)\b", said, re.I)
    while not group and (ago := _AGO.search(said)):
        said, when = said[: ago.start()], when or (ago["ago"] or "")
    if (
        not said.strip()
        or _DUTY.search(said)
        or re.fullmatch(r"(?:what|who|how|why|which|i|we|you|nothing|not)\b.*", said, re.I)
    ):
        return None
    target = read_target(said, reading.quotes, reading.today)
    if (
        target.words
        and not target.exact
        and all(word in FILLERS for word in words_of(target.words))
    ):
        return None  # "I'm done for today"
    return Change(Action.COMPLETE, target, when)


def past(found: re.Match[str], reading: Reading) -> Request | None:
    """ "I paid the rent", "called mom"."""
    first = found["target"].split()[0]
    strict = found["who"] is None
    if not is_past(first) or (
        strict
        and first.lower()
        in {
            "need",
            "read",
            "put",
            "set",
            "cut",
            "shut",
            "left",
            "found",
            "quit",
            "lead",
            "beat",
            "saw",
            "ground",
            "wound",
        }
    ):
        return None
    if first.lower() in {
        "needed",
        "wanted",
        "liked",
        "said",
        "got",
        "decided",
        "wondered",
        "heard",
        "thought",
        "felt",
    }:
        return None
    said = re.sub(r"^(?:did|done)\s+(?=\S)", "", found["target"], flags=re.I)
    request = done(re.match(r"(?P<target>.+)", said, re.S) or found, reading)
    if not isinstance(request, Change):
        return request
    return replace(request, target=replace(request.target, did=True))


# Who says that a task was moved, or that the gym is closed, does not say that something is done.
_NOT_DONE: Final = frozenset(
    ("moved", "rescheduled", "postponed", "shifted", "pushed", "delayed", "cancelled", "closed")
)


def passive(found: re.Match[str], reading: Reading) -> Request | None:
    """ "the cake was ordered", "milk bought"."""
    tail = found.groupdict().get("tail") or ""
    titled = not tail and found["target"].split()[0].lower() in TASK_VERBS
    if (
        _DUTY.search(found["target"])
        or not is_past(found["verb"])
        or titled
        or found["verb"].lower() in _NOT_DONE
    ):
        return None
    if re.match(r"\s+(?:to|for|from|with) (?:me|us)\b", tail, re.I):
        return None  # "the report was sent to me"
    if re.match(r"(?:what|which|who|how|is|are|i|we|you|it)\b", found["target"], re.I):
        return None
    if has_date(found[0], reading):
        return None
    said = re.sub(r"^(?:the|my|our)\s+", "", found["target"], flags=re.I)
    target = read_target(f"{said}{tail}", reading.quotes, reading.today)
    # "The dentist called" completes no "Dentist".
    return Change(Action.COMPLETE, replace(target, words=f"{found['verb']} {target.words}"))


def not_done(found: re.Match[str], reading: Reading) -> Request | None:
    """ "I haven't paid the rent yet": nothing to do, unless it was completed by mistake."""
    return Change(
        Action.REOPEN, read_target(found["target"], reading.quotes, reading.today), "statement"
    )
