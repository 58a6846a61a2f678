"""A message becomes clauses: quotes are protected, politeness is removed, several orders are separated."""

import re
from dataclasses import dataclass, field
from typing import Final

from todo.chat.language.requests import Project
from todo.chat.language.vocabulary import COMMANDS, GERUNDS, STRONG, TASK_VERBS
from todo.chat.language.words import distance_is_one

# A quoted text is replaced by one private-use character, so that no rule looks inside.
_FIRST: Final = 0xE000
_QUOTE: Final = re.compile(f"[{chr(_FIRST)}-{chr(0xEFFF)}]")
# Those of quotes, and those of projects (`projects`).
_PRIVATE: Final = re.compile(f"[{chr(_FIRST)}-{chr(0xF8FF)}]")
_QUOTED: Final = re.compile(
    r"\"([^\"\n]+)\"|“([^”\n]+)”|„([^“”\n]+)[“”]|«([^»\n]+)»|‘([^’\n]+)’"
    r"|`([^`\n]+)`|(?<!\w)'([^'\n]+)'(?!\w)"
)

_STRONG: Final = "|".join(re.escape(verb) for verb in sorted(STRONG, key=len, reverse=True))
_ANY: Final = "|".join(re.escape(verb) for verb in sorted(COMMANDS, key=len, reverse=True))
_SOFTENER: Final = re.compile(
    rf"""(?: (?:hey|hi|hello|dear|ok|okay|oh|um|uh|hmm?|so|and|then|also|now|alright|just|kindly|please|pls|plz
            |actually|only(?=\ the\b)|oops|btw|by\ the\ way|in\ that\ case|(?:sorry|wait|instead|again|too)(?=\s*[,.!:;-])
            |(?:well|right|first|next|great)(?=\s*[,.!:;-]|\ (?:please|can|could|would|i|we|let|the|my)\b|\ (?:{_STRONG})\b)|but|no(?=[,.!]\s(?!on\b|at\b|to\b|for\b))|one\ more\ thing
            |(?:thanks|thank\ you)(?!\ (?:a\ lot|so\ much|very|again))|maybe|quickly|finally|after\ that|assistant|yes|sure)\b
        | (?:can|could|would|will|may|might)\ (?:you|u|i|we)\b(?!\ (?:find\ out|see\ if))
        | (?:are\ you\ able|is\ there\ a\ way|i(?:'m|\ am)\ asking\ you|i\ would\ ask\ you)\ to\b
        | (?:it\ would\ be|that\ would\ be|i(?:'d|\ would)\ be)\ (?:so\ |very\ )?(?:happy|glad|grateful|helpful|kind)\ if\ you\ (?:could|would)\b
        | i(?:'d|\ would)\ (?:really\ )?(?:like|love|want|appreciate\ it\ if\ you\ could)(?:\ you)?(?:\ to)?\b
        | i\ (?:want|need|wish)\ (?:you|for\ you)\ to\b | i(?:'d)?\ (?:want|wanna|wish)\ to\b | i\ wanna\b
        | let(?:'s|\ us|\ me)\b | go\ ahead\ and\b | help\ me\ (?:to\ )? | you\ (?:can|could|may|should|must)\b(?!\ not)
        | we\ can\b(?=\ (?:close|delete|complete|move|mark|remove|drop|skip|postpone|finish|tick)\b)
        | it\ would\ be\ (?:great|nice|good|lovely)\ if\ you\ (?:could|would)\b
        | (?:is\ it\ possible|be\ so\ kind(?:\ as)?|be\ able)\ to\b | do\ me\ a\ favou?r\ and\b | would\ you\ mind\b | mind\b
        | (?:how|what)\ about(?=\ \w+ing\b) | feel\ free\ to\b | i\ think\ (?:you\ should\ )? | i\ guess\b
        )[\s,!:.-]*""",
    re.IGNORECASE | re.VERBOSE,
)
_COURTESY: Final = re.compile(
    r"[\s,]*\b(?:please|pls|plz|thanks(?: a lot| so much| again)?|thank you(?: very much| so much)?|thx|cheers"
    r"|if you (?:can|could|don't mind|would)|would you|will you|can you|could you|ok|okay|right away|right now|finally|at last|yay|hooray|:\)|i'm sorry|it's ok(?:ay)?"
    r"|for me please|when you (?:can|have time))\s*[.!?]*\s*$",
    re.IGNORECASE,
)
# Such an order names no task, so that it is no part of a title.
_OF_IT: Final = (
    r"(?:make|set|move|push|put|open|reopen|re-open|delete|complete|tag|label|rename|postpone|mark|snooze|skip|change|call"
    r"|remind\ me\ (?:of|about))\ (?:it|them|that\ one|that)\b"
)
_BREAK: Final = re.compile(
    rf"""\s*;\s*
    | (?<=[\w)\ue000-\uf8ff])[.!?]+\s+(?=\S)
    | \s*,?\s+(?:and\s+then|then|after\s+that|and\s+also|and\s+afterwards)\s+
        (?=(?:please\s+|i\s+(?:have\s+|also\s+)?)?(?:{_ANY})\b)
    | \s*,\s*(?:and\s+|so\s+)?(?=(?:please\s+|also\s+|then\s+)?(?:{_STRONG})\b)
    | (?:\s*,\s*(?:and\s+|so\s+)?|\s+and\s+)(?:please\s+|also\s+|then\s+|just\s+|only\s+|instead\s+|rather\s+)*(?={_OF_IT})
    | ,?\s+but\s+(?:please\s+)?(?=(?:move|complete|delete|reopen|skip|postpone|tag|rename)\s+(?:it|them|that)\b)
    | \s+and\s+(?=(?:please\s+|i\s+(?:have\s+|also\s+)?)?(?:{_STRONG})\b)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Sentences whose rest is one title: "remind me to back up the photos and delete the originals".
_ONE_TITLE: Final = re.compile(
    r"(?:remind me (?:to|that)|remember to|don'?t forget|do not forget|i (?:need|have|must|should|ought|gotta|got)\b)",
    re.IGNORECASE,
)
_EXCEPT_FIRST: Final = re.compile(
    r"(?:except|apart from|besides|other than|all but)\b", re.IGNORECASE
)
# Quotes and dots of dates and abbreviations do not end a sentence: "24.12. at 9", "Dr. Miller".
_NOT_AN_END: Final = re.compile(
    r"(?:\d\.|\b(?:dr|mr|mrs|ms|st|no|nr|prof|vs|etc|approx))$", re.IGNORECASE
)


# Runs that would make the expressions above slow, and say no more than one of their characters.
_BLANKS: Final = re.compile(r"[^\S\n]+")
_BLANK_LINES: Final = re.compile(r" ?\n[ \n]*")
_MARKS: Final = re.compile(r"([.,;:!?])(?:[ \n]?[.,;:!?]){3,}")
# What `rstrip` takes from the end of a sentence.
ENDS: Final = ".! \n"


def collapse(message: str) -> str:
    """The message without runs of white space and long runs of marks."""
    text = _BLANK_LINES.sub("\n", _BLANKS.sub(" ", message))
    return _MARKS.sub(r"\1", text).strip()


@dataclass(frozen=True)
class Quotes:
    """The quoted texts and the projects of a message, by their placeholder."""

    texts: dict[str, str]
    projects: dict[str, Project] = field(default_factory=dict)

    def restore(self, text: str) -> str:
        """The words as a person would write them, without quotation marks."""
        return _PRIVATE.sub(lambda found: self.texts.get(found[0], ""), text).strip()

    def quoted(self, text: str) -> str:
        """The text as it was typed."""
        return self.restore(_QUOTE.sub(lambda found: f"“{self.texts.get(found[0], '')}”", text))

    def only(self, text: str) -> str | None:
        """The quoted text when `text` is nothing but one quote."""
        return self.texts.get(text.strip(" .!?,:"))

    def first(self, text: str) -> str | None:
        found = _QUOTE.search(text)
        return self.texts.get(found[0]) if found else None


def protect(message: str) -> tuple[str, Quotes]:
    texts: dict[str, str] = {}

    def replace(found: re.Match[str]) -> str:
        mark = chr(_FIRST + len(texts))
        texts[mark] = next(group for group in found.groups() if group is not None).strip()
        return mark

    message = (
        _PRIVATE.sub("", message).replace("’", "'")
        if "‘" not in message
        else _PRIVATE.sub("", message)
    )
    return _QUOTED.sub(replace, message), Quotes(texts)


def split(message: str) -> list[str]:
    """The orders of a message. A title keeps its "and": only the verbs of orders separate."""
    clauses: list[str] = []
    start = 0
    for found in _BREAK.finditer(message):
        before = message[start : found.start()]
        if not before.strip():
            continue
        is_dot = found[0][:1] == "."
        if is_dot and _NOT_AN_END.search(before + "."[: int(bool(before[-1:].isdigit()))]):
            continue
        if is_dot and _NOT_AN_END.search(before):
            continue
        softened = polite(before)
        if _EXCEPT_FIRST.match(softened):
            continue
        if _ONE_TITLE.match(softened) and not found[0].strip().startswith((";", ".", "!", "?")):
            continue
        clauses.append(before)
        start = found.end()
    clauses.append(message[start:])
    return [clause.strip() for clause in clauses if clause.strip(" \t\n,;.!?")]


def polite(clause: str) -> str:
    """The clause without politeness at its start and end."""
    text = whole = collapse(clause)
    while True:
        found = _SOFTENER.match(text)
        if not found or not text[found.end() :].strip():
            break
        text = text[found.end() :]
    while True:
        shorter = _COURTESY.sub("", text)
        if shorter == text or not shorter.strip():
            break
        text = shorter
    # Alone it may begin a title: "moving boxes for the kitchen".
    return text.strip() if whole.startswith(text) else _base_form(text.strip())


def _base_form(text: str) -> str:
    """ "moving the dentist" (after "would you mind") → "move the dentist"."""
    first, space, rest = text.partition(" ")
    base = GERUNDS.get(first.lower())
    return f"{base}{space}{rest}" if base else text


# Words of their own, one letter away from a command.
_RIGHT: Final = frozenset(("none", "both", "gym"))


def correct_verb(clause: str) -> str:
    """A typing error in the first word is corrected when it is one letter away from exactly one command."""
    first, space, rest = clause.partition(" ")
    word = first.lower().strip(",:")
    known = COMMANDS | TASK_VERBS | _RIGHT
    # "Notes for the exam": the plural of a word is no error.
    if not word.isalpha() or len(word) < 4 or {word, word.removesuffix("s")} & known:
        return clause
    near = {
        verb
        for verb in COMMANDS
        if " " not in verb and len(verb) > 3 and distance_is_one(word, verb)
    }
    near = {verb for verb in near if sorted(verb[:2]) == sorted(word[:2]) or verb[0] == word[0]}
    return f"{near.pop()}{space}{rest}" if len(near) == 1 else clause
