"""Typing errors in the words of orders and dates. Titles keep theirs: they may be meant."""

import re
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
# Long enough that one wrong letter is an error and no other word.
_LONG: Final = (
    "tomorrow", "yesterday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "everything", "reminder", "priority", "overdue", "description", "project", "january", "february",
    "september", "october", "november", "december", "weekend", "complete", "postpone", "reschedule",
)  # fmt: skip
# Words of their own, one letter away from one of those.
_RIGHT: Final = frozenset(
    "reminded remainder compete completed completes projects prospect october's holiday midday".split()
)
_WORD: Final = re.compile(r"(?<![#+/@\w])[a-z0-9]{2,12}(?!\w)", re.IGNORECASE)


def correct(text: str) -> str:
    return _WORD.sub(lambda found: _correct(found[0]), text)


def _correct(word: str) -> str:
    folded = fold(word)
    if folded in _ERRORS:
        return _ERRORS[folded]
    if len(word) < 6 or folded in _LONG or folded in _RIGHT or folded.endswith("s"):
        return word
    near = [right for right in _LONG if right[0] == folded[0] and distance_is_one(folded, right)]
    return near[0] if len(near) == 1 else word
