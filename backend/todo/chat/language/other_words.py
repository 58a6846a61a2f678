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
        (r"\b(everything|all|tasks|things|stuff|whatever|those) (?:that )?(?:i|we)(?:'ve| have)(?: got| to do| planned| scheduled| due| left)*\b(?!\s+(?:already\s+)?(?:\w+ed|done)\b)", r"\1"),
        (r"^(?:except|apart from|besides)(?: for)? (.+?), (.*\b(?:all|everything|them)\b.*)", r"\2 except \1"),
        (r"^(delete|complete|move|postpone|remove|tag|finish) what(?:ever)?(?:'s| is) ", r"\1 everything "),
        (r"^(.+?) (?:can|should|may) be (?:deleted|removed|thrown away)$", r"delete \1"),
        # "must be completed" is a duty: it is still to be done.
        (r"^(.+?) (?:can be (?:completed|closed|ticked off)|(?:can|should|must|may) be marked as done)$", r"complete \1"),
        (r"^(reopen|skip|complete|delete|postpone)$", r"\1 it"),
        (r"^i (?:completed|finished|closed|ticked off) (.+?) by (?:mistake|accident)$", r"reopen \1"),
        # Questions.
        (r"^wat(?= (?:is|are|do|was|did)\b)", "what"),
        (r"\b(?:don't|do not|doesn't) have (?:a |any )?(?:due )?(?:date|deadline)\??$", "without a date"),
        (r"^what(?:'s| is|s) (?:important|high priority)$", "show high priority tasks"),
        (r"^show (?:me )?(.+?) only (?:from|after|as of|starting)(?: the)? (.+?)(?: on(?:wards?)?)?$", r"hide \1 until \2"),
        (r"^(?:can|could|may|should) (?!you\b|i\b|we\b)(.+?) (?:wait|be moved|be done|happen|be postponed|be|go)(?: until| till| to| on| by)? (.+?)\??$", r"move \1 to \2"),
        (r"^(?:is there )?anything i'm late with\b", "what is overdue"),
        (r"^what have i missed\b", "what is overdue"),
        (r"^(?:which|what) tasks repeat\b", "list recurring tasks"),
        (r"^what are my most important tasks\b", "show high priority tasks"),
        (r"^how full is (.+)", r"what is due \1"),
        (r"^do i need to do anything\b", "is anything due"),
        (r"^have i got anything about\b", "do I have any tasks about"),
        # Reminders.
        (r"^remember me\b", "remind me"),
        (r"^be reminded\b", "remind me"),
        (r"^remind me (?:an?|\d+|two|three|one|half) (?:an? )?\w+(?: (?:and|,) (?:an?|\d+|two|three|one) \w+)* before$", r"\g<0> it"),
        (r"^(?:i )?(?:don't|do not) (?:want|need) (?:any |a |more |the )*reminders?\b", "no reminder"),
        (r"^no (?:more )?reminders? (.+?)(?: please| any ?more| any longer)+$", r"no reminders \1"),
        (r"^remind me again (?:about|of) (.+) in (.+)", r"snooze \1 for \2"),
        (r"^remind me (?:about |of )?(?:it |that )?again in (.+)", r"snooze it for \1"),
        (r"^remind me (?!about\b|of\b|to\b|again\b|later\b)(\S.{1,30}?) (?:about|of) (.+)", r"remind me about \2 \1"),
        (r"^remind me later (?:about|of) (.+)", r"snooze \1"),
        (r"^remind me (?:about|of) (.+) later$", r"snooze \1"),
        (r"^(?:ping|alert|notify) me\b", "remind me"),
        (r"^i (?:want|need|'d like) a reminder for\b", "set a reminder for"),
        (r"^remind me (.+? before) (.+) is due$", r"remind me about \2 \1"),
        (r"^remind me ((?:(?:an?|\d+|one|two|three|half an) (?:minutes?|min|hours?|h|days?|weeks?)(?: and |, )?)+ before) (.+)", r"remind me about \2 \1"),
        (r"^remind me when (.+) is due$", r"remind me about \1 when it is due"),
        (r"^remind me (?:about|of) (.+) again in (.+)", r"snooze \1 for \2"),
        (r"^(?:set|add|create|give me|make|i need|i want) (?:a |an |another )?(?:reminder|alarm|alert) (.+? before) (.+)", r"remind me about \2 \1"),
        (r"^(?:don't|do not) (?:show|display)(?: me)? (.+?) (?:until|till|before) (.+)", r"hide \1 until \2"),
        (r"^(set|change|move|raise|lower|remove|clear) (?:its|their) (start date|due date|date|deadline|time|priority|title|name|description|note|project)", r"\1 the \2 of it"),
        # Titles, tags, notes, priorities.
        (r"^rename (\S+) in (.+)", r"rename \1 to \2"),
        (rf"^{_NOT_TITLE}(.+?)(?: task)? (?:should be|must be|is now|is) (?:re)?(?:called|named|titled) (.+)", r"rename \1 to \2"),
        (r"^edit (.+) to say (.+)", r"rename \1 to \2"),
        (r"^call (.+) (\S+) from now on$", r"rename \1 to \2"),
        (rf"^{_NOT_TITLE}(.+) gets the tag (\S+)$", r"tag \1 with \2"),
        (r"^note (?:on|for|about) (.+?) ([\ue000-\uefff])$", r"add a note to \1: \2"),
        (r"^note (?:on|for|about) (.+?): (.+)", r"add a note to \1: \2"),
        (r"^(?:add|put|write|leave) (?:the|a) (?:note|comment|remark|description) ([\ue000-\uefff]) (?:to|on|in) (.+)", r"add a note to \2: \1"),
        (r"^add the note (.+) to (.+)", r"add a note to \2: \1"),
        (r"^write (.+) in the notes? of (.+)", r"add a note to \2: \1"),
        (r"^(low|medium|high) priority for (.+)", r"set the priority of \2 to \1"),
        (r"^bump (.+) to (?:the )?(?:top|highest) priority$", r"make \1 high priority"),
        (r"^make a note to\b", "remember to"),
        # States.
        (r"^(?:finished|done|completed): ?(.+)", r"complete \1"),
        (r"^mark (?:it |this |as )*(?:done|complete|finished|off): ?(.+)", r"complete \1"),
        (r"(?<=\w) (?:is |are )?(?:done|finished)(?= ?(?:,|and) .+(?:done|finished)$)", ""),
        (r"^i (?:don't|do not|no longer) need (?:the |my )?(?!to\b|any\b|a\b)(.+?)(?: any ?more| any longer| now)?$", r"delete \1"),
        (r"^(?!what|which)(.+?) (?:is|are) (?:no longer|not) (?:needed|necessary|relevant)(?: any ?more| any longer)?$", r"delete \1"),
        (r"^(.+?) (?:isn't|aren't) (?:needed|necessary|relevant)(?: any ?more| any longer)?$", r"delete \1"),
        (r"^have finished\b", "finished"),
        (r"^((?:(?:i|we)(?:'ve| have)? )?(?:just |already |finally )*)(?:phoned|rang|(?:talked|spoke|spoken) (?:to|with))\b", r"\1called"),
        (r"^put (.+) back on (?:my|the) list$", r"reopen \1"),
        (r"^(?:no|leave out) (.+) today$", r"skip \1 today"),
        (r"^(?:i'm )?not going to (.+) today$", r"skip \1 today"),
        (r"^stop (.+) from repeating$", r"stop repeating \1"),
        (r"^(?:scrap|bin) (?=the\b|everything\b|all\b)", "delete "),
        (r"^wipe (?=everything\b|all\b)", "delete "),
        # Dates.
        (r" instead of (?:on |at )?(?:today|tomorrow|yesterday|next \w+|\w+day|the \d+\w*|\d[\d:.]*(?:am|pm)?)$", " instead"),
        (r"^(?:no,? )?(?:(?:no,|i meant|i mean|rather|better|make (?:it|that))) ((?:on|at|for|to) \S.*)", r"move it to \1"),
        (r"^((?:an?|one|two|three|half an|\d+) (?:minutes?|hours?|days?|weeks?|months?) (?:later|earlier|sooner))$", r"move it \1"),
        (rf"^{_NOT_TITLE}(.+) can wait until (.+)", r"move \1 to \2"),
        (rf"^{_NOT_TITLE}(.+) (?:isn't|is not) due until (.+)", r"move \1 to \2"),
        (rf"^{_NOT_TITLE}(.+) at (\S+) instead of \S+$", r"move \1 to \2"),
        (r"(?: please)?,? not (?:on |at )?(?:today|tomorrow|\w+day|\d[\d:.]*(?:am|pm)?)$", ""),
        (r"^put (.+) on (today|tomorrow|\w+day)'s (?:list|plan|agenda)$", r"put \1 on \2"),
        (r"^([^:]+): ?(?:change|set|move) (?:the )?(?:due )?(?:date |deadline |time )?to (.+)", r"move \1 to \2"),
        (r"^make (?!it\b|that\b|this\b|them\b)(.+?) ((?:at|on) \S+) instead$", r"move \1 to \2"),
        (r"^make it (\S+) for (.+)", r"move \2 to \1"),
        (r"^shove (?:all of )?(?=.+ to\b)", "move "),
    )
)  # fmt: skip


def usual(text: str) -> str:
    """The clause in the usual words."""
    for pattern, form in _FORMS:
        text = pattern.sub(form, text, count=1)
    return text
