"""Questions: what is due, which tasks match, how many; and the fixed answers to small talk and wishes we lack."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from todo.chat.language.clauses import Quotes
from todo.chat.language.dates import Today, bare, read_period
from todo.chat.language.projects import MARKED
from todo.chat.language.requests import (
    Action,
    Change,
    ListProjects,
    ListTags,
    Overview,
    Request,
    Show,
    Target,
    Tell,
)
from todo.chat.language.targets import read_target

Read = Callable[[re.Match[str], Quotes, Today], Request | None]

ABILITIES: Final = (
    "I work on your tasks. Say for example: “add buy milk tomorrow at 5pm #home”, “what is due this week”, "
    "“complete the rent”, “move everything from thursday to friday except the dentist”, “rename “a” to “b””, "
    "“remind me about the rent 2 hours before”, “delete the dentist”, “undo that”."
)
_NO_PROJECTS: Final = (
    "I cannot create, rename or delete projects; the page can. I can file tasks: say for example “move the dentist to "
    "the Work project”, or “list my projects”."
)
_GREETING: Final = "Hello. " + ABILITIES


def _fixed(*rows: tuple[str, Request]) -> tuple[tuple[re.Pattern[str], Request], ...]:
    return tuple(
        (re.compile(rf"(?:{pattern})$", re.IGNORECASE), answer) for pattern, answer in rows
    )


FIXED: Final = _fixed(
    (r"(?:hi|hello|hey|good (?:morning|evening|afternoon)|moin|hallo|yo)(?: there| todo| assistant)?", Tell(_GREETING)),
    (r"(?:help|\?+|what can (?:you|i) (?:do|say|ask)(?: here)?|how do(?:es)? (?:you|this|it) work|commands|instructions|what do you (?:do|know)|who are you|what are you)", Tell(ABILITIES)),
    (r"what (?:happens|would happen|if)\b.*", Tell("Deleting and changing several tasks is shown first, and can be undone. Nothing was changed.")),
    (r"(?:leave|keep) .+ (?:as (?:it is|is|they are)|alone|unchanged|where (?:it is|they are))", Tell("Nothing was changed.")),
    (r"i (?:don't|do not) want to (?:delete|change|move|complete|remove|touch)\b.*", Tell("Nothing was changed.")),
    (r".*\b(?:dark|light) (?:mode|theme)", Tell("I cannot change settings; the page “Settings” can.")),
    (r"(?:open|show) (?:the |my )?(?:calendar|settings?|app|page|browser|website)", Tell("I cannot open pages. I can show tasks: say for example “what is due this week”.")),
    (r"not (?:the|my|this|that)\b.*", Tell("Nothing was changed there.")),
    (r"(?:i'?m |i am |we are )?(?:all )?(?:is )?(?:done|finished)(?: for (?:today|now))?", Tell("Well done. To complete tasks, say which: for example “complete everything due today”.")),
    (r"(?:oops|sorry|hmm?|uh|lol|haha|i see|understood)(?: .{0,12})?", Tell("All right.")),
    (r"(?:thanks?|thank you|thx|cheers|great|perfect|nice|cool|good|ok(?:ay)?|awesome|well done|bye|good ?night|got it|fine)(?: .{0,20})?", Tell("You are welcome.")),
    (r"(?:no|nope|never ?mind|forget it|cancel|stop|nothing|leave it|don'?t|abort|none|neither|not? (?:any|one) of (?:them|these|those)|none of (?:them|these|those)|keep (?:them|it|both))(?: thanks| that)?", Tell("Nothing was changed.")),
    (r"(?:yes|yep|yeah|sure|do it|go ahead|apply|approve)(?: please)?", Tell("There is nothing to confirm at the moment.")),
    (r"what(?:'s| is|s)(?: (?:up|coming))? next|what(?:'s| is|s)? (?:the |my )?(?:next|first|most (?:urgent|pressing)) (?:thing|task|one)(?: (?:i have )?to do| on my list)?|what (?:should|shall|must|do|can) i (?:do|start|work|begin|tackle)(?: on| with)? (?:first|next|now)|(?:what(?:'s| is|s) )?most (?:urgent|pressing)|what needs my attention|where (?:should|do) i (?:start|begin)", Overview()),
    (r"(?:(?:show |tell )?(?:me )?my day|overview|summary|summar(?:y|ise|ize)(?: my (?:day|tasks|list))?|(?:my )?(?:daily )?(?:briefing|agenda|status|report)|how(?:'s| is| does)(?: my)? (?:day|today)(?: look(?:ing)?)?|what does my day look like|how am i doing|give me an? (?:overview|summary|briefing)(?: of (?:my|the) (?:day|tasks))?|show me an? (?:overview|summary)|show (?:an |the |my )?overview)", Overview()),
    (r"(?:(?:show|list|display|what are|which are)(?: me)?(?: all)?(?: of)? ?(?:my|the)? ?(?:tags|labels)|(?:what|which) (?:tags|labels)(?: do i (?:have|use)| are there| exist)?|tags|all tags|my tags)", ListTags()),
    (r"(?:(?:show|list|display|what are|which are|see)(?: me)?(?: all)?(?: of)? ?(?:my|the)? ?projects|(?:what|which|how many) projects(?: (?:do|have) i (?:have|got|use)| are there| exist)?|(?:all |my )*projects|do i have (?:any )?projects)", ListProjects()),
    (rf"(?:delete|remove|archive|rename|close|share|create|add|make|retitle|reorder) (?:a |the |my |new |project )*{MARKED}(?: project)?(?: (?:to|into|as|with)\b.*)?", Tell(_NO_PROJECTS)),
    (r"(?:empty|clear) (?:the |my )?(?:trash|bin)", Tell("I cannot empty the trash: deleted tasks stay there and can be restored. I can show it: say “what is in the trash”.")),
    (r"(?:share|assign|delegate|invite)\b(?!.*\+[\uf000-\uf8ff]).*", Tell("I cannot share or assign tasks: every task here has one owner. I can add a reminder for yourself: say for example “remind me to ask Anna tomorrow at 9”.")),
    (r"(?:create|add|make|start|open|set up) (?:a |an |another |the )?(?:new )?(?:list|folder|board|section|column|category|sub-?task|sub-?list|workspace)\b.*", Tell("There are no lists or subtasks here. A project or a tag does the same: say for example “add buy milk #shopping”.")),
    (r"(?:create|add|make|start|open|set up|delete|remove|archive|rename|close) (?:a |an |another |the |my )?(?:new )?(?:\w+ )?projects?\b(?! to\b).*", Tell(_NO_PROJECTS)),
    (r"(?:attach|upload)\b.*", Tell("I cannot attach files. I can put a link or a note into the description: say for example “add a note to the rent: see the contract”.")),
    (r"(?:export|import|sync(?:hronize)?|back ?up my (?:tasks|data)|connect)\b(?:.*\b(?:tasks|calendar|data|file|list)\b.*)?", Tell("I cannot import or export; the page “Settings” can. I can show tasks: say for example “what is due this week”.")),
    (r"(?:duplicate|copy|clone|merge|combine)\b.*", Tell("I cannot copy or merge tasks. I can add a new one: say for example “add buy milk tomorrow”.")),
    (r"(?:(?:what|how)(?:'s| is| will)?(?: be)?(?: the)?|is it|will it) (?:weather|rain|snow|sunny|temperature|time is it|news)\b.*|(?:play|tell me a joke|sing|translate|calculate|google|browse|search the (?:web|internet)|what is the time|what time is it|tell me a story)\b.*", Tell("I cannot do that: I only work on your tasks. Say “help” for what I can do.")),
    (r"(?:change|set|update|reset) my (?:password|e-?mail|name|time ?zone|account|settings|notifications?|default reminders?)\b.*", Tell("I cannot change settings; the page “Settings” can. I can work on your tasks: say “help” for examples.")),
    (r"(?:sort|order|reorder|arrange) (?:my |the )?(?:tasks|list|todos)\b.*", Tell("I cannot sort the list; it is sorted by due date. I can set priorities: say for example “make the rent high priority”.")),
)  # fmt: skip

_ASK: Final = r"(?:show|list|display|see|view|give me|tell me|read out|read me|print|get(?= (?:me|all|my|tasks|the list|the tasks)\b)|fetch|find out|pull up)(?:\s+me)?(?:\s+(?:about|again))?"
_ALL_OF: Final = re.compile(
    r"^(?:(?:about|what|whats|which|who|tasks|todos|to-dos|things|items|am i free|free|busy|got|have|any|some|do i have|have i got|are there|is there|i have|all|else|exactly|of|me|my|the|open|upcoming|list of"
    r"|a list of|there|should i (?:do|work on)|do i (?:need|have|want) to(?: do| get done| finish)?|must i do|can i do|to do|do(?= )|todo(?= )|is(?= due)|are(?= due)"
    r"|is on|are on|on my (?:list|plate|agenda|schedule)|is(?: still)? (?:left|open|pending|planned|scheduled)|left|still|remain(?:s|ing)?|planned|scheduled|coming up|up|happening|"
    r"going on|need(?:s)? (?:to be done|doing)|has to be done|anything(?: else)?|everything|something|'s|s|is|are|look(?:s)? like)\b[\s,]*)+",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(
    r"[\s,]*\b(?:on (?:my|the) (?:list|plate|agenda|schedule|todo list)|do i have(?: to do)?|i have(?: to do)?|do i need to do|are there|is there|in my list"
    r"|to do|that i have|left|open|still|planned|scheduled|there|exist)$",
    re.IGNORECASE,
)


def _asked(said: str, quotes: Quotes, today: Today) -> Target:
    """The tasks that a question is about."""
    said = bare(said)
    if quotes.only(said) or read_target(said, quotes, today).rest:
        return read_target(said, quotes, today)
    trash = re.search(r"\b(?:trash|bin|deleted(?: tasks)?)\b", said, re.I)
    done = re.search(
        r"\b(?:completed?|finish(?:ed)?|done|closed|accomplish(?:ed)?|ticked off|achieved?|(?:got|get|gotten) (?:anything |something |much )?done|manage(?:d)? to do|did (?:i|we)|have (?:i|we) been)\b",
        said,
        re.I,
    )
    said = (
        re.sub(
            r"^(?:did i|have i|i(?:'ve| have)?|what(?:ever)?|which(?: tasks)?)\s+(?:have i |did i |i )?",
            "",
            said,
            flags=re.I,
        )
        if done
        else said
    )
    if done:
        said = re.sub(
            r"\b(?:have i|did i|i have|i|already|have been|were|was|are|is)\b|" + done.re.pattern,
            " ",
            said,
            flags=re.I,
        )
    before = None
    while before != said:
        before = said
        said = _TAIL.sub("", _ALL_OF.sub("", said.strip(" ,")))
    if trash:
        return Target(words="", several=True, completed=False, tags=("\x00trash",))
    target = read_target(
        f"everything {said}".strip() if read_period(said, today) else said or "everything",
        quotes,
        today,
    )
    if done and target.period is not None and target.period.name in {"this week", "this month"}:
        # Of what is done, the days before today count too.
        back = today.day.weekday() if target.period.name == "this week" else today.day.day - 1
        start = today.start_of(today.day - timedelta(days=back))
        target = replace(target, period=replace(target.period, start=start))
    return replace(target, several=True, completed=target.completed or bool(done))


def _show(found: re.Match[str], quotes: Quotes, today: Today) -> Request | None:
    return Show(_asked(found["rest"], quotes, today))


def _count(found: re.Match[str], quotes: Quotes, today: Today) -> Request | None:
    return Show(_asked(found["rest"], quotes, today), count=True)


def _find(found: re.Match[str], quotes: Quotes, today: Today) -> Request | None:
    rest = re.sub(r"^(?:for|up|me)\s+", "", found["rest"])
    return Show(replace(read_target(rest, quotes, today), several=True))


def _period_alone(found: re.Match[str], quotes: Quotes, today: Today) -> Request | None:
    said = re.sub(r"^(?:my |the )", "", found["rest"], flags=re.I)
    period = read_period(re.sub(r"'s$|\s+tasks$", "", said), today)
    if period is None or len(said.split()) > 4 or re.fullmatch(r"\d.*", said):
        return None
    return Show(Target(period=period, several=True))


def _when(found: re.Match[str], quotes: Quotes, today: Today) -> Request | None:
    said = re.sub(
        r"\s+(?:next|again|due|happening|scheduled|planned|supposed to be done|coming up)$",
        "",
        found["target"].strip(),
        flags=re.I,
    )
    said = re.sub(r"\s+(?:due|scheduled)$", "", said, flags=re.I)
    if not said or re.fullmatch(r"(?:i|you|we)\b.*", said, re.I):
        return None
    target = read_target(said, quotes, today)
    if re.search(r"\b(?:next|again)$", found["target"].strip(), re.I):
        return Change(Action.NEXT_DATES, target)
    return Show(replace(target, several=True))


def _next_dates(found: re.Match[str], quotes: Quotes, today: Today) -> Request | None:
    return Change(Action.NEXT_DATES, read_target(found["target"], quotes, today))


def _history(found: re.Match[str], quotes: Quotes, today: Today) -> Request | None:
    return Change(Action.HISTORY, read_target(found["target"], quotes, today))


def _rules(*rows: tuple[str, Read]) -> tuple[tuple[re.Pattern[str], Read], ...]:
    return tuple(
        (re.compile(rf"(?:{pattern})$", re.IGNORECASE | re.DOTALL), read) for pattern, read in rows
    )


RULES: Final = _rules(
    (r"(?:show|list|what are|tell me|give me|when are)?\s*(?:me\s+)?(?:the\s+)?(?:next|upcoming|coming|future)\s+(?:\w+\s+)?(?:dates?|occurrences?|due dates)\s+(?:of|for)\s+(?P<target>.+)", _next_dates),
    (r"(?:show|list|tell me|give me|what is)?\s*(?:me\s+)?(?:the\s+)?(?:history|changes|activity|log)\s+(?:of|for|on|to)\s+(?P<target>.+)", _history),
    (r"(?:what happened (?:to|with)|who (?:changed|completed|moved|deleted|edited|created|added))\s+(?P<target>.+)", _history),
    (r"(?:how many|(?:what is )?(?:the )?number of)\s+(?P<rest>.+)", _count),
    (r"(?:count)\s+(?P<rest>(?:my|the|all|open|overdue|completed|tasks).*)", _count),
    (r"how often (?:do|does|must|should|will|is|are)(?:\s+(?:i|we))?(?:\s+(?:have|need) to)?\s+(?P<target>.+?)(?:\s+(?:repeat|happen|recur|due))?", _next_dates),
    (r"(?:when|what time|what day|which day|at what time|on (?:what|which) day)(?:'s| is| are| do| does| did| was| will| must| should| can| shall)(?:\s+(?:i|we))?(?:\s+(?:have|need|want|supposed|got)(?: to)?)*(?:\s+(?:go|be|get) (?:to|at))?\s+(?P<target>.+)", _when),
    (r"(?:find|search(?: for)?|look (?:for|up)|where is|where's)\s+(?P<rest>(?:.*\b(?:tasks?|todos?)\b.*|[^ ]+(?: [^ ]+){0,4}))", _find),
    (rf"{_ASK}\s+(?P<rest>.+)", _show),
    (r"(?:and\s+)?(?:what|how) (?P<rest>about\s+.+)", _show),
    (rf"(?:(?:open|go to) )?(?P<rest>{MARKED})", _show),
    (r"(?P<rest>(?:what|which|what's|whats)\b.*)", _show),
    (r"(?P<rest>(?:do i have|have i got|have i|is there|are there|is anything|is something|did i|am i|have we|do we have|anything|any|got)\b.*)", _show),
    (r"(?:is|are|was|were|has|have)\s+(?!there\b|it\b|anything\b|i\b)(?P<rest>.+?)\s+(?:(?:been|already|still|yet|due)\s+)*(?:done|paid|finished|complete[d]?|due|open|\w+ed)(?:\s+(?:yet|already))?", _find),
    (r"(?P<rest>(?!.*\bto (?!do\b))(?!.*\b(?:should|must|has to|have to|needs to|need to|can|is|are) (?:be|wait|go|move|done|finished|complete)\b)(?:everything (?:due|tagged|overdue|about)\b.*|(?:my|all|all my|open|overdue|my open|completed|urgent|today's|tomorrow's|this week's|high priority) (?:\w+ )?(?:tasks|todos|things|items|list)(?: .*)?))", _show),
    (r"(?P<rest>tasks (?:due|tagged|with|without|for|from|on|about|this|next|that)\b.*)", _show),
    (r"(?P<rest>#[\w/-]+)", _show),
    (r"(?:and\s+)?(?P<rest>.+)", _period_alone),
)  # fmt: skip
