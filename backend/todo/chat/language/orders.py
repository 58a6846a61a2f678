"""The phrases of orders, tried in this order. A group `target` names the tasks, `value` what the action needs."""

from todo.chat.language.completions import complete, done, not_done, passive, past
from todo.chat.language.edits import change, delete, negated, snooze, undo
from todo.chat.language.moves import (
    bring,
    change_to,
    due,
    move,
    perhaps_move,
    planned,
    postpone,
    to_a_date,
)
from todo.chat.language.orders_fields import field_rows
from todo.chat.language.reading import Read
from todo.chat.language.requests import Action


def rows() -> tuple[tuple[str, Read], ...]:
    finished = r"(?:done|complete[d]?|finished|ticked(?: off)?|checked(?: off)?|dealt with|taken care of|handled|sorted|paid|sent|bought|cleaned|watered)"
    return (
        (r"(?:please )?(?:don'?t|do not|never|you (?:must|should) not|you shouldn't|no need to|stop)(?! (?:repeat|repeating|recurring|reminding))\s+(?P<rest>.+)", negated),
        (r"(?:.*\b(?:wrong|mistake|oops|error)[\s,.!;]+)?(?:undo|revert|roll ?back|reverse|cancel that)(?:\s+(?:that|it|this|them|everything|all(?: of (?:it|that))?|(?:the|my) (?:last|previous) (?:change|changes|one|step|action|thing|edit)|(?:the|your) (?:last )?(?:change|changes|deletion|move)|last|what you (?:just )?did))?(?: again| back)?", undo),
        (r"(?:.*\b(?:wrong|mistake|oops|error)[\s,.!;]+)?(?:take|change|put|turn|bring|move) (?:it|that|this|them|everything) back|(?:no,? )?(?:that was|this was) (?:wrong|a mistake)|go back|ctrl ?\+? ?z|oops.*undo.*", undo),
        *field_rows(),
        (r"snooze(?P<rest>\s+.+)?", snooze),
        (r"(?:remove|clear|delete|drop|unset|take)\s+(?:the\s+)?(?:due\s*)?(?:dates?|deadlines?|due)\s+(?:from|of|for|on|off)\s+(?P<target>.+)", change(Action.CLEAR_DATE)),
        (r"(?P<target>.+?)\s+(?:has no|doesn'?t have (?:a|any)|does not have (?:a|any)|needs no|doesn'?t need (?:a|any)|should have no)\s+(?:due )?(?:date|deadline|due)(?:\s+(?:any ?more|any longer))?", change(Action.CLEAR_DATE)),
        (r"(?:take|remove)\s+(?:the\s+)?(?:due\s+)?(?:date|deadline)\s+(?:away|off)\s+(?:from|of)?\s*(?P<target>.+)", change(Action.CLEAR_DATE)),
        (r"no\s+(?:due\s+)?(?:date|deadline)\s+(?:for|on)\s+(?P<target>.+)", change(Action.CLEAR_DATE)),
        (r"unschedule\s+(?P<target>.+)", change(Action.CLEAR_DATE)),
        (r"(?:(?:set|change|give|put|add|make)\s+)?(?:the\s+|a\s+)?(?:new\s+)?(?:due\s+)?(?:date|deadline|time|day)\s+(?:of|for|on|to)\s+(?P<target>.+?)(?:\s*[:=]\s*|\s*(?:->|→|=>)\s*|\s+(?:is|should be)\s+|\s+(?=(?:to|for|on|as)\s))(?P<value>.+)", due),
        (r"give\s+(?P<target>.+?)\s+(?:a|the)\s+(?:due\s+date|deadline|due)\s+(?:of|on|for|by)?\s*(?P<value>.+)", due),
        (r"(?:set|change)\s+(?P<target>.+?)'s\s+(?:due\s+)?(?:date|deadline|time)\s+(?P<value>to\s+.+)", due),
        (r"(?:make|set)\s+(?P<target>.+?)\s+(?:be\s+)?due\s+(?P<value>.+)", due),
        (r"(?P<target>(?!what|which|when|who|is|are|do|does|anything|everything|show|list).+?)\s+(?:is|are)\s+(?:now\s+)?due\s+(?P<value>.+?)(?:\s+(?:now|instead))?", due),
        (r"(?:due|new due date for)\s+(?P<target>.+?)\s*:\s*(?P<value>.+)", due),
        (r"(?:postpone|delay|defer|put off|hold off on|push back|push off)\s+(?P<rest>.+)", postpone),
        (r"(?:move|reschedule|shift|push|transfer|re-schedule|carry over|drag)\s+(?P<rest>.+)", move),
        (r"(?:bring|pull)\s+(?:forward\s+)?(?P<rest>.+?)(?=$|\s+(?:forward|up)\b)(?P<tail>.*)", bring),
        (r"(?:change|switch)\s+(?P<rest>.+)", change_to),
        (r"(?:i(?:'?m| am|'ll| will)? )?skip(?:ping)?\s+(?:the\s+)?(?:(?:next|this (?:week|month)'s|this|today's|tomorrow's|current)\s+)?(?:(?:occurrence|instance|time|one)\s+of\s+)?(?P<target>.+?)(?:\s+(?:this (?:time|week|month)|today|once|tomorrow|for (?:today|now|once)))?", change(Action.SKIP)),
        (r"(?:undo|revert|cancel)\s+the\s+completion\s+of\s+(?P<target>.+)", change(Action.REOPEN)),
        (r"(?:reopen|re-open|uncheck|untick|uncomplete|un-complete|unmark|reactivate)\s+(?P<target>.+?)(?:\s+again)?", change(Action.REOPEN)),
        (r"(?:mark|set)\s+(?P<target>.+?)\s+(?:as\s+|to\s+|back to\s+)*(?:not (?:done|complete[d]?|finished)|undone|open(?: again)?|incomplete|unfinished|uncompleted|to ?do|pending)", change(Action.REOPEN)),
        (r"open\s+(?P<target>.+?)\s+again", change(Action.REOPEN)),
        (r"(?P<target>.+?)\s+(?:should|must|needs to|has to)\s+be\s+(?:re)?open(?:ed)?(?:\s+again)?", change(Action.REOPEN)),
        (r"(?P<target>.+?)\s+(?:is|was|are|isn't|wasn't|aren't)\s+(?:not\s+|still not\s+|still\s+)?(?:actually\s+|really\s+)?(?:(?<=not\s)|(?<=n't\s)|(?<=actually\s)|(?<=really\s))(?:done|complete[d]?|finished|paid|sent)(?:\s+yet)?", not_done),
        (r"(?:i|we)\s+(?:didn'?t|did not|haven'?t|have not|never|still haven'?t|couldn'?t|could not)\s+(?:actually\s+|really\s+|yet\s+)?(?P<target>.+?)(?:\s+yet)?", not_done),
        (r"(?:restore|undelete|un-delete|recover|bring back|get back|put back)\s+(?P<target>.+?)(?:\s+from (?:the )?(?:trash|bin))?", change(Action.RESTORE)),
        (r"(?:bring|get|put)\s+(?P<target>.+?)\s+back(?:\s+(?:again|from (?:the )?(?:trash|bin)))?", change(Action.RESTORE)),
        (r"(?:get|take|pull|move|bring)\s+(?P<target>.+?)\s+(?:back\s+)?(?:out of|from)\s+(?:the\s+)?trash", change(Action.RESTORE)),
        (r"take\s+(?P<target>.+?)\s+off\s+(?:of\s+)?(?:my|the)\s+(?:\S+\s+)?list", change(Action.DELETE)),
        (r"(?:delete|remove|erase|trash|discard|get rid of|throw away|throw out|purge|wipe|cancel|clear|scrap|drop|bin)\s+(?P<target>.+?)(?:\s+(?:from|off)\s+(?:my|the)\s+(?:\S+\s+)?(?:list|tasks|todos))?", delete),
        (r"(?:mark|set|flag|check|tick|cross|tick off|check off)\s+(?P<target>.+?)\s+(?:off\s+)?(?:as\s+|to\s+|off as\s+)*" + finished, done),
        (r"mark\s+(?:as\s+)?(?:done|completed?|finished)\s*:?\s+(?P<target>.+)", done),
        (r"(?:complete|finish|close|resolve|(?:tick|check|cross|mark|strike)(?P<off> off)|check|tick|done(?: with)?\s*:?|finished(?: with)?|completed|accomplish)\s+(?P<target>.+?)(?:\s+(?:off(?: (?:my|the) (?:\S+ )?list)?|from (?:my|the) (?:\S+ )?list))?", complete),
        (r"(?:i|we)(?:'ve| have|'m| am|'re| are)?\s+(?:(?:just|already|finally|now|also|all)\s+)*(?:done|finished|finish|completed?|through|did)\s+(?:with\s+)?(?P<target>.+)", done),
        (r"(?P<target>(?!(?:what|which|how|is|are|was|were|did|has|have|show|list|when|who|everything that|tasks that|i)\b).+?)(?:\s+(?:is|are|was|were|has been|have been|got|'s)|'s)\s+(?:(?:all|now|already|finally|just)\s+)*" + finished + r"(?:\s+(?:now|already|today|yesterday|this (?:morning|afternoon|evening)|earlier|for (?:today|now|this week)))*", done),
        (r"(?:have|get|put|set|do|schedule)\s+(?P<rest>.+)", perhaps_move),
        (r"make\s+(?P<rest>(?:it|that|them|this)\b.+)", perhaps_move),
        (r"(?P<target>.+?)\s+(?:should|must|has to|have to|needs to|need to|can|could|will|'ll|is going to|is supposed to|is|are)\s+(?:now\s+|rather\s+|better\s+|only\s+)*(?:be\s+|go\s+|wait\s+|come\s+|move\s+|happen\s+|take place\s+|stay\s+)*(?:done\s+|due\s+|now\s+|(?!closed\b)\w+ed\s+)*(?P<value>.+)", planned),
        (r"(?:i|we)\s*(?:'ll| will| can| am going to|'m going to| are going to|'re going to| plan to| would rather|'d rather| prefer to| shall)\s+(?:only\s+|rather\s+|probably\s+)*(?P<way>do|go to|have|handle|take care of|deal with|get to|see)?\s*(?P<target>.+)", planned),
        (r"(?P<target>.+)\s+instead", planned),
        (r"(?:i|we|they)(?:'ve| have)?\s+(?:moved|rescheduled|postponed|shifted|pushed|delayed)\s+(?P<target>.+)", planned),
        (r"(?P<target>(?!(?:add|note|todo|task|remind|list)\b)[^:]+?)(?<!\d)\s*:\s*(?P<value>[^:]+(?::\d\d.*)?)", planned),
        (r"(?P<target>(?!(?:what|which|how|is|are|was|were|did)\b).+?)\s+(?:is|was|are|were|has been|have been)\s+(?:(?:all|now|already|finally|just)\s+)*(?P<verb>\w+)(?P<tail>\s+(?:to|with|from|for|at|in)\s+.+)", passive),
        (r"(?P<rest>.+?\s(?:has been |was |got |is |have been |were )?(?:moved|rescheduled|postponed|shifted|pushed)\s+(?:to|until)\s+.+)", to_a_date),
        (r"(?P<rest>.+?\s+(?:is|are)\s+(?:on|at|for)\s+.+)\s+now", to_a_date),
        (r"(?P<rest>.+?\s*(?:->|→|=>)\s*.+)", to_a_date),
        (r"(?P<target>(?!add|create|get|show|list|what|which|have|when)\S.*?)(?:\s*(?::|-|,)|\s)\s*(?:done|finished|completed|paid)", done),
        (r"(?P<rest>(?!call |text |email |go |come |from |send |write |talk |listen |reply |drive |fly |travel |walk |back ).+?\s+to\s+.+)", to_a_date),
        (r"(?P<rest>.+\s(?:on|to|at)\s.+)\s+instead", to_a_date),
        (r"(?P<target>.+?)\s+(?:(?:is|was|are|were|has been|have been|got|gets)\s+)?(?:already |finally |now |just )*(?P<verb>\w+)(?:\s+(?:already|now|today|yesterday))?", passive),
        (r"(?P<who>i|we|i've|we've|i have|we have|i'd|just|already)\s+(?:(?:just|already|finally|also|now|have)\s+)*(?P<target>\S+\s+.+)", past),
        (r"(?P<who>(?!))?(?P<target>\S+\s+(?:the|my|our|a|an|all|mom|dad|both|with|to|for)?.+)", past),
    )  # fmt: skip
