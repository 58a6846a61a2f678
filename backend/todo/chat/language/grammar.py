"""A clause becomes a request. Rules are tried in order; each is a pattern and a reader that may decline."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from todo.chat.language import grammar_add, grammar_show
from todo.chat.language.clauses import Quotes, correct_verb, polite
from todo.chat.language.dates import LENGTH, Today, bare, read_length, split_when
from todo.chat.language.requests import (
    Action,
    Add,
    Change,
    Request,
    Show,
    Tell,
    Undo,
)
from todo.chat.language.targets import LEVELS, read_target, split_exceptions
from todo.chat.language.vocabulary import COMMANDS, TASK_VERBS
from todo.chat.language.words import is_past
from todo.domain import quick_add


@dataclass(frozen=True)
class Reading:
    """What rules need beside the words."""

    quotes: Quotes
    today: Today


Read = Callable[[re.Match[str], Reading], Request | None]


def read_clause(clause: str, reading: Reading) -> Request:
    # A quick-add line may begin with anything; only orders are corrected.
    text = correct_verb(polite(clause))
    if len(text) > _MOST_LETTERS:
        return grammar_add.read_long(text, reading.quotes)
    plain = bare(text)
    if _QUESTION.search(text) and not re.match(
        rf"(?:{_FIRST_WORDS}|do (?:the|my|it))\b", text, re.IGNORECASE
    ):
        # A question never changes anything.
        return _by_rules(plain, reading, _QUESTIONS) or grammar_add.read_statement(
            f"{plain}?", reading.quotes, reading.today
        )
    request = _without_exceptions(plain, reading) or _by_rules(plain, reading)
    return request or grammar_add.read_statement(text, reading.quotes, reading.today)


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
    if (
        isinstance(request, Change)
        and request.action in (Action.MOVE, Action.POSTPONE)
        and not request.value
    ):
        return None  # the date stands behind the exception
    return replace(request, target=replace(request.target, excluded=excluded))


def _change(action: Action, value: str = "") -> Read:
    """A reader for patterns with a group `target`, and `value` where the action needs one."""

    def read(found: re.Match[str], reading: Reading) -> Request | None:
        groups = found.groupdict()
        said = groups.get("value")
        target = read_target(groups["target"], reading.quotes, reading.today)
        return Change(action, target, value or reading.quotes.restore(said or ""))

    return read


def _undo(_found: re.Match[str], _reading: Reading) -> Request:
    return Undo()


def _negated(found: re.Match[str], reading: Reading) -> Request | None:
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


def _not_done(found: re.Match[str], reading: Reading) -> Request | None:
    """ "I haven't paid the rent yet": nothing to do, unless it was completed by mistake."""
    return Change(
        Action.REOPEN, read_target(found["target"], reading.quotes, reading.today), "statement"
    )


def _rename(found: re.Match[str], reading: Reading) -> Request | None:
    text = found["rest"]
    ways = [
        (text[: each.start()], text[each.end() :])
        for each in re.finditer(r"\s+(?:to|into|as)\s+|\s*(?:->|→|=>)\s*", text)
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


def _change_to(found: re.Match[str], reading: Reading) -> Request | None:
    """ "change the dentist to friday" moves; "change “a” to “b”" renames."""
    moved = _moved(Action.MOVE, found["rest"], reading, needs_date=True)
    if moved is not None:
        return moved
    return _rename(found, reading) if re.search(r"\s(?:to|into)\s", found["rest"]) else None


def _move(found: re.Match[str], reading: Reading) -> Request | None:
    return _moved(Action.MOVE, found["rest"], reading)


def _to_a_date(found: re.Match[str], reading: Reading) -> Request | None:
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


def _perhaps_move(found: re.Match[str], reading: Reading) -> Request | None:
    """ "put the dentist on friday": moves it, or adds it when there is no such task."""
    verb = found[0].split()[0].lower()
    rest = re.sub(r"\s+(?:moved|rescheduled)(?=\s+to\b)", "", found["rest"], flags=re.I)
    request = _moved(Action.MOVE, rest, reading, needs_date=True)
    if not isinstance(request, Change) or request.action is not Action.MOVE:
        return None
    if request.target.several:
        return request
    said = rest if verb == "schedule" else found[0]
    return replace(request, otherwise=Add(reading.quotes.restore(said)))


def _passive(found: re.Match[str], reading: Reading) -> Request | None:
    """ "the cake was ordered", "milk bought"."""
    if not is_past(found["verb"]) or found["target"].split()[0].lower() in TASK_VERBS:
        return None
    if re.match(r"(?:what|which|who|how|is|are|i|we|you|it)\b", found["target"], re.I):
        return None
    said = re.sub(r"^(?:the|my|our)\s+", "", found["target"], flags=re.I)
    return Change(
        Action.COMPLETE, read_target(f"{found['verb']} {said}", reading.quotes, reading.today)
    )


def _postpone(found: re.Match[str], reading: Reading) -> Request | None:
    return _moved(Action.POSTPONE, found["rest"], reading)


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
    return re.sub(
        r"\s+(?:over|back|forward|out|off|up|ahead|so it is|to be|due|date|'s due date|'s date)$",
        "",
        text.strip(),
        flags=re.I,
    )


def _due(found: re.Match[str], reading: Reading) -> Request | None:
    return _moved(Action.MOVE, f"{found['target']} {found['value']}", reading, needs_date=True)


def _priority(found: re.Match[str], reading: Reading) -> Request | None:
    level = LEVELS.get(found["level"].lower())
    if level is None:
        return None
    return Change(
        Action.PRIORITY, read_target(found["target"], reading.quotes, reading.today), str(level)
    )


def _remind(found: re.Match[str], reading: Reading) -> Request | None:
    """ "remind me about the rent 2 hours before": a reminder of an existing task, else a new task."""
    rest = found["rest"]
    before = re.search(
        rf"\s+(?P<value>(?:{LENGTH}|the (?:day|evening|night|morning)|the day) (?:before(?:hand)?|ahead|earlier|in advance)(?: at .+)?"
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


def _snooze(found: re.Match[str], reading: Reading) -> Request | None:
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


def _repeat(found: re.Match[str], reading: Reading) -> Request | None:
    rule = found["value"]
    words = (
        rule
        if re.match(r"(?:every|each|daily|weekly|monthly|yearly|annually|hourly)", rule, re.I)
        else f"every {rule}"
    )
    parsed = quick_add.parse(f"zq {words}", now=reading.today.now, timezone=reading.today.timezone)
    if parsed.recurrence is None or parsed.title != "zq":
        return None
    return Change(Action.REPEAT, read_target(found["target"], reading.quotes, reading.today), words)


def _complete(found: re.Match[str], reading: Reading) -> Request | None:
    """Weak verbs also begin titles: without a match, "finish the report by friday" is a task to add."""
    whole = reading.quotes.restore(found[0])
    weak = (
        found[0].split()[0].lower() in {"finish", "check", "close", "resolve"} and not found["off"]
    )
    dated = quick_add.parse(whole, now=reading.today.now, timezone=reading.today.timezone).due_date
    otherwise = Add(whole) if weak and dated else None
    target = read_target(found["target"], reading.quotes, reading.today)
    return Change(Action.COMPLETE, target, otherwise=otherwise)


_AGO: Final = re.compile(
    r"\s+(?:(?P<ago>yesterday|last night)|already|just now|today|this morning|this afternoon|earlier|tonight|now)$",
    re.I,
)


def _done(found: re.Match[str], reading: Reading) -> Request | None:
    said, when = found["target"], ""
    while ago := _AGO.search(said):
        said, when = said[: ago.start()], when or (ago["ago"] or "")
    if not said.strip() or re.fullmatch(
        r"(?:what|who|how|why|which|i|we|you|nothing|not)\b.*", said, re.I
    ):
        return None
    return Change(Action.COMPLETE, read_target(said, reading.quotes, reading.today), when)


def _past(found: re.Match[str], reading: Reading) -> Request | None:
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
    request = _done(re.match(r"(?P<target>.+)", said, re.S) or found, reading)
    if isinstance(request, Change) and strict:
        # Without a person it may be a title: "Updated budget".
        return request
    return request


_PLEASE_NAME: Final = "Say which task you mean, for example by its title in quotes."


def _rows() -> tuple[tuple[str, Read], ...]:
    done = r"(?:done|complete[d]?|finished|ticked(?: off)?|checked(?: off)?|closed|over|dealt with|taken care of|handled|sorted|paid|sent|bought|cleaned|watered)"
    return (
        (r"(?:please )?(?:don'?t|do not|never|you (?:must|should) not|you shouldn't|no need to|stop)(?! (?:repeating|recurring|reminding))\s+(?P<rest>.+)", _negated),
        (r"(?:undo|revert|roll ?back|reverse)(?:\s+(?:that|it|this|them|everything|all(?: of (?:it|that))?|(?:the|my) (?:last|previous) (?:change|changes|one|step|action|thing|edit)|(?:the|your) (?:last )?(?:change|changes|deletion|move)|last|what you (?:just )?did))?(?: again| back)?", _undo),
        (r"(?:take|change|put|turn) (?:it|that|this|them|everything) back|(?:no,? )?(?:that was|this was) (?:wrong|a mistake)|go back|ctrl ?\+? ?z|oops.*undo.*", _undo),
        (r"(?:rename|retitle)\s+(?P<rest>.+)", _rename),
        (r"change (?:the )?(?:title|name) (?:of|for)\s+(?P<rest>.+)", _rename),
        (r"(?:tag|label|mark)\s+(?P<target>.+?)\s+(?:with|as)\s+(?:the\s+)?(?:tags?\s+|label\s+)?(?P<value>#[\w/-]+(?:(?:\s*,\s*|\s+and\s+|\s+)#[\w/-]+)*)", _change(Action.TAG)),
        (r"(?:tag|label)\s+(?P<target>.+?)\s+(?:with|as)\s+(?:the\s+)?(?:tags?\s+|label\s+)?(?P<value>.+)", _change(Action.TAG)),
        (r"(?:tag|label)\s+(?P<target>.+?)\s+(?P<value>#[\w/-]+(?:\s+#[\w/-]+)*)", _change(Action.TAG)),
        (r"(?:add|put|attach|set|give|apply)\s+(?:the\s+|a\s+)?(?:tags?|label)\s+(?P<value>\S+)\s+(?:to|on|for|onto)\s+(?P<target>.+)", _change(Action.TAG)),
        (r"(?:add|put|attach|apply)\s+(?:the\s+)?(?P<value>#[\w/-]+)(?:\s+tag)?\s+(?:to|on|onto)\s+(?P<target>.+)", _change(Action.TAG)),
        (r"(?:add|put|attach|apply)\s+(?:the\s+|a\s+)?(?P<value>[\w/-]+)\s+(?:tag|label)\s+(?:to|on|onto)\s+(?P<target>.+)", _change(Action.TAG)),
        (r"give\s+(?P<target>.+?)\s+the\s+(?:tag|label)\s+(?P<value>\S+)", _change(Action.TAG)),
        (r"(?:remove|delete|drop|take|clear|strip)\s+(?:the\s+)?(?:tag|label)\s+(?P<value>\S+)\s+(?:from|off(?: of)?|of)\s+(?P<target>.+)", _change(Action.UNTAG)),
        (r"(?:remove|delete|drop|take|strip)\s+(?:the\s+)?(?P<value>#[\w/-]+)(?:\s+tag)?\s+(?:from|off(?: of)?)\s+(?P<target>.+)", _change(Action.UNTAG)),
        (r"(?:remove|delete|drop|take|strip)\s+(?:the\s+)?(?P<value>[\w/-]+)\s+(?:tag|label)\s+(?:from|off(?: of)?)\s+(?P<target>.+)", _change(Action.UNTAG)),
        (r"untag\s+(?P<target>.+?)(?:\s+(?:from|as|with)\s+(?P<value>\S+)|\s+(?P<mark>#\S+))", _untag),
        (r"(?:set|change|make|raise|lower|put)\s+(?:the\s+)?priority\s+(?:of|for|on)\s+(?P<target>.+?)\s+(?:to|as|=)?\s*(?P<level>highest|high|urgent|important|top|medium|normal|low|lowest|none)", _priority),
        (r"(?:set|change|make|raise|lower)\s+(?P<target>.+?)(?:'s)?\s+priority\s+(?:to|as|=)\s*(?P<level>highest|high|urgent|important|top|medium|normal|low|lowest|none)", _priority),
        (r"(?:make|mark|set|flag|give|put|change)\s+(?P<target>.+?)\s+(?:as\s+|to\s+|at\s+|a\s+|an\s+|is\s+)*(?P<level>highest|high|urgent|important|top|medium|normal|low|lowest|no)(?:[\s-]+(?:priority|prio))?", _priority),
        (r"(?P<target>.+?)\s+(?:is|are|has|have)\s+(?:now\s+|very\s+|really\s+|a\s+)*(?P<level>high|urgent|important|top|medium|low)(?:[\s-]+(?:priority|prio))?", _priority),
        (r"(?:remove|clear|delete|drop|unset)\s+(?:the\s+)?priority\s+(?:of|from|for|on)\s+(?P<target>.+)", _change(Action.PRIORITY, "0")),
        (r"prioriti[sz]e\s+(?P<target>.+)", _change(Action.PRIORITY, "1")),
        (r"(?:remove|delete|clear|cancel|turn off|disable|drop)\s+(?:all\s+|any\s+)?(?:the\s+|my\s+)?reminders?\s+(?:from|of|for|on|about)\s+(?P<target>.+)", _change(Action.REMIND, "none")),
        (r"(?:no (?:more )?reminders?|stop reminding me)\s+(?:for|about|of|on)\s+(?P<target>.+)", _change(Action.REMIND, "none")),
        (r"remind me\s+(?P<how>about|of|on)\s+(?P<rest>(?!it'?s\b).+)", _remind),
        (r"(?:set|add|create|give me|put|make)\s+(?:a\s+|another\s+)?reminder\s+(?P<how>for|on|about|of)\s+(?P<rest>.+)", _remind),
        (r"snooze(?P<rest>\s+.+)?", _snooze),
        (r"(?:make|let|have|set)\s+(?P<target>.+?)\s+(?:to\s+)?(?:repeat|recur|be repeated|recurring|repeating|happen)\s+(?P<value>.+)", _repeat),
        (r"make\s+(?P<target>.+?)\s+(?P<value>daily|weekly|monthly|yearly|every\s+.+)", _repeat),
        (r"repeat\s+(?P<target>.+?)\s+(?P<value>(?:every|each|daily|weekly|monthly|yearly|annually)\b.*)", _repeat),
        (r"(?P<target>.+?)\s+(?:should|must|needs to)\s+(?:repeat|recur|happen)\s+(?P<value>.+)", _repeat),
        (r"(?:stop|end)\s+(?:repeating|recurring|the (?:repetition|recurrence|series) of)\s+(?P<target>.+)", _change(Action.REPEAT, "none")),
        (r"(?:make|let)\s+(?P<target>.+?)\s+(?:not repeat|no longer repeat|non-?recurring|stop repeating)(?: any ?more)?", _change(Action.REPEAT, "none")),
        (r"(?P<target>.+?)\s+(?:no longer repeats|should (?:not|no longer|stop) repeat(?:ing)?|shouldn'?t repeat)(?: any ?more)?", _change(Action.REPEAT, "none")),
        (r"(?:remove|delete|clear|drop|cancel)\s+(?:the\s+)?(?:recurrence|repetition|repeat|rule)\s+(?:from|of|for|on)\s+(?P<target>.+)", _change(Action.REPEAT, "none")),
        (r"(?:remove|clear|delete|drop|unset|take)\s+(?:the\s+)?(?:due\s*)?(?:dates?|deadlines?|due)\s+(?:from|of|for|on|off)\s+(?P<target>.+)", _change(Action.CLEAR_DATE)),
        (r"unschedule\s+(?P<target>.+)", _change(Action.CLEAR_DATE)),
        (r"(?:add|put|write|attach|append|set)\s+(?:a\s+|the\s+)?(?:note|description|comment|notes)\s+(?:to|on|for|of)\s+(?P<target>.+?)(?:\s*:\s*|\s+(?:saying|that says|to)\s+)(?P<value>.+)", _change(Action.DESCRIBE)),
        (r"(?:set|change)\s+(?:the\s+)?(?:due\s+)?(?:date|deadline|time|day)\s+(?:of|for|on)\s+(?P<target>.+?)\s+(?P<value>(?:to|for|on|as)\s+.+)", _due),
        (r"(?:set|change)\s+(?P<target>.+?)'s\s+(?:due\s+)?(?:date|deadline|time)\s+(?P<value>to\s+.+)", _due),
        (r"(?:make|set)\s+(?P<target>.+?)\s+(?:be\s+)?due\s+(?P<value>.+)", _due),
        (r"(?P<target>(?!what|which|when|who|is|are|do|does|anything|everything|show|list).+?)\s+(?:is|are)\s+(?:now\s+)?due\s+(?P<value>.+?)(?:\s+(?:now|instead))?", _due),
        (r"(?:due|new due date for)\s+(?P<target>.+?)\s*:\s*(?P<value>.+)", _due),
        (r"(?:postpone|delay|defer|put off|hold off on|push back|push off)\s+(?P<rest>.+)", _postpone),
        (r"(?:move|reschedule|shift|push|transfer|re-schedule|carry over|drag)\s+(?P<rest>.+)", _move),
        (r"(?:bring|pull)\s+(?:forward\s+)?(?P<rest>.+?)(?=$|\s+(?:forward|up)\b)(?P<tail>.*)", _bring),
        (r"(?:change|switch)\s+(?P<rest>.+)", _change_to),
        (r"(?:i'?m |i am )?skip(?:ping)?\s+(?:the\s+)?(?:(?:next|this (?:week|month)'s|this|today's|tomorrow's|current)\s+)?(?:(?:occurrence|instance|time|one)\s+of\s+)?(?P<target>.+?)(?:\s+(?:this (?:time|week|month)|today|once|tomorrow|for (?:today|now|once)))?", _change(Action.SKIP)),
        (r"(?:reopen|re-open|uncheck|untick|uncomplete|un-complete|unmark|reactivate)\s+(?P<target>.+?)(?:\s+again)?", _change(Action.REOPEN)),
        (r"(?:mark|set)\s+(?P<target>.+?)\s+(?:as\s+|to\s+|back to\s+)*(?:not (?:done|complete[d]?|finished)|undone|open(?: again)?|incomplete|unfinished|uncompleted|to ?do|pending)", _change(Action.REOPEN)),
        (r"open\s+(?P<target>.+?)\s+again", _change(Action.REOPEN)),
        (r"(?P<target>.+?)\s+(?:is|was|are|isn't|wasn't|aren't)\s+(?:not\s+|still not\s+|still\s+)?(?:actually\s+|really\s+)?(?:(?<=not\s)|(?<=n't\s)|(?<=actually\s)|(?<=really\s))(?:done|complete[d]?|finished|paid|sent)(?:\s+yet)?", _not_done),
        (r"(?:i|we)\s+(?:didn'?t|did not|haven'?t|have not|never|still haven'?t|couldn'?t|could not)\s+(?:actually\s+|really\s+|yet\s+)?(?P<target>.+?)(?:\s+yet)?", _not_done),
        (r"(?:restore|undelete|un-delete|recover|bring back)\s+(?P<target>.+?)(?:\s+from (?:the )?(?:trash|bin))?", _change(Action.RESTORE)),
        (r"take\s+(?P<target>.+?)\s+off\s+(?:of\s+)?(?:my|the)\s+(?:\S+\s+)?list", _change(Action.DELETE)),
        (r"(?:delete|remove|erase|trash|discard|get rid of|throw away|throw out|purge|wipe|cancel|clear|scrap|drop|bin)\s+(?P<target>.+?)(?:\s+(?:from|off)\s+(?:my|the)\s+(?:\S+\s+)?(?:list|tasks|todos))?", _delete),
        (r"(?:mark|set|flag|check|tick|cross|tick off|check off)\s+(?P<target>.+?)\s+(?:off\s+)?(?:as\s+|to\s+|off as\s+)*" + done + "", _done),
        (r"mark\s+(?:as\s+)?(?:done|completed?|finished)\s*:?\s+(?P<target>.+)", _done),
        (r"(?:complete|finish|close|resolve|(?:tick|check|cross|mark|strike)(?P<off> off)|check|tick|done(?: with)?\s*:?|finished(?: with)?|completed|accomplish)\s+(?P<target>.+?)(?:\s+(?:off(?: (?:my|the) (?:\S+ )?list)?|from (?:my|the) (?:\S+ )?list))?", _complete),
        (r"(?:i|we)(?:'ve| have|'m| am|'re| are)?\s+(?:(?:just|already|finally|now|also|all)\s+)*(?:done|finished|completed|through|did)\s+(?:with\s+)?(?P<target>.+)", _done),
        (r"(?P<target>(?!(?:what|which|how|is|are|was|were|did|has|have|show|list|when|who|everything that|tasks that|i)\b).+?)(?:\s+(?:is|are|was|were|has been|have been|got|'s)|'s)\s+(?:(?:all|now|already|finally|just)\s+)*" + done + r"(?:\s+(?:now|already|today))?", _done),
        (r"(?:have|get|put|set|do|schedule)\s+(?P<rest>.+)", _perhaps_move),
        (r"(?P<rest>.+?\s(?:has been |was |got |is |have been |were )?(?:moved|rescheduled|postponed|shifted|pushed)\s+(?:to|until)\s+.+)", _to_a_date),
        (r"(?P<rest>.+?\s+(?:is|are)\s+(?:on|at|for)\s+.+)\s+now", _to_a_date),
        (r"(?P<rest>.+?\s*(?:->|→|=>)\s*.+)", _to_a_date),
        (r"(?P<target>(?!add|create|get|show|list|what|which|have|when)\S.*?)(?:\s*(?::|-|,)|\s)\s*(?:done|finished|completed|paid)", _done),
        (r"(?P<rest>(?!call |text |email |go |come |from |send |write |talk |listen |reply |drive |fly |travel |walk |back ).+?\s+to\s+.+)", _to_a_date),
        (r"(?P<rest>.+\s(?:on|to|at)\s.+)\s+instead", _to_a_date),
        (r"(?P<target>.+?)\s+(?:(?:is|was|are|were|has been|have been|got|gets)\s+)?(?:already |finally |now |just )*(?P<verb>\w+)(?:\s+(?:already|now|today|yesterday))?", _passive),
        (r"(?P<who>i|we|i've|we've|i have|we have|i'd|just|already)\s+(?:(?:just|already|finally|also|now|have)\s+)*(?P<target>\S+\s+.+)", _past),
        (r"(?P<who>(?!))?(?P<target>\S+\s+(?:the|my|our|a|an|all|mom|dad|both|with|to|for)?.+)", _past),
    )  # fmt: skip


def _bring(found: re.Match[str], reading: Reading) -> Request | None:
    if re.search(r"\bback\b", found["rest"], re.I):
        return None
    tail = re.sub(r"^\s*(?:forward|up)\s*", " ", found["tail"])
    forward = bool(re.search(r"\b(?:forward|up)\b", found[0], re.I))
    request = _moved(Action.MOVE, f"{found['rest']}{tail}", reading, needs_date=True)
    if isinstance(request, Change) and request.value.startswith("+") and forward:
        return Change(request.action, request.target, f"-{request.value[1:]}")
    return request


def _untag(found: re.Match[str], reading: Reading) -> Request | None:
    value = found["value"] or found["mark"]
    return Change(Action.UNTAG, read_target(found["target"], reading.quotes, reading.today), value)


_WEAK_DELETE: Final = {"cancel", "clear", "drop", "bin", "scrap"}


def _delete(found: re.Match[str], reading: Reading) -> Request | None:
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
        Action.DELETE, target, otherwise=line if line and _has_date(line.line, reading) else None
    )


def _has_date(line: str, reading: Reading) -> bool:
    return (
        quick_add.parse(line, now=reading.today.now, timezone=reading.today.timezone).due_date
        is not None
    )


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
    *((re.compile(rf"(?:{pattern})$", re.IGNORECASE | re.DOTALL), read) for pattern, read in _rows()),
)  # fmt: skip
