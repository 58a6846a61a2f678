"""Typing errors in the words of orders and dates. Titles keep theirs: they may be meant."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from todo.chat.language.words import distance_is_one, fold

_ERRORS: Final = {
    "wats": "whats", "wht": "what", "wich": "which", "whitch": "which", "whn": "when",
    "tmr": "tomorrow", "tmrw": "tomorrow", "tmrow": "tomorrow", "2morrow": "tomorrow", "tommorow": "tomorrow",
    "tomorow": "tomorrow", "tommorrow": "tomorrow", "2day": "today", "tody": "today", "wensday": "wednesday",
    "wendsday": "wednesday", "wedensday": "wednesday", "untill": "until", "befor": "before", "exept": "except",
    "evrything": "everything", "everthing": "everything",
    "everyting": "everything", "mak": "make", "shedule": "schedule", "reshedule": "reschedule", "tsk": "task",
    "taks": "task", "tasls": "tasks", "taskes": "tasks", "teh": "the", "pleas": "please", "plese": "please",
    "remaind": "remind", "remeber": "remember", "dont": "don't", "doesnt": "doesn't", "didnt": "didn't",
    "havent": "haven't", "shouldnt": "shouldn't", "ive": "i've", "cant": "can't", "wont": "won't", "priorty": "priority",
    "prority": "priority", "mny": "many", "iam": "i'm", "im": "i'm", "isnt": "isn't", "wasnt": "wasn't",
}  # fmt: skip
# Of the words of dates.
_DATE_ERRORS: Final = {
    wrong: right
    for wrong, right in _ERRORS.items()
    if right in {"tomorrow", "today", "wednesday", "until", "before"}
}
# Long enough that one wrong letter is an error and no other word.
_DATES: Final = (
    "tomorrow", "yesterday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "january", "february", "september", "october", "november", "december", "weekend",
)  # fmt: skip
_LONG: Final = (
    *_DATES, "everything", "reminder", "priority", "overdue", "description", "project", "complete", "postpone",
    "reschedule",
)  # fmt: skip
# Words of their own, one letter away from one of those.
_RIGHT: Final = frozenset(
    "reminded remainder compete completed completer protect postponed postponer rescheduled overdub overdye priorly"
    " sundae sundry weakend".split()
)
# A title begins behind one of these: only its dates are corrected.
_TITLE: Final = re.compile(
    r"\b(?:add|create|insert|new task|note|todo|write down|remind me to|remember to|(?:rename|retitle|change|call)\b.+?\b(?:to|into))\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"(?<![#+/@\w])[a-z0-9]{2,12}(?!\w)", re.IGNORECASE)


def correct(text: str) -> str:
    title = _TITLE.search(text)
    start = title.end() if title else len(text)
    order = _WORD.sub(lambda found: _correct(found[0], _ERRORS, _LONG), text[:start])
    return order + _WORD.sub(lambda found: _correct(found[0], _DATE_ERRORS, _DATES), text[start:])


def _correct(word: str, errors: Mapping[str, str], known: Sequence[str]) -> str:
    folded = fold(word)
    if folded in errors:
        return errors[folded]
    if len(word) < 6 or folded in known or folded in _RIGHT or folded.endswith("s"):
        return word
    near = [right for right in known if right[0] == folded[0] and distance_is_one(folded, right)]
    return near[0] if len(near) == 1 else word
