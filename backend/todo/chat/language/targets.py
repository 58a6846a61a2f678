"""Which tasks are meant: "the dentist", "everything from thursday except the dentist", "it", "the second one"."""

import re
from dataclasses import replace
from typing import Final

from todo.chat.language.clauses import Quotes
from todo.chat.language.dates import Today, bare, read_period
from todo.chat.language.projects import MARKED
from todo.chat.language.requests import INBOX, Project, Target
from todo.chat.language.words import fold

_EXCEPT: Final = re.compile(
    r"(?:\s*,\s*(?:all|everything)\s+(?:but|except)|[\s,]*\b(?:except(?:\s+for|\s+from)?|excepting|excluding|other than|apart from|aside from|besides|but not"
    r"|but (?:leave|keep|skip|spare)|(?:but|and) (?:don't|do not) (?:move|delete|touch|change|complete|include|postpone)"
    r"|(?:,|and) not|without(?!(?: an?y?)? (?:due )?(?:date|deadline))|save for|leaving out|minus|but))\s+",
    re.IGNORECASE,
)
_NOT_THAT: Final = re.compile(
    r"(?:\bbut|,|\band)\s+(?:not|leave|keep|don't|do not)\b", re.IGNORECASE
)
_THOSE: Final = re.compile(
    r"^\s*(?:those|these|the ones|the tasks|tasks|what(?:'s| is))\s+(?:(?:that|which) (?:are|is) )?(?=\S)",
    re.IGNORECASE,
)
_QUANTIFIER: Final = re.compile(
    r"^(?:all(?: of)?|every(?! (?:\d|other|day|week|month|year))|each(?: of)?|both(?: of)?|any)\b\s*",
    re.IGNORECASE,
)
_EVERYTHING: Final = re.compile(
    r"^(?:everything|every thing|anything|every single (?:task|one)|(?:my|the) (?:whole|entire|complete) (?:list|day|week))\b\s*",
    re.IGNORECASE,
)
_NOUN: Final = re.compile(
    r"^(?:the |my |our |all |of |these |those |every |each |single )*"
    r"(?:open |existing |remaining |other |pending |outstanding |current |unfinished |incomplete )*"
    r"(?P<noun>tasks?|to-?dos?|items?|entr(?:y|ies)|things|stuff|ones?|list|reminders?)\b\s*",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(
    r"^(?:the|my|our|this|that|a|an|its|his|her|their)\s+(?=\S)", re.IGNORECASE
)
_PRONOUN: Final = re.compile(
    r"(?:it|that|this|them|those|these|that one|this one|those ones|these ones|all of (?:it|them|those|these)|them all"
    r"|(?:that|this|those|these|the same|the current) (?:tasks?|to-?dos?|items?|things?)|(?:them |these |those )?both(?: of them| of those| of these)?|the same(?: one)?|(?:it|that|them) again"
    r"|(?:(?:every|each) (?:one )?of (?:them|these|those)|the (?:two|three|four))(?: of them)?)",
    re.IGNORECASE,
)
_REST: Final = re.compile(
    r"(?:all )?(?:of )?the (?:rest|others?|other ones?|other (?:tasks?|items?|things?)|remaining(?: (?:ones?|tasks?|items?|things?))?)"
    r"(?: of (?:it|them|these|those|the (?:tasks|list)))?|(?:all )?(?:others|other (?:tasks|ones))|everything else|all else",
    re.IGNORECASE,
)
_PLURAL: Final = re.compile(
    r"\b(?:them|those|these|all|both|every|each|two|three|four)\b", re.IGNORECASE
)
_TAG: Final = re.compile(
    r"\s*(?:\b(?:that (?:are|have)|which are|with|having|tagged|labell?ed|marked|in|of|under|about|tag|tags|the|as|and|for)\s+)*"
    r"#(?P<tag>[\w/-]+)",
    re.IGNORECASE,
)
_TAGGED: Final = re.compile(
    r"\s*\b(?:(?:that are |which are )?(?:tagged|labell?ed)(?: with| as)?(?: the)?(?: tag)?|with (?:the )?(?:tag|label)|in the tag)"
    r"\s+(?P<tag>[\w/-]+)",
    re.IGNORECASE,
)
_PROJECT: Final = re.compile(
    rf"""\s*(?:\b(?:(?:that|which)\ (?:is|are)|in|inside|within|of|from|under|for|on|at|out\ of|with)\s+)*
        (?:{MARKED}|(?P<inbox>(?:(?<=in\ )|(?<=from\ )|(?<=of\ ))(?:the\ |my\ )?inbox\b|(?:^|\b(?:with|has|have|in|under)\ )no\ project\b
            |\bwithout\ (?:an?y?\ )?projects?\b))""",
    re.IGNORECASE | re.VERBOSE,
)
_PRIORITY: Final = re.compile(
    r"\s*\b(?:with )?(?:a )?(?P<level>highest|high|urgent|important|medium|low)(?:est)?[- ]?(?:priority|prio)\b"
    r"|^(?P<bare>urgent|important)\s+(?=tasks?|things|items|todos|stuff)|!(?P<mark>high|medium|low)",
    re.IGNORECASE,
)
_REPEATING: Final = re.compile(
    r"\b(?:recurring|repeating|repeated)\b\s*|\s*\b(?:that )?(?:repeats?|recurs?)(?: every \w+)?$",
    re.IGNORECASE,
)
_COMPLETED: Final = re.compile(
    r"^((?:all |every |the |my )*)(?:completed|finished|done|closed)\s+(?=\S)", re.IGNORECASE
)
_STATE: Final = re.compile(
    r"\s+(?:that (?:are|is)|which (?:are|is)|that's|i have|is|are)$", re.IGNORECASE
)
_ORDINALS: Final = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5,
    "5th": 5, "sixth": 6, "6th": 6, "last": -1,
}  # fmt: skip
_COUNTS: Final = {"two": 2, "three": 3, "four": 4, "five": 5}
_NAME: Final = re.compile(
    r"^(?:called|named|titled|with (?:the )?(?:title|name|words?)|about|containing|matching|mentioning|that (?:says|mentions?|contains?)"
    r"|to|for|with|regarding|related to|like|in)\s+",
    re.IGNORECASE,
)
LEVELS: Final = {
    "highest": 1, "high": 1, "urgent": 1, "important": 1, "top": 1, "medium": 5, "normal": 5, "mid": 5,
    "low": 9, "lowest": 9, "none": 0, "no": 0,
    # As in quick add: p1, p2, p3.
    "1": 1, "2": 5, "3": 9,
}  # fmt: skip


def read_target(text: str, quotes: Quotes, today: Today) -> Target:
    text = text.strip(" ,;!?") if not quotes.only(text) else text
    main, excluded = split_exceptions(text, quotes, today)
    target = _read_one(main, quotes, today)
    if excluded and not target.several and not target.pronoun:
        # "the rent but not the gym" spares nothing of one task; "call everybody but bob" is a title.
        return target if _NOT_THAT.search(text) else _read_one(text, quotes, today)
    return without(target, excluded)


def without(target: Target, excluded: tuple[Target, ...]) -> Target:
    if any(each.ordinals for each in excluded) and target == Target(several=True):
        target = Target(several=True, pronoun=True)  # "all except the first" of the last list
    return replace(target, excluded=excluded)


def split_exceptions(text: str, quotes: Quotes, today: Today) -> tuple[str, tuple[Target, ...]]:
    """The text without "except …", and what is excepted."""
    main, *exceptions = _EXCEPT.split(text)
    if not main.strip():
        return text, ()
    excluded = [
        replace(_read_one(_THOSE.sub("", part), quotes, today), several=True)
        for exception in exceptions
        for part in re.split(r"\s*,\s*(?:and\s+|not\s+)?|\s+(?:and|or|nor)\s+", exception)
        if part.strip(" .!?")
    ]
    return main, tuple(excluded)


def _read_one(text: str, quotes: Quotes, today: Today) -> Target:
    quoted = quotes.only(_ARTICLE.sub("", _NOUN.sub("", text.strip())))
    if quoted is None:
        quoted = quotes.only(_NAME.sub("", _NOUN.sub("", text.strip())))
    if quoted is not None:
        return Target(words=quoted, exact=True)
    said = bare(text)
    if _PRONOUN.fullmatch(said):
        return Target(pronoun=True, several=bool(_PLURAL.search(said)))
    if _REST.fullmatch(said):
        return Target(rest=True, several=True)
    ordinals = read_ordinals(said)
    if ordinals:
        return Target(ordinals=ordinals, several=len(ordinals) > 1)
    return _described(said, quotes, today)


def read_ordinals(said: str) -> tuple[int, ...]:
    word = fold(said)
    if found := re.fullmatch(
        r"(?:the )?(?:first|top) (\d|two|three|four|five)(?: (?:ones?|tasks?|items?))?", word
    ):
        count = _COUNTS.get(found[1]) or int(found[1])
        return tuple(range(1, count + 1))
    words = re.split(r"\s*,\s*(?:and )?|\s+and\s+|\s*&\s*", word)
    numbers = [_ordinal(each) for each in words]
    return tuple(number for number in numbers if number) if all(numbers) else ()


def _ordinal(word: str) -> int:
    word = re.sub(r"^(?:the|task|item)\s+(?=\S)", "", word)
    if found := re.fullmatch(
        r"(?:the )?(?:number|no\.?|nr\.?|#|task|item|option)\s*(\d{1,3}|one|two|three|four|five)",
        word,
    ):
        return {"one": 1, **_COUNTS}.get(found[1]) or int(found[1])
    word = re.sub(r"\s+(?:ones?|tasks?|items?|entry|option)$", "", word)
    return _ORDINALS.get(word, 0)


def _described(said: str, quotes: Quotes, today: Today) -> Target:
    closed = re.search(
        r"\s+(?:that )?(?:i|we)(?:'ve| have)? (?:completed|finished|did|done|closed|ticked off)\b",
        said,
        re.I,
    )
    if closed:
        said = f"completed {said[: closed.start()]}{said[closed.end() :]}"
    said, project = without_project(said, quotes)
    said, target = without_marks(said, Target(project=project))
    said, several = _quantified(said)
    said, target = _with_period(said, replace(target, several=several), today)
    named = _NAME.sub("", said) if several or not said or _had_noun(said) else said
    words = quotes.restore(_article_free(named))
    if fold(words) in {
        "task",
        "tasks",
        "todo",
        "todos",
        "item",
        "items",
        "one",
        "ones",
        "everything",
        "all",
        "list",
    }:
        words, several = "", True
    quoted = quotes.only(named)
    group = bool(
        target.tags or target.period or target.repeating or target.priority is not None or project
    )
    return replace(
        target,
        words=quoted if quoted is not None else words,
        exact=quoted is not None,
        several=target.several or several or (group and not words),
    )


def without_project(said: str, quotes: Quotes) -> tuple[str, Project | None]:
    found = _PROJECT.search(said)
    if not found:
        return said, None
    rest = f"{said[: found.start()]} {said[found.end() :]}".strip()
    return rest, INBOX if found["inbox"] else quotes.projects.get(found["project"])


def without_marks(said: str, target: Target) -> tuple[str, Target]:
    """Take tags, priority, "recurring" and "completed" out of the words."""
    tags = []
    for pattern in (_TAG, _TAGGED):
        while found := pattern.search(said):
            tags.append(found["tag"])
            said = f"{said[: found.start()]} {said[found.end() :]}".strip()
    priority = None
    if found := _PRIORITY.search(said):
        level = found["level"] or found["bare"] or found["mark"]
        priority = LEVELS[level.lower()]
        said = f"{said[: found.start()]} {said[found.end() :]}".strip()
    repeating = _REPEATING.search(said)
    if repeating:
        said = f"{said[: repeating.start()]} {said[repeating.end() :]}".strip()
    completed = _COMPLETED.match(said)
    if completed:
        said = f"{completed[1]}{said[completed.end() :]}"
    return said, replace(
        target,
        tags=tuple(tags),
        priority=priority,
        repeating=bool(repeating),
        completed=bool(completed),
    )


def _quantified(said: str) -> tuple[str, bool]:
    """The words behind "all", "every task", "everything", and whether several are meant."""
    several = False
    if found := _EVERYTHING.match(said):
        return said[found.end() :], True
    if found := _QUANTIFIER.match(said):
        said, several = said[found.end() :], True
    if found := _NOUN.match(said):
        plural = found["noun"].lower().endswith("s") or found["noun"].lower() in {"stuff", "list"}
        rest = said[found.end() :]
        if rest or several or plural:
            return rest, several or plural
    # "all my dentist tasks"
    if found := re.fullmatch(
        r"(?:the |my |our )?(.+?) (tasks|todos|to-dos|items|things|ones)((?: (?:due|from|on|for|this|next)\b.*)?)",
        said,
        re.I,
    ):
        return f"{found[1]}{found[3]}", True
    return said, several


def _had_noun(said: str) -> bool:
    return bool(
        re.match(
            r"(?:called|named|titled|about|containing|with (?:the )?(?:title|name|word))\b",
            said,
            re.I,
        )
    )


def _with_period(said: str, target: Target, today: Today) -> tuple[str, Target]:
    """Take a period off: "from thursday", "due today", "overdue" at the end or the start."""
    said = _STATE.sub("", said.strip())
    if not said:
        return said, target
    if found := re.match(
        r"(?:the |my )?(overdue|late|today's|tomorrow's|yesterday's|this week's|next week's|\w+day's)\b\s*",
        said,
        re.I,
    ):
        period = read_period(found[1], today)
        if period is not None:
            rest = _quantified(said[found.end() :])[0] if said[found.end() :] else ""
            several = target.several or not rest
            return rest, replace(target, period=period, several=several)
    starts = [0, *(match.start() for match in re.finditer(r"(?<=\s)\S", said))]
    for start in starts:
        head, tail = said[:start], said[start:]
        # "call mom today" may be a title; "due", "from", "on" or a quantifier make it a period.
        period = read_period(tail, today) if len(tail) <= 60 else None
        if period is not None and (
            target.several
            or not head
            or re.match(r"(?:due|from|on|scheduled|planned|for|in|of|without)\b", tail, re.I)
        ):
            head = re.sub(
                r"\s+(?:(?:that|which) (?:is|are|was|were)(?: due)?|that's|due|is|are)$",
                "",
                head.rstrip(),
                flags=re.I,
            )
            return head.strip(), replace(target, period=period)
    return said, target


def _article_free(said: str) -> str:
    said = said.strip(" ,")
    if found := _NOUN.match(said):
        rest = said[found.end() :]
        if rest:
            said = _NAME.sub("", rest)
    return _ARTICLE.sub("", said)
