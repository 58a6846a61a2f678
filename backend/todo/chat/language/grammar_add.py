"""Adding: the orders to add, several tasks in one, and statements that are tasks themselves."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from todo.chat.language.clauses import Quotes, polite
from todo.chat.language.dates import Today
from todo.chat.language.projects import MARKED
from todo.chat.language.requests import Add, Offer, Request, Tell
from todo.chat.language.vocabulary import STRONG, TASK_VERBS
from todo.domain import quick_add

Read = Callable[[re.Match[str], Quotes, Today], Request | None]

_KIND: Final = r"(?:(?:new |another |one |quick |recurring |repeating |daily |weekly )*(?:task|to-?do|item|entry|reminder)s?)"
_LIST_TAIL: Final = re.compile(
    r"\s+(?:to|on|in|onto|into)\s+(?:my|the|our)\s+(?:\w+\s+)?(?:list|tasks|to-?dos?|inbox|to-?do list|task list|agenda)\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(
    r"^(?:called|named|titled|saying|that says|to|for|about|with (?:the )?(?:title|name))\s+",
    re.IGNORECASE,
)
# "to the Garden project: buy compost" → "+Garden buy compost"
_WHERE: Final = re.compile(
    rf"(?:\b(?:to|in|into|under|inside|for|on|of)\s+)?{MARKED}\s*:?", re.IGNORECASE
)
_MODAL: Final = re.compile(
    r"^(?:that\s+)?(?:i|we)(?:'ve| have)?\s*(?:need|have|must|should|ought|got|gotta|want)\s+(?:to\s+)?",
    re.IGNORECASE,
)
_BULLET: Final = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)]|\[ ?\])\s+")


@dataclass(frozen=True)
class _Many:
    """More tasks than one in a single order."""

    adds: tuple[Add, ...]


def add_line(line: str, quotes: Quotes) -> Add:
    """One line for quick add. A quoted title keeps its words; the rest is read for dates and tags."""
    line = _WHERE.sub(lambda found: f"+{found['project']} ", line).strip()
    line = re.sub(rf"^({MARKED})\s+(?:task|to-?do|item)\b\s*:?", r"\1", line, flags=re.I)
    only = quotes.only(line)
    if only is not None:
        return Add("", title=only)
    quoted = quotes.first(line)
    if quoted is not None:
        start = line.index(next(mark for mark, text in quotes.texts.items() if text == quoted))
        head, rest = line[:start].strip(), line[start + 1 :].strip()
        if not head or re.fullmatch(r"(?:called|named|titled|task|a task|:)", head, re.I):
            return Add(quotes.restore(rest), title=quoted)
    return Add(quotes.restore(line))


def plain_dates(line: str) -> str:
    """Dates as quick add writes them: "until saturday" for "by saturday", "from 5 january on"."""
    line = re.sub(r"\bfrom (.+?) on(?:wards?)?$", r"from \1", line, flags=re.I)
    line = re.sub(
        r"(?:^|\s)to (?=(?:today|tomorrow|tonight|next \w+|\w+day)$)", " ", line, flags=re.I
    )
    line = re.sub(
        r"\b(?:latest by|by latest|at the latest|no later than|not later than)\b",
        "by",
        line,
        flags=re.I,
    )
    if re.search(r"\b(?:every|each|daily|weekly|monthly|yearly)\b", line, re.I):
        return line  # the end of a repetition
    return re.sub(r"\b(?:until|till|til|latest)\s+(?=\S+(?:\s+\S+){0,3}$)", "by ", line, flags=re.I)


def _add(found: re.Match[str], quotes: Quotes, today: Today) -> Request | None:
    rest = found["rest"].strip()
    if tail := _LIST_TAIL.search(rest):
        rest = f"{rest[: tail.start()]}{tail['rest']}"
    rest = _NAMED.sub("", rest) if found.groupdict().get("kind") else rest
    rest = _MODAL.sub("", rest.lstrip(":,- "))
    rest = re.sub(r"^((?:for|on|due|by) [^:]{3,30}?): ?(.+)", r"\2 \1", rest, flags=re.I)
    if not rest.strip(" .!?"):
        return Tell("What should I add? Say for example: add buy milk tomorrow at 5pm.")
    return (
        add_line(rest.rstrip(" ."), quotes)
        if not re.search(r"\d\.$", rest)
        else add_line(rest, quotes)
    )


def _need(found: re.Match[str], quotes: Quotes, today: Today) -> Request | None:
    rest = found["rest"]
    if re.match(
        r"(?:know|see|find out|hear|check what|look at|tell you|ask you|help|delete|remove|cancel)\b",
        rest,
        re.I,
    ):
        return None
    return replace(add_line(rest, quotes), stated=True)


def _remind_to(found: re.Match[str], quotes: Quotes, today: Today) -> Request | None:
    """Quick add reads the whole line: "remind me to call mom tomorrow at 9" rings then."""
    when, rest = (found["when"] or "").strip(" ,"), found["rest"]
    line = f"remind me to {rest}{f' {when}' if when else ''}"
    return (
        add_line(line, quotes)
        if not quotes.first(line)
        else add_line(f"{rest} {when}".strip(), quotes)
    )


def several_lines(message: str, quotes: Quotes) -> list[Add] | None:
    """ "add: milk; eggs", "add these tasks: a, b and c", or a list with bullets: one task each."""
    found = _MANY.fullmatch(message.strip())
    if not found:
        return None
    rest = found["rest"]
    if "\n" in rest.strip():
        parts = [_BULLET.sub("", line) for line in rest.splitlines()]
    elif ";" in rest:
        parts = rest.split(";")
        if any(_is_order(part) for part in parts[1:]):
            return None
    elif found["plural"]:
        parts = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", rest)
    else:
        return None
    lines = [part.strip(" .") for part in parts if part.strip(" .,;")]
    return [add_line(line, quotes) for line in lines] if len(lines) > 1 else None


def _is_order(text: str) -> bool:
    words = polite(text).lower()
    return any(re.match(rf"{re.escape(verb)}\b", words) for verb in STRONG)


_MANY: Final = re.compile(
    r"(?:please\s+)?(?:(?:can|could) you\s+)?(?:add|create|make|new)\s*"
    r"(?P<plural>(?:(?:these|the following|two|three|four|five|some|\d+|following|new|all of these)\s+)*(?:new\s+)?(?:tasks|to-?dos|items|things|entries|ones)|(?:these|the following)(?=:))?"
    r"(?:\s+to (?:my|the) (?:\w+ )?list)?\s*:?\s*(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)


def _rules(*rows: tuple[str, Read]) -> tuple[tuple[re.Pattern[str], Read], ...]:
    return tuple(
        (re.compile(rf"(?:{pattern})$", re.IGNORECASE | re.DOTALL), read) for pattern, read in rows
    )


# "add a reminder for the rent", "add #home to milk" and "add a note to the rent" are changes of existing tasks.
_NOT_A_CHANGE: Final = (
    r"(?!(?:the |a )?(?:note|comment|remark|description) [\ue000-\uefff] (?:to|on|in)\b|(?:due |start )?(?:date|deadline|time|day|name|title|priority) (?:for|of)\b|(?:for|on|about) .+(?::|[\ue000-\uefff]$)|to (?:the )?(?:description|notes?|comments?) (?:of|for|on)\b"
    r"|(?:a |another |the )?reminders? (?:for|on|about|of|\d+|an?|one|two|three|half)\b|(?:the |a )?#\S+(?: tag)? (?:to|on)\b|(?:the |a )?(?:tag|label)s? \S.* (?:to|on|for)\b"
    r"|(?:the |a )?\S+ (?:tag|label) (?:to|on)\b|(?:a |the )?(?:note|description|comment|detail|remark)s? (?:to|on|for|of|in)\b|(?:the |my )\S.* (?:to|into|in|under) \+[\uf000-\uf8ff]$"
    r"|.+ (?:to|in|into|as) (?:a |the )?(?:note|description|comment|details|remark)s? (?:of|for|on|to)\b|.+'s (?:notes?|description)$)"
)
EARLY: Final = _rules(
    (r"(?:(?:set|add|create|make) (?:me )?(?:a |another )?reminder|remind me|reminder)(?P<when>\s+(?!to\b|about\b|of\b|that\b|on time\b).{1,40}?)?\s+(?:to\b|that i (?:(?:need|have|must|should|want) (?:to )?)?)\s*(?P<rest>.+)", _remind_to),
    (rf"(?:add|create|insert|enter|record|new|make|set up|set|put(?= (?:a|another|this) )|put down|put in|note down|jot down|write down|log|remember)\s*:?\s+{_NOT_A_CHANGE}(?:me\s+)?(?:(?:a|an|the|another|one|this)\s+)?(?P<kind>{_KIND}\b\s*[:,-]?\s*)(?P<rest>.*)", _add),
    (rf"(?:add|insert|enter|note down|jot down|write down|put down)\s*:?\s+{_NOT_A_CHANGE}(?P<rest>.+)", _add),
    (rf"(?:create|new|note)\s*:?\s+{_NOT_A_CHANGE}(?P<rest>.+)", _add),
    (rf"(?:schedule|plan)\s+(?P<rest>.+{MARKED}.*)", _add),
    (r"(?P<kind>(?:task|to-?do|new task))\s*:\s*(?P<rest>.+)", _add),
    (r"put\s+(?P<rest>.+\s+(?:on|in|onto|into)\s+(?:my|the)\s+(?:\w+\s+)?(?:list|inbox|tasks|agenda)\b.*)", _add),
    (r"(?:(?:gotta|got to|need to|have to|must) )(?P<rest>.+)", _need),
    (r"(?:i|we)(?:'ve| have)? ?(?:(?:really|still|also|definitely|just) )*(?:need to|have to|must(?: to)?|should(?: to)?|ought to|gotta|got to|have got to|am supposed to|want to remember to)\s+(?P<rest>.+)", _need),
    (r"(?:remember to|make sure (?:to|i|that i)|be sure to|note to self:?)\s+(?P<rest>.+)", _need),
    (r"(?:add|create|new|insert)(?: (?:a |new |the )*(?:task|to-?do|item))?(?P<rest>)", _add),
)  # fmt: skip


TOO_LONG: Final = Tell(
    "That is too long for me to understand. Say one thing at a time, or “add” and the text to keep it as a task."
)


def read_long(text: str, quotes: Quotes) -> Request:
    """A text that is too long for an order: at most the title of a task."""
    found = re.match(r"(?:add|create|new task|note|task|todo)\b[\s:,]*", text, re.IGNORECASE)
    if found:
        return add_line(text[found.end() :], quotes)
    return TOO_LONG


_QUESTION: Final = re.compile(
    r"^(?:who|what|why|how|where|when|which|whose|is|are|am|was|were|do|does|did|can|could|would|will|should|have|has|may)\b|\?\s*$",
    re.IGNORECASE,
)


def read_statement(text: str, quotes: Quotes, today: Today) -> Request:
    """A sentence without an order: a task if it looks like one, else an offer to add it."""
    if _QUESTION.search(text):
        return Tell(
            "I cannot answer that: I only work on your tasks. I can show them: say for example “what is due today”."
        )
    add = add_line(text, quotes)
    line = quotes.restore(text)
    found = quick_add.parse(line, now=today.now, timezone=today.timezone)
    understood = {span.kind for span in found.spans} - {"unclear"}
    first = re.sub(r"\W", "", line.split()[0].lower()) if line.split() else ""
    if understood and found.title.strip() and found.title != line:
        return replace(add, stated=True)
    if first in TASK_VERBS and len(line.split()) > 1:
        return replace(add, stated=True)
    return Offer(line)
