"""The phrases. To teach it one, add a row to GRAMMAR."""

import re
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from todo.domain.quick_add.match_conditions import (
    Place,
    after_a_date,
    anywhere,
    beside_a_date_or_outermost,
    closing,
    closing_after_a_date,
    closing_or_vouched,
    closing_uncapitalised,
    leading,
    plain_month_or_closing,
    vouched_or_beside_a_time,
)
from todo.domain.quick_add.patterns import END, START, expand
from todo.domain.quick_add.phrase_parsers import (
    read_after_completion,
    read_before,
    read_day_of_month,
    read_end_of,
    read_ends,
    read_every_named,
    read_every_period,
    read_every_such_day,
    read_from_now,
    read_named_day,
    read_nothing,
    read_numeric_date,
    read_part,
    read_priority,
    read_remind_at,
    read_remind_in,
    read_spelled_date,
    read_start_of,
    read_tag,
    read_this_part,
    read_times,
    read_weekday,
    read_weekend,
    read_when_due,
)
from todo.domain.quick_add.values import Groups, Here, Kind, Value


class Phrase(NamedTuple):
    kind: Kind
    pattern: str
    read: Callable[[Groups, Here], Value | None]
    stands: Callable[[Place], bool] = anywhere


# Blocks of phrases, each behind what its phrases can begin with: most words of a text begin none,
# and that has to be found out quickly. Of the phrases that match at one place the first one counts.
# fmt: off
GRAMMAR: Final = (
    (r'["“h#!p]', (
        # Text in quotes and addresses is passed over, with whatever it contains.
        Phrase("tag", r'"[^"\n]*"|“[^”\n]*”|https?://\S+', read_nothing),
        Phrase("tag", r"(?u:#(?!\d+(?!{tag})){tag}{1,50}+(?!{tag}))", read_tag),
        Phrase("priority", r"(?<!\S)(?P<level>!(?:high|medium|med|low)|!{1,3}(?!\S))", read_priority),
        Phrase("priority", r"(?P<level>p[1-3])", read_priority, closing),
    )),
    ("with|remind", (
        Phrase("reminder", r"(?:with (?:a )?)?remind(?:er)?(?: me)? (?P<before>{before}(?:{and}{before})*)"
                r"(?: (?:earlier|ahead|in advance|beforehand))?(?! (?:after|later))", read_before),
        Phrase("reminder", r"remind(?:er)?(?: me)? at (?P<times>{hour}(?:{and}{hour})*)", read_remind_at),
        Phrase("reminder", r"remind(?: me)? in {length}(?: to)?", read_remind_in),
        Phrase("reminder", r"remind me to", read_when_due, leading),
    )),
    ("every|each|[a-z]{3,9}ly", (
        Phrase("recurrence", r"{every}(?:the )?{month_days} of (?:the|every|each) month", read_every_such_day),
        Phrase("recurrence", r"{every_or_ly}(?P<period>week(?:s|ly)?|fortnightly|biweekly)"
                r" on {weekdays}", read_every_period),
        Phrase("recurrence", r"{every_or_ly}(?P<period>(?:month|quarter)(?:s|ly)?)"
                r" on (?:the )?{month_days}", read_every_period),
        Phrase("recurrence", r"{every_or_ly}(?P<period>year(?:s|ly)?|annually)"
                r" on (?:the )?{year_day}", read_every_period),
        Phrase("recurrence", r"{every}{count}?(?P<period>(?:hour|day|week|month|quarter|year)s?)",
                read_every_period),
        Phrase("recurrence", r"(?P<period>daily|(?:bi)?weekly|fortnightly|monthly|quarterly|yearly"
                r"|annually)", read_every_period, closing),
        Phrase("recurrence", r"{every}{year_day}", read_every_such_day),
        Phrase("recurrence", r"{every}{month_days}", read_every_such_day),
        Phrase("recurrence", r"{every}(?:(?P<n>other) )?{weekdays}", read_every_such_day),
        Phrase("recurrence", r"{every}(?P<name>weekday|workday|weekend|{part})", read_every_named),
    )),
    (r"[a-z]", (
        Phrase("recurrence", r"(?:(?P<by>on) )?(?P<name>weekdays|workdays|weekends)", read_every_named,
                closing_or_vouched),
        Phrase("recurrence", r"(?:(?P<by>on) )?(?P<weekdays>{mondays}(?:{and}{mondays})*)",
                read_every_such_day, closing_or_vouched),
        Phrase("recurrence", r"for (?P<n>{n}) (?P<unit>(?:day|week|month|year)s?)", read_ends),
        Phrase("recurrence", r"(?:after|from|on) completion|(?:after|when) (?:it is )?(?:done|completed)",
                read_after_completion),
        Phrase("date", r"{by}?(?:the )?(?P<day>today|tonight|tomorrow|tmrw|tmr|tmw"
                r"|day after tomorrow)", read_named_day),
        Phrase("date", r"{not_a_person}(?P<day>tom)", read_named_day, closing_uncapitalised),
        Phrase("date", r"this (?P<part>morning|afternoon|evening)", read_this_part),
        Phrase("date", r"{by}?(?P<which>next|this) (?P<weekday>{weekday})", read_weekday),
        Phrase("date", r"{by}?(?P<which>next) (?P<unit>week|month|year)", read_start_of),
        Phrase("date", r"{by}?(?:the )?(?:end of (?:(?:the|this|(?P<which>next)) )?"
                r"(?P<unit>week|month|year)|eom)", read_end_of),
        Phrase("date", r"{by}?(?:(?P<which>next)|this|the) (?P<unit>week)end", read_weekend,
                closing_or_vouched),
        Phrase("date", r"in {length}", read_from_now),
        Phrase("time", r"(?:in the|at) (?P<part>{part})", read_part),
        Phrase("time", r"(?P<part>{part})", read_part, after_a_date),
    )),
    (r"[a-z0-9@]", (
        Phrase("recurrence", r"(?:on )?(?:the )?{month_days} of (?:every|each) month", read_every_such_day),
        Phrase("recurrence", r"(?:for )?(?P<n>{n}) times", read_ends),
        Phrase("date", r"{by}?{year}-(?P<m>\d\d?)-(?P<d>\d\d?)", read_numeric_date),
        Phrase("date", r"{by}?(?P<d>\d\d?)\.(?P<m>\d\d?)\.{year}?", read_numeric_date),
        Phrase("date", r"{by}?(?!24/7)(?P<m>\d\d?)(?P<slash>/)(?P<d>\d\d?)(?:/{year})?",
                read_numeric_date, closing_or_vouched),
        Phrase("date", r"{by}?(?:{weekday},? )?(?:the )?(?P<date>{date})(?:,? {year})?",
                read_spelled_date, plain_month_or_closing),
        Phrase("date", r"(?:{by}(?:the )?|the )(?P<nth>{nth})", read_day_of_month, closing),
        Phrase("date", r"{length} from (?:now|today)", read_from_now),
        Phrase("date", r"{by}?(?P<weekday>{plain_weekday})", read_weekday, closing_or_vouched),
        Phrase("date", r"{by}?(?P<weekday>{wordy_weekday})", read_weekday, vouched_or_beside_a_time),
        Phrase("time", r"{at}?(?P<times>{hour}) (?:in the|at|this) (?P<part>{part})", read_times),
        Phrase("time", r"{at}?(?P<times>noon|midnight)", read_times, closing_or_vouched),
        Phrase("time", r"{at}?(?P<times>{clock}(?:{and}{clock})*)", read_times),
        Phrase("time", r"{at}(?P<times>{hour}(?:{and}{hour})*)", read_times, beside_a_date_or_outermost),
        Phrase("time", r"(?P<times>\d\d?)", read_times, closing_after_a_date),
    )),
)
# fmt: on
PHRASES: Final = tuple(phrase for _, block in GRAMMAR for phrase in block)


@cache
def phrase_of(index: int) -> re.Pattern[str]:
    return re.compile(f"{START}(?a:{expand(PHRASES[index].pattern)}){END}")


def _any_phrase() -> re.Pattern[str]:
    """With one group for each phrase, so that lastindex names it."""
    blocks = []
    for lead, block in GRAMMAR:
        unnamed = [re.sub("[?]P<[a-z_]+>", "?:", expand(phrase.pattern)) for phrase in block]
        phrases = "|".join(f"(?a:({pattern})){END}" for pattern in unnamed)
        blocks.append(f"(?={lead})(?:{phrases})")
    return re.compile(f"{START}(?:{'|'.join(blocks)})")


ANY_PHRASE: Final = _any_phrase()
