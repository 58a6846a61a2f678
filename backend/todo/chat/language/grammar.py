"""A clause becomes a request. Rules are tried in order; each is a pattern and a reader that may decline."""

import re
from dataclasses import replace
from typing import Final

from todo.chat.language import grammar_add, grammar_show, slots
from todo.chat.language.clauses import correct_verb, polite
from todo.chat.language.dates import bare, split_when
from todo.chat.language.orders import rows
from todo.chat.language.other_words import usual
from todo.chat.language.reading import Read, Reading
from todo.chat.language.requests import Action, Add, Change, Request, Show, Tell
from todo.chat.language.targets import split_exceptions, without
from todo.chat.language.vocabulary import COMMANDS


def read_clause(clause: str, reading: Reading) -> Request:
    # A quick-add line may begin with anything; only orders are corrected.
    text = correct_verb(polite(clause))
    if len(text) > _MOST_LETTERS:
        return grammar_add.read_long(text, reading.quotes)
    text = usual(text)
    plain = bare(text)
    if _QUESTION.search(text) and not re.match(
        rf"(?:{_FIRST_WORDS}|do (?:the|my|it))\b", text, re.IGNORECASE
    ):
        # A question never changes anything.
        request = _by_rules(plain, reading, _QUESTIONS)
        return _wider(request, plain, reading) if request else _asked(plain, reading)
    request = _without_exceptions(plain, reading) or _by_rules(plain, reading)
    if isinstance(request, Add) and request.stated:
        return _ordered(request, reading)
    if request is None:
        return grammar_add.read_statement(text, reading.quotes, reading.today)
    return _wider(request, plain, reading)


def _ordered(new: Add, reading: Reading) -> Request:
    """ "I need to move the dentist to friday": an order, if there is such a task."""
    request = _by_rules(new.line, reading) if _MOVING.match(new.line) else None
    if isinstance(request, Change) and request.value:
        return replace(request, otherwise=new)
    return new


_MOVING: Final = re.compile(
    r"(?:move|reschedule|postpone|push|shift|rename|delay|snooze|bring|put off)\b", re.IGNORECASE
)


def _wider(request: Request, plain: str, reading: Reading) -> Request:
    if isinstance(request, Show) and not reading.quotes.first(plain):
        return replace(request, wider=slots.shown(plain, reading))
    return request


def _asked(plain: str, reading: Reading) -> Request:
    """A question that no phrase fits: what it filters by, or the task that it names."""
    unknown = grammar_add.read_statement(f"{plain}?", reading.quotes, reading.today)
    target = slots.shown(plain, reading)
    if not slots.is_filtered(target) or not isinstance(unknown, Tell):
        return unknown
    return Show(target, otherwise=unknown)


_MOST_LETTERS: Final = 600


_QUESTION: Final = re.compile(
    r"^(?:is|are|was|were|am|did|do(?= (?:i|we)\b)|does|has|have(?= (?:i|we)\b)|who|what|why|how|where|when|which|should i)\b|\?\s*$",
    re.IGNORECASE,
)


_FIRST_WORDS: Final = "|".join(
    re.escape(verb)
    for verb in sorted(
        COMMANDS | {"get", "put", "take", "throw", "remember"}, key=len, reverse=True
    )
    if verb
    not in {
        "what",
        "which",
        "when",
        "what is",
        "what's",
        "what do",
        "done",
        "finished",
        "completed",
    }
)


def _by_rules(
    plain: str, reading: Reading, rules: "tuple[tuple[re.Pattern[str], Read], ...] | None" = None
) -> Request | None:
    for pattern, read in _RULES if rules is None else rules:
        found = pattern.match(plain)
        if found:
            request = read(found, reading)
            if request is not None:
                return request
    return None


def _without_exceptions(plain: str, reading: Reading) -> Request | None:
    """ "mark everything as done except the cake": the order is read without its exceptions."""
    main, excluded = split_exceptions(plain, reading.quotes, reading.today)
    if not excluded:
        return None
    request = _by_rules(main, reading)
    if not isinstance(request, Change | Show) or not (
        request.target.several or request.target.pronoun
    ):
        return None
    if isinstance(request, Change) and request.action in (Action.MOVE, Action.POSTPONE):
        divided = split_when(plain, reading.today)
        if not request.value or (divided and len(divided[0]) > len(main)):
            return None  # the date stands behind the exception
    return replace(request, target=without(request.target, excluded))


def _plain(answer: Request) -> Read:
    return lambda _found, _reading: answer


_QUESTIONS: Final[tuple[tuple[re.Pattern[str], Read], ...]] = (
    *((pattern, _plain(answer)) for pattern, answer in grammar_show.FIXED),
    *((pattern, lambda found, reading, read=read: read(found, reading.quotes, reading.today))
      for pattern, read in grammar_show.RULES),
)  # fmt: skip


_RULES: Final[tuple[tuple[re.Pattern[str], Read], ...]] = (
    *_QUESTIONS[: len(grammar_show.FIXED)],
    *((pattern, lambda found, reading, read=read: read(found, reading.quotes, reading.today))
      for pattern, read in grammar_add.EARLY),
    *_QUESTIONS[len(grammar_show.FIXED) :],
    *((re.compile(rf"(?:{pattern})$", re.IGNORECASE | re.DOTALL), read) for pattern, read in rows()),
)  # fmt: skip
