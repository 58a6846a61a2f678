"""The phrases of orders that change one field: title, project, start, tags, priority, note, reminders, repetition."""

from typing import Final

from todo.chat.language.edits import (
    change,
    describe,
    file_in,
    priority,
    remind,
    repeat,
    unfile,
    unknown_project,
    untag,
)
from todo.chat.language.moves import rename, start
from todo.chat.language.projects import MARKED
from todo.chat.language.reading import Read
from todo.chat.language.requests import Action

# The parts of the phrases.
_T: Final = r"(?P<target>.+?)"
_END: Final = r"(?P<target>.+)"
_TAG: Final = r"(?P<value>#?[\w/-]+(?:(?:\s*,\s*|\s+and\s+)#?[\w/-]+)*)"
_HASHES: Final = r"(?P<value>#[\w/-]+(?:(?:\s*,\s*|\s+and\s+|\s+)#[\w/-]+)*)"
_REMOVE: Final = r"(?:remove|delete|drop|take|clear|strip|unset|erase|cancel|get rid of)"
_GIVE: Final = r"(?:add|put|attach|apply|set|give|stick|use)"
_CHANGE: Final = r"(?:set|change|make|raise|lower|put|update|increase|decrease|reduce|turn)"
_OF: Final = r"(?:of|for|on|to|from|into|in|off|under)"
_A: Final = r"(?:(?:the|a|an|my|its|all|any|this)\s+)*"
_PRIORITY: Final = r"(?:priority|prio|importance|urgency)"
_LEVELS: Final = r"highest|high|urgent|important|top|medium|normal|mid|low|lowest|none|no"
_LEVEL: Final = rf"(?P<level>{_LEVELS}|p?[1-9])"
# Without the word "priority" a number is a time: "put the dentist at 3".
_LEVEL_ALONE: Final = rf"(?P<level>{_LEVELS}|p[1-3]|[1-9](?=[\s-]+{_PRIORITY}))"
_NOTE: Final = r"(?:notes?|descriptions?|comments?|details?|remarks?)"
_FILE: Final = r"(?:move|put|file|add|transfer|shift|place|take|assign|sort|drag|change|bring|push)"
_INTO: Final = r"(?:to|into|in|under|onto|inside|over to|back to|back into)"
_EVERY: Final = (
    r"(?:every|each|daily|weekly|monthly|yearly|annually|hourly|biweekly|fortnightly|quarterly"
    r"|(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)days|weekdays|workdays|weekends)\b"
)
_REPEAT: Final = r"(?:repeat|recur|be repeated|recurring|repeating|happen|come back|occur)"
_NOW: Final = r"(?:\s+(?:from now on|now on|now|instead|any ?more|any longer|again))*"
_NOT: Final = r"(?:should(?:n'?t| not| no longer| stop)|do(?:es)?(?:n'?t| not)(?: need to| have to)?|no longer|must(?:n'?t| not)|need(?:n'?t| not))"


def field_rows() -> tuple[tuple[str, Read], ...]:
    return (
        # Title.
        (r"(?:rename|retitle)\s+(?P<rest>.+)", rename),
        (rf"(?:change|set|update|edit|correct)\s+{_A}(?:title|name|wording|text)\s+(?:of|for)\s+(?P<rest>.+)", rename),
        (rf"{_A}(?:new\s+)?(?:title|name)\s+(?:of|for)\s+{_T}(?:\s*:\s*|\s+should\s+be\s+|\s+(?:is\s+)?(?=[\ue000-\uefff]))(?P<value>.+)", change(Action.RENAME)),
        (rf"{_A}new\s+(?:title|name)\s+(?:of|for)\s+{_T}\s+is\s+(?P<value>.+)", change(Action.RENAME)),
        (rf"give\s+{_T}\s+(?:the|a)\s+(?:new\s+)?(?:title|name)\s*:?\s+(?P<value>.+)", change(Action.RENAME)),
        (r"(?:call|name)\s+(?P<target>.+?)\s+(?P<value>[\ue000-\uefff])", change(Action.RENAME)),
        # Project.
        (rf"(?:change|set|move)\s+{_A}project\s+(?:of|for)\s+{_T}\s+(?:to\s+|as\s+)?{MARKED}", file_in),
        (rf"{_FILE}\s+{_T}\s+{_INTO}\s+{MARKED}", file_in),
        (rf"{_FILE}\s+{_T}\s+{_INTO}\s+{_A}(?P<inbox>inbox)", file_in),
        (rf"{_T}\s+(?:should\s+|must\s+|needs to\s+|has to\s+)?(?:belongs?|goes|go|be|is part of|be part of)\s+(?:{_INTO}\s+)?{MARKED}", file_in),
        (rf"i\s+want\s+{_T}\s+(?:{_INTO})\s+{MARKED}", file_in),
        (rf"(?:move|take|remove|get|pull)\s+{_T}\s+(?:out of|from|off|out from)\s+{MARKED}", unfile),
        (rf"(?:move|put|file|add|transfer)\s+.+?\s+{_INTO}\s+(?:{_A}(?P<name>[^+]+?)\s+project|project\s+(?P<called>[^+]+))", unknown_project),
        # Start.
        (rf"(?:set|change|move)\s+{_A}start(?:ing|s)?(?:\s+(?:date|day))?\s+{_OF}\s+{_T}\s+(?:to|on|at|for|as)\s+(?P<value>.+)", start),
        (rf"{_A}start(?:ing)?\s+(?:date|day)\s+(?:of|for)\s+{_T}(?:\s*[:=]\s*|\s+(?:is|should be)\s+)(?P<value>.+)", start),
        (rf"(?:set|change|move)\s+{_T}'s\s+start(?:\s+date)?\s+(?:to|on)\s+(?P<value>.+)", start),
        (rf"(?:hide|park|sleep)\s+{_T}\s+(?:until|till|before)\s+(?P<value>.+)", start),
        (rf"(?:(?:i|we)(?:'ll|\s+will|\s+can|\s+want to)?\s+(?:only\s+)?)?(?:start|begin)\s+(?:with\s+|on\s+)?{_T}\s+(?:only\s+)?(?P<value>(?:on|from|next|in|at|after|tomorrow)\b.+?)(?:\s+on(?:wards?)?)?", start),
        (rf"(?:let\s+|have\s+)?{_T}\s+(?:(?:should|can|will|must|does not|doesn't|cannot|can't)\s+)?(?:only\s+)?(?:starts?|begins?|appears?|shows? up)\s+(?:before\s+|from\s+)?(?P<value>.+)", start),
        (rf"i\s+(?:don't|do not)\s+want\s+to\s+see\s+{_T}\s+(?:until|till|before)\s+(?P<value>.+)", start),
        (rf"{_REMOVE}\s+{_A}start(?:ing)?(?:\s+(?:date|day))?\s+{_OF}\s+{_END}", change(Action.START, "none")),
        # Tags.
        (rf"(?:tag|label|mark)\s+{_T}\s+(?:with|as)\s+(?:the\s+)?(?:tags?\s+|label\s+)?{_HASHES}", change(Action.TAG)),
        (rf"(?:tag|label)\s+{_T}\s+(?:with|as)\s+(?:the\s+)?(?:tags?\s+|label\s+)?(?P<value>.+)", change(Action.TAG)),
        (rf"(?:tag|label)\s+{_T}\s+{_HASHES}", change(Action.TAG)),
        (rf"(?:tag|label)\s+(?P<target>it|that|this|them|both|those|these)\s+{_TAG}", change(Action.TAG)),
        (rf"{_GIVE}\s+{_A}(?:tags?|label)\s+{_TAG}\s+(?:to|on|for|onto)\s+{_END}", change(Action.TAG)),
        (r"(?:add|put|attach|apply|stick)\s+(?:the\s+)?(?P<value>#[\w/-]+)(?:\s+tag)?\s+(?:to|on|onto)\s+(?P<target>.+)", change(Action.TAG)),
        (rf"(?:add|put|attach|apply|stick)\s+{_A}(?P<value>[\w/-]+)\s+(?:tag|label)\s+(?:to|on|onto)\s+{_END}", change(Action.TAG)),
        (rf"(?:give|add|mark)\s+{_T}\s+(?:with\s+)?(?:the|a)\s+(?:tag|label)\s+{_TAG}", change(Action.TAG)),
        (rf"(?:give|add)\s+{_T}\s+(?:the|a)\s+{_TAG}\s+(?:tag|label)", change(Action.TAG)),
        (rf"{_REMOVE}\s+(?:the\s+)?(?:tag|label)\s+{_TAG}\s+(?:from|off(?: of)?|of)\s+{_END}", change(Action.UNTAG)),
        (rf"{_REMOVE}\s+(?:the\s+)?(?P<value>#[\w/-]+)(?:\s+tag)?\s+(?:from|off(?: of)?)\s+{_END}", change(Action.UNTAG)),
        (rf"{_REMOVE}\s+(?:the\s+)?(?P<value>[\w/-]+)\s+(?:tag|label)\s+(?:from|off(?: of)?)\s+{_END}", change(Action.UNTAG)),
        (rf"untag\s+{_TAG}\s+from\s+{_END}", change(Action.UNTAG)),
        (rf"untag\s+{_T}\s+(?:(?:from|as|with)\s+)?{_TAG}", untag),
        # Priority.
        (rf"(?:{_CHANGE}|give)\s+{_A}{_PRIORITY}\s+(?:of|for|on)\s+{_T}\s+(?:down |up )?(?:to|as|=)?\s*{_LEVEL}", priority),
        (rf"(?:{_CHANGE}|give)\s+{_A}{_PRIORITY}\s+(?:to\s+)?{_LEVEL}\s+(?:for|to|on|of)\s+{_END}", priority),
        (rf"{_CHANGE}\s+{_T}(?:'s)?\s+{_PRIORITY}\s+(?:to|as|=)\s*{_LEVEL}", priority),
        (rf"{_A}{_PRIORITY}\s+(?:of|for)\s+{_T}(?:\s*:\s*|\s+(?:is|should be)\s+){_LEVEL}", priority),
        (rf"(?:give|assign|put)\s+{_T}\s+{_A}{_PRIORITY}\s+(?:of\s+)?{_LEVEL}", priority),
        (rf"(?:make|mark|set|flag|give|put|change)\s+{_T}\s+(?:as\s+|to\s+|at\s+|on\s+|a\s+|an\s+|is\s+|be\s+|with\s+)*{_LEVEL_ALONE}(?:[\s-]+{_PRIORITY})?", priority),
        (rf"{_T}\s+(?:is|are|has|have|should be|should have|needs|gets|must be)\s+(?:now\s+|very\s+|really\s+|a\s+|of\s+)*{_LEVEL_ALONE}(?:[\s-]+{_PRIORITY})?", priority),
        (rf"{_T}\s+(?:is|are|has|should be|with|to)?\s*{_A}(?:{_PRIORITY}\s+(?:is\s+|to\s+|of\s+)?{_LEVEL})", priority),
        (rf"{_T}\s+(?:is|are)(?:\s+not|n't)\s+(?:so\s+|that\s+|very\s+|really\s+|too\s+)*(?:important|urgent)(?:\s+(?:any ?more|any longer|now))?", change(Action.PRIORITY, "9")),
        (rf"{_REMOVE}\s+{_A}{_PRIORITY}\s+(?:of|from|for|on)\s+{_END}", change(Action.PRIORITY, "0")),
        (rf"(?:raise|increase|push up)\s+{_A}{_PRIORITY}\s+(?:of|for|on)\s+{_END}", change(Action.PRIORITY, "1")),
        (rf"(?:lower|decrease|reduce)\s+{_A}{_PRIORITY}\s+(?:of|for|on)\s+{_END}", change(Action.PRIORITY, "9")),
        (rf"(?:de-?prioriti[sz]e)\s+{_END}", change(Action.PRIORITY, "9")),
        (rf"prioriti[sz]e\s+{_END}", change(Action.PRIORITY, "1")),
        (rf"(?P<target>\S+)\s+{_LEVEL}\s+{_PRIORITY}", priority),
        # Reminders.
        (rf"(?:{_REMOVE}|turn off|switch off|disable|mute|stop)\s+{_A}reminders?\s+{_OF}?\s*(?:about\s+)?{_END}", change(Action.REMIND, "none")),
        (rf"(?:no (?:more )?reminders?|stop reminding me|mute)\s+(?:for|about|of|on)\s+{_T}{_NOW}", change(Action.REMIND, "none")),
        (r"remind me\s+(?P<how>about|of|on)\s+(?P<rest>(?!it'?s\b).+)", remind),
        (r"(?:(?:set|add|create|give me|put|make)\s+)?(?:an?\s+|another\s+|two\s+)?(?:reminder|alarm)s?\s+(?P<how>for|on|about|of|to)\s+(?P<rest>.+)", remind),
        # Repetition.
        (rf"(?:don'?t|do not|never|stop)\s+repeat\s+{_T}{_NOW}", change(Action.REPEAT, "none")),
        (rf"{_T}\s+{_NOT}\s+(?:repeats?|recurs?|repeat(?:ing)?|recurring|be repeated){_NOW}", change(Action.REPEAT, "none")),
        (rf"(?:stop|end)\s+(?:repeating|recurring|the (?:repetition|recurrence|series) of)\s+{_T}{_NOW}", change(Action.REPEAT, "none")),
        (rf"(?:make|let)\s+{_T}\s+(?:not repeat|no longer repeat|non-?recurring|stop repeating|a (?:single|one-?time|one-?off) task){_NOW}", change(Action.REPEAT, "none")),
        (rf"(?:{_REMOVE}|turn off|switch off|stop)\s+{_A}(?:recurrence|repetition|repeat|rule|recurring)\s+{_OF}\s+{_END}", change(Action.REPEAT, "none")),
        (rf"(?:change|set|update)\s+{_A}(?:recurrence|repetition|rule|interval|rhythm|frequency)\s+{_OF}\s+{_T}\s+to\s+(?P<value>.+)", repeat),
        (rf"(?:make|let|have|set|change|turn)\s+{_T}\s+(?:to\s+|into\s+)?{_REPEAT}\s+(?P<value>.+?){_NOW}", repeat),
        (rf"(?:make|set|change|switch|turn|do|move|repeat|schedule|reschedule)\s+{_T}\s+(?:to\s+|into\s+|a\s+)?(?P<value>{_EVERY}.*?)(?:\s+task)?{_NOW}", repeat),
        (rf"i\s+want\s+{_T}\s+to\s+(?:repeat|recur)\s+(?P<value>.+?){_NOW}", repeat),
        (rf"{_T}\s+(?:should|must|needs to|has to)\s+{_REPEAT}\s+(?P<value>.+?){_NOW}", repeat),
        (rf"{_T}\s+(?:should be|must be|is|are|repeats|recurs|happens)\s+(?:now\s+)?(?P<value>{_EVERY}.*?){_NOW}", repeat),
        (rf"{_T}\s+(?:only\s+)?(?P<value>{_EVERY}.*?)\s+(?:from now on|instead|now on|now)", repeat),
        # Note.
        (rf"(?:add|put|write|attach|append|leave|make|note|set|give)\s+{_A}{_NOTE}\s+{_OF}\s+{_T}(?:\s*:\s*|\s+(?:saying|that says|which says|that|with)\s+|\s+to\s+|\s+(?=[\ue000-\uefff]))(?P<value>.+)", describe),
        (rf"(?:write|put|note|add)\s+(?:this\s+)?{_OF}\s+{_A}{_NOTE}\s+{_OF}\s+{_T}(?:\s*:\s*|\s+(?=[\ue000-\uefff]))(?P<value>.+)", describe),
        (rf"(?:add|write|put|note)\s+(?P<value>.+?)\s+(?:in|into|to|as|on)\s+{_A}{_NOTE}\s+(?:of|for|on|to)\s+{_END}", describe),
        (rf"(?:add|write|put)\s+(?P<value>.+?)\s+(?:in|into|to|on)\s+{_T}'s\s+{_NOTE}", describe),
        (rf"{_A}{_NOTE}\s+(?:of|for|on)\s+{_T}(?:\s*:\s*|\s+(?:should\s+(?:say|be)|is|are)\s+(?=[\ue000-\uefff]))(?P<value>.+)", describe),
        (rf"(?:change|update|replace|edit|set)\s+{_A}{_NOTE}\s+{_OF}\s+{_T}(?:\s*:\s*|\s+(?:to|with|by)\s+)(?P<value>.+)", change(Action.REDESCRIBE)),
        (rf"(?:{_REMOVE}|empty)\s+{_A}{_NOTE}\s+{_OF}\s+{_END}", change(Action.REDESCRIBE, "none")),
    )  # fmt: skip
