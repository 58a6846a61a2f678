"""Other words for the same order, rewritten to the ones that the rules know: "scrap the cake" deletes it."""

import re
from typing import Final

# These begin a title, whatever follows.
_NOT_TITLE: Final = r"(?!(?:add|create|new|note|todo|task|remind|remember|buy|put)\b)"
_FORMS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), form)
    for pattern, form in (
        (r"\ba quarter of an hour\b", "15 minutes"),
        (r"\beverything (?:that's|that is|which is) (?=overdue\b|due\b|tagged\b)", "everything "),
        # Questions.
        (r"^(?:is there )?anything i'm late with\b", "what is overdue"),
        (r"^what have i missed\b", "what is overdue"),
        (r"^(?:which|what) tasks repeat\b", "list recurring tasks"),
        (r"^what are my most important tasks\b", "show high priority tasks"),
        (r"^how full is (.+)", r"what is due \1"),
        (r"^do i need to do anything\b", "is anything due"),
        (r"^have i got anything about\b", "do I have any tasks about"),
        # Reminders.
        (r"^(?:ping|alert|notify) me\b", "remind me"),
        (r"^i (?:want|need|'d like) a reminder for\b", "set a reminder for"),
        (r"^remind me (.+? before) (.+) is due$", r"remind me about \2 \1"),
        (r"^remind me ((?:an?|\d+|two|three) (?:minutes?|hours?|days?|weeks?) before) (.+)", r"remind me about \2 \1"),
        (r"^remind me when (.+) is due$", r"remind me about \1 when it is due"),
        (r"^remind me (?:about|of) (.+) again in (.+)", r"snooze \1 for \2"),
        # Titles, tags, notes, priorities.
        (rf"^{_NOT_TITLE}(.+) should be called (.+)", r"rename \1 to \2"),
        (r"^edit (.+) to say (.+)", r"rename \1 to \2"),
        (r"^call (.+) (\S+) from now on$", r"rename \1 to \2"),
        (rf"^{_NOT_TITLE}(.+) gets the tag (\S+)$", r"tag \1 with \2"),
        (r"^note on (.+?): (.+)", r"add a note to \1: \2"),
        (r"^add the note (.+) to (.+)", r"add a note to \2: \1"),
        (r"^write (.+) in the notes? of (.+)", r"add a note to \2: \1"),
        (r"^(low|medium|high) priority for (.+)", r"set the priority of \2 to \1"),
        (r"^bump (.+) to (?:the )?(?:top|highest) priority$", r"make \1 high priority"),
        (r"^make a note to\b", "remember to"),
        # States.
        (r"^have finished\b", "finished"),
        (r"^put (.+) back on (?:my|the) list$", r"reopen \1"),
        (r"^(?:no|leave out) (.+) today$", r"skip \1 today"),
        (r"^(?:i'm )?not going to (.+) today$", r"skip \1 today"),
        (r"^stop (.+) from repeating$", r"stop repeating \1"),
        (r"^(?:scrap|bin) (?=the\b|everything\b|all\b)", "delete "),
        (r"^wipe (?=everything\b|all\b)", "delete "),
        # Dates.
        (rf"^{_NOT_TITLE}(.+) can wait until (.+)", r"move \1 to \2"),
        (rf"^{_NOT_TITLE}(.+) (?:isn't|is not) due until (.+)", r"move \1 to \2"),
        (rf"^{_NOT_TITLE}(.+) at (\S+) instead of \S+$", r"move \1 to \2"),
        (r"^make it (\S+) for (.+)", r"move \2 to \1"),
        (r"^shove (?:all of )?(?=.+ to\b)", "move "),
    )
)  # fmt: skip


def usual(text: str) -> str:
    """The clause in the usual words."""
    for pattern, form in _FORMS:
        text = pattern.sub(form, text, count=1)
    return text
