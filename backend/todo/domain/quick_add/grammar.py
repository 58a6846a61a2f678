"""The phrases of the grammar, one row each."""

import re
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from todo.domain.quick_add import date_parsers as dates
from todo.domain.quick_add import phrase_parsers as phrases
from todo.domain.quick_add import rule_parsers as rules
from todo.domain.quick_add.match_conditions import (
    Context,
    after_a_rule,
    anywhere,
    before_a_date,
    beside_a_date_or_outermost,
    clock_counts,
    closing,
    closing_after_a_date,
    closing_beside_a_date,
    closing_or_first,
    closing_or_several_days,
    closing_or_vouched,
    closing_uncapitalised,
    leading,
    month_counts,
    not_a_heading,
    part_of_a_date,
    wordy_day_counts,
)
from todo.domain.quick_add.patterns import END, START, expand
from todo.domain.quick_add.values import Groups, Kind, Reference, Value


class Phrase(NamedTuple):
    kind: Kind
    pattern: str
    read: Callable[[Groups, Reference], Value | None]
    condition: Callable[[Context], bool] = anywhere


# Blocks of phrases, each with the letters that its phrases can begin with: most words of a text begin
# none, and the lookahead finds that out quickly. The first phrase that matches at a place counts.
# fmt: off
GRAMMAR: Final = (
    (r'["“h#!p]', (
        # Text in quotes and addresses is passed over, with whatever it contains.
        Phrase("tag", r'"[^"\n]*"|“[^”\n]*”|https?://\S+', phrases.read_nothing),
        Phrase("tag", r"(?u:#(?!\d+(?!{tag})){tag}{1,50}+(?!{tag}))", phrases.read_tag),
        Phrase("priority", r"(?<!\S)(?P<level>!(?:high|medium|med|low)|!{1,3}(?!\S))", phrases.read_priority),
        Phrase("priority", r"(?P<level>p[1-3])", phrases.read_priority, closing),
    )),
    ("and|please|with|remind", (
        Phrase("reminder", r"{remind} (?P<length>{length}) (?:before|earlier|ahead) (?:at|@) ?"
                r"(?P<times>{hour}(?:{and}{hour}){0,23})", phrases.read_remind_at),
        Phrase("reminder", r"{remind} (?:on )?the (?P<before_part>day|{part}) before"
                r"(?:(?: at)? (?P<times>{hour}))?", phrases.read_remind_at),
        Phrase("reminder", r"{remind} at (?P<times>{hour}) (?:on )?the (?P<before_part>day|{part}) before",
                phrases.read_remind_at),
        Phrase("reminder", r"{remind} (?:on )?(?P<same>the (?:same )?day)(?: at (?P<times>{hour}))?",
                phrases.read_remind_at),
        Phrase("reminder", r"{remind} (?P<before>{before}(?:{and}{before}){0,23})"
                r"(?: (?:earlier|ahead|in advance|beforehand))?(?! (?:after|later|from|on|today|tomorrow))",
                phrases.read_before),
        Phrase("reminder", r"{remind} (?P<numbers>{n}(?:{and}{n}){1,23}) ?(?P<unit>{unit}) (?:before|earlier|ahead"
                r"|in advance|beforehand)", phrases.read_before),
        Phrase("reminder", r"{remind} at (?P<times>{hour}(?:{and}{hour}){0,23})", phrases.read_remind_at),
        Phrase("reminder", r"{remind} in (?P<length>{lengths}|{length})(?: to)?", phrases.read_remind_in),
        Phrase("reminder", r"(?:please )?remind me (?:to|about|of|that)", phrases.read_when_due, leading),
        Phrase("reminder", r"(?:and )?(?:please )?(?:with (?:a )?reminder|remind(?: me)?)",
                phrases.read_remind_me, before_a_date),
    )),
    ("every|each|once|half|semi|[a-z-]{3,9}ly", (
        Phrase("recurrence", r"{every}(?:the )?{edge_day}(?: day)? of (?:(?:the|every|each) )?"
                r"(?P<period>month|quarter|year)", rules.read_edge_of_every),
        Phrase("recurrence", r"{every}{count}?(?P<period>month|quarter|year)(?:-| )(?P<last_day>end)",
                rules.read_edge_of_every),
        Phrase("recurrence", r"{every}(?:the )?{month_days} of (?:the|every|each) month",
                rules.read_every_such_day),
        Phrase("recurrence", r"(?:{every}day|daily),? (?:from )?(?P<weekdays>{weekday}{range}{weekday})",
                rules.read_every_such_day),
        Phrase("recurrence", r"{every_or_ly}(?P<period>week(?:s|ly)?|fortnight(?:s|ly)?|bi-?weekly)"
                r",?(?: on)? {weekdays}", rules.read_every_period),
        Phrase("recurrence", r"{every_or_ly}(?P<period>(?:month|quarter)(?:s|ly)?)"
                r",?(?: on)? (?:the )?{month_days}", rules.read_every_period),
        Phrase("recurrence", r"{every_or_ly}(?P<period>(?:month|quarter)(?:s|ly)?),? (?:at|on|by) the {edge_day}"
                r"(?: day)?(?: of (?:the|each|every) month)?", rules.read_edge_of_every, closing),
        Phrase("recurrence", r"{every_or_ly}(?P<period>year(?:s|ly)?|annually)"
                r",? (?:on|in) (?:the )?{year_day}", rules.read_every_period),
        Phrase("recurrence", r"{every}{count}?(?P<period>(?:hour|day|week|fortnight|month|quarter|year)s?)"
                r"(?: of the (?:week|month|year))?", rules.read_every_period),
        Phrase("recurrence", r"once (?:a|per|every|each) (?P<period>day|week|fortnight|month|quarter|year)",
                rules.read_every_period),
        Phrase("recurrence", r"half-yearly|semi-?annually", rules.read_half_year, closing),
        Phrase("recurrence", r"every(?P<period>day)", rules.read_every_period, closing),
        Phrase("recurrence", r"(?P<name>nightly)", rules.read_every_named, closing),
        Phrase("recurrence", r"(?P<period>hourly|daily|(?:bi-?)?weekly|fortnightly|monthly|quarterly|yearly"
                r"|annually)", rules.read_every_period, closing),
        Phrase("recurrence", r"{every}(?:the )?{year_day}", rules.read_every_such_day),
        Phrase("recurrence", r"{every}{months}(?! \d)", rules.read_every_such_day, closing),
        Phrase("recurrence", r"{every}{month_days}", rules.read_every_such_day, closing_or_several_days),
        Phrase("recurrence", r"{every}(?:(?P<n>other|alternate|single|{n}) )?"
                r"(?P<weekdays>{weekday}) (?P<part>{part})s?", rules.read_every_weekday_part),
        Phrase("recurrence", r"{every}(?:(?P<n>other|alternate|single|{n}) )?{weekdays}(?: of (?:the|every|each)"
                r" (?:week|month|year))?", rules.read_every_such_day),
        Phrase("recurrence", r"{every}(?P<name>weekday|workday|business day|working day|weekend)(?: day)?s?"
                r"(?: (?P<part>{part}))?", rules.read_every_named),
        Phrase("recurrence", r"{every}(?P<name>{part})", rules.read_every_named),
        # Everything else that is every so many minutes or every few days.
        Phrase("recurrence", r"{every}(?:(?:few|several|odd|even|school|bank|leap|couple|half|last|first|next"
                r"|waking|of|to|or|{n}|{nth}|{ordinal}|\d+[.,-]\d+|an?) ){0,4}(?:minutes?|mins?|hours?|hrs?|days?"
                r"|weeks?|fortnights?|months?|quarters?|years?|{weekday}s?|weekdays?|weekends?|holidays?|{part}s?)",
                phrases.read_unclear),
    )),
    # Phrases of several words, before their parts: "friday next week" is not "friday".
    (r"[a-z0-9@+]", (
        Phrase("time", r"(?:from|between) (?:{clock}|\d\d?) ?(?:to|and|until|till|til|through|[-–]) ?"
                r"(?:{clock}|\d\d?)", phrases.read_unclear),
        Phrase("time", r"{at}?(?:{clock} ?(?:to|until|till|til|[-–]) ?(?:{clock}|\d\d?)"
                r"|\d\d? ?(?:to|[-–]) ?{clock})", phrases.read_unclear),
        Phrase("time", r"{at_clock}?(?P<past>half|(?:a )?quarter|(?:{n})(?: minutes)?) (?P<side>past) "
                r"(?P<times>{hour})(?: (?:in the|at) (?P<part>{part}))?", phrases.read_past_hour,
                closing_or_vouched),
        Phrase("recurrence", r"(?:{n} times|twice|thrice|several times) (?:a|per|every|each) "
                r"(?:hour|day|week|fortnight|month|quarter|year)|(?:twice|thrice|{n} times) (?:daily|weekly"
                r"|monthly|yearly)|{n} (?:hours?|days?|weeks?) (?:on|off) and {n} off", phrases.read_unclear),
        Phrase("recurrence", r"(?:(?:at|on|by) )?(?:the )?{edge_day}(?: day)? of (?:every|each) {count}?"
                r"(?P<period>month|quarter|year)s?", rules.read_edge_of_every),
        Phrase("recurrence", r"(?:on )?(?:the )?{month_days} of (?:every|each) {count}?months?",
                rules.read_every_such_day),
        Phrase("recurrence", r"(?:on )?(?:the )?{position} (?:every|each) {count}?months?",
                rules.read_every_such_day),
        Phrase("recurrence", r"(?:on )?(?:the )?{position} (?:of|in) (?:every|each) (?P<in_month>{month})",
                rules.read_every_such_day),
        Phrase("date", r"(?:from )?{date} ?[-–] ?(?:{date}|\d\d?(?:st|nd|rd|th)?)"
                r"|\d\d?(?:st|nd|rd|th)? ?(?:[-–]|to|until|and) ?{day} (?:of )?{month}"
                r"|{weekday} ?[-–] ?{weekday}", phrases.read_unclear),
        Phrase("date", r"{by_for}?(?:in )?(?:the )?(?P<length>{length}|day|week|fortnight) (?P<side>from|after"
                r"|before) (?:the )?{some_day}", dates.read_length_from_day, not_a_heading),
        Phrase("date", r"{by_for}?(?:in )?(?P<length>{n} (?:weeks?|fortnights?)) (?:on )?{some_day}",
                dates.read_length_from_day),
        Phrase("date", r"{by_for}?(?:the )?(?P<nth>{nth_word}) (?P<one>{weekday}|weekday|workday|working day"
                r"|business day|day) (?:of|in) {month_ref}", dates.read_nth_weekday),
        Phrase("date", r"{by_for}?(?:the )?(?P<nth>{nth_word}) of (?:the|(?P<which>this|next)) month",
                dates.read_day_of_month),
        Phrase("date", r"{by_for}?(?:the )?(?P<nth>first|{ordinal}) of (?P<in_month>{month})(?:,? {year})?",
                dates.read_nth_of_month),
        Phrase("date", r"(?P<plus>\+)(?P<length>\d{1,3} ?(?:days?|d|weeks?|wks?|w|hours?|hrs?|h|months?"
                r"|years?))",
                dates.read_from_now),
        Phrase("date", r"{by_for}?{dow}?(?P<m>\d\d?)(?P<slash>/)(?P<d>\d\d?)/{numeric_year}",
                dates.read_numeric_date),
        Phrase("date", r"{by_for}?{dow}?(?P<date>{date}) (?P<year>2[5-9]|[3-9]\d)(?= ?(?:$|[,;!?)]))",
                dates.read_some_day),
    )),
    (r"[a-z@]", (
        Phrase("time", r"{at_clock}?(?P<past>(?:a )?quarter) (?P<side>to) (?P<times>{hour})"
                r"(?: (?:in the|at) (?P<part>{part}))?", phrases.read_past_hour, closing_or_vouched),
        Phrase("time", r"(?P<by>at )(?P<past>five|ten|twenty|twenty-five|5|10|20|25)(?: minutes)? (?P<side>to) "
                r"(?P<times>{hour})", phrases.read_past_hour, closing_or_vouched),
        Phrase("recurrence", r"(?:(?:at|on|by) )?(?:the )?(?:end|start|beginning|middle) of (?:every|each) \w+",
                phrases.read_unclear),
        Phrase("recurrence", r"{except}(?:(?P<name>weekends?|weekdays?|workdays?)|{months}|{weekdays})(?! \d)",
                rules.read_except),
        Phrase("date", r"(?:from )?{long_month} ?(?:to|until|till|through|thru|[-–]) ?{long_month}(?! \d)"
                r"|between {long_month} and {long_month}", phrases.read_unclear),
        Phrase("date", r"{weekday} after next|next {long_month}|(?:on )?(?:every|each) now and then",
                phrases.read_unclear, closing_or_vouched),
        Phrase("date", r"{by_for}?(?P<weekday>{weekday}),? (?:(?:of|in|on) )?(?:the )?"
                r"(?P<week>next week|this week|week after next)", dates.read_weekday),
        Phrase("date", r"{by_for}?(?:the )?(?P<week>next week|this week|week after next),? (?:on )?"
                r"(?P<weekday>{weekday})", dates.read_weekday),
        Phrase("date", r"{by}?(?P<weekday>{weekday}) (?P<week>week)", dates.read_weekday, closing),
        Phrase("date", r"{by_for}?(?:the )?(?:last day|(?P<nth>last)) of (?:(?:the|this|(?P<which>next)) )"
                r"(?P<unit>month|year|week|quarter)", dates.read_end_of, closing_or_vouched),
        Phrase("date", r"(?:{by_for}|at )?(?:the )?(?:start|beginning) of (?:the )?(?P<which>next|this) "
                r"(?P<unit>week|month|quarter|year)", dates.read_start_of),
        Phrase("date", r"(?:{by_for}|at )?(?:the )?end of (?P<in_month>{month})(?:,? {year})?",
                dates.read_end_of_month),
        Phrase("date", r"(?:{by_for}|at )?(?:the )?(?:start|beginning) of (?P<in_month>{month})(?:,? {year})?",
                dates.read_start_of_month),
        Phrase("date", r"{by_for}?(?:the )?(?P<unit>week|month|quarter|year) (?P<which>after) next",
                dates.read_start_of),
        Phrase("date", r"{by_for}?(?:the )?(?:end of (?:(?:the|this) )?(?:(?:work|business)(?:ing)? )?day"
                r"|end of today|eod|cob|close of business)", dates.read_end_of_day, closing_or_vouched),
        Phrase("date", r"{by}(?:the )?{months}(?:,? {year})?(?!\.? \d)", dates.read_month, closing),
        Phrase("recurrence", r"(?:on )?(?:(?P<weekdays>{weekday})|(?P<name>weekday|weekend)) (?P<part>{part})s",
                rules.read_every_weekday_part, closing_or_vouched),
        Phrase("date", r"in (?:early |late |mid-?)(?:next )?{month}", phrases.read_unclear),
        Phrase("date", r"in {months}(?:,? {year})?(?!\.? \d)", dates.read_month, closing),
        Phrase("date", r"of {months}(?!\.? \d)", dates.read_month, after_a_rule),
        Phrase("recurrence", r"(?:(?P<by>on) )?(?P<name>weekdays|workdays|weekends)", rules.read_every_named,
                closing_or_vouched),
        Phrase("recurrence", r"(?:(?P<by>on) )?(?P<weekdays>{mondays}(?:(?:{and}| ){mondays}){0,6})",
                rules.read_every_such_day, closing_or_vouched),
        Phrase("recurrence", r"for (?:the next )?(?P<length>{length})", rules.read_ends),
        Phrase("recurrence", r"(?:after|from|on) completion|(?:after|when) (?:it is )?(?:done|completed)",
                rules.read_after_completion),
        Phrase("date", r"{by_for}?(?:the )?(?P<day>{day_word})", dates.read_some_day, not_a_heading),
        Phrase("date", r"{not_a_person}(?P<day>tom)", dates.read_some_day, closing_uncapitalised),
        Phrase("date", r"this (?P<part>morning|afternoon|evening)", phrases.read_this_part),
        Phrase("date", r"{by_for}?(?P<which>next|this|coming) (?P<weekday>{weekday})", dates.read_weekday),
        Phrase("date", r"{by_for}?(?P<which>next) (?P<unit>week|month|quarter|year)", dates.read_start_of),
        Phrase("date", r"(?:{by_for}|at )?(?:the )?(?:end of (?:(?:the|this|(?P<which>next)) )?"
                r"(?P<unit>week|month|quarter|year)|(?P<short>eow|eom|eoq|eoy))", dates.read_end_of,
                closing_or_first),
        Phrase("date", r"(?:{by_for}|over |at )?(?:(?P<which>next)|this|the) (?P<unit>week)end",
                dates.read_weekend, closing_or_vouched),
        Phrase("date", r"(?:in|within) (?P<length>{lengths}|{length})(?:['’]s?)?(?: time| from (?:now|today))?",
                dates.read_from_now),
        Phrase("date", r"(?:in|within) (?:(?:about|around|roughly|the next|next|a few|few|several|business|working"
                r"|or|to|{n}|\d+[-–]\d+|\d/\d) ){1,5}(?:{unit}|[hd])", phrases.read_unclear),
        Phrase("time", r"first thing(?: in the (?P<part>morning))?", phrases.read_part,
                closing_beside_a_date),
        Phrase("time", r"(?:in the|at) (?P<part>{part})", phrases.read_part),
        Phrase("time", r"(?P<part>{part})", phrases.read_part, part_of_a_date),
    )),
    (r"[a-z0-9@]", (
        Phrase("recurrence", r"(?:(?:for|ending after) )?(?:the next )?(?P<n>{n}) (?:times|occurrences)",
                rules.read_ends),
        Phrase("date", r"(?:(?:on|at|by|due) )?(?P<iso>\d{4}-\d\d-\d\dt\d\d:\d\d(?::\d\d)?)",
                dates.read_iso_moment),
        Phrase("date", r"{by_for}?{dow}?(?P<iso>\d{4}-\d\d?-\d\d?)", dates.read_some_day),
        Phrase("date", r"{by_for}?{dow}?(?P<d>\d\d?)\.(?P<m>\d\d?)\.{numeric_year}?", dates.read_numeric_date),
        Phrase("date", r"{by_for}?{dow}?(?!24/7)(?P<m>\d\d?)(?P<slash>/)(?P<d>\d\d?)(?:/{year})?",
                dates.read_numeric_date, closing_or_vouched),
        Phrase("date", r"{by_for}?(?:the )?{dow}?(?P<date>{date})(?:,? (?:of )?{year})?", dates.read_some_day,
                month_counts),
        Phrase("date", r"{by_for}?{dow}(?P<nth>{nth})", dates.read_day_of_month, closing),
        Phrase("date", r"(?:{by_for}(?:the )?|the )(?P<nth>{nth})", dates.read_day_of_month, closing),
        Phrase("date", r"(?P<length>{length}) from (?:now|today)", dates.read_from_now),
        Phrase("date", r"{by_for}?{not_a_name}(?P<weekday>{plain_weekday})", dates.read_weekday,
                closing_or_vouched),
        Phrase("date", r"{by_for}?(?P<weekday>{wordy_weekday})", dates.read_weekday, wordy_day_counts),
        Phrase("time", r"{at_clock}?(?P<times>{hour}) (?:in the|at|this) (?P<part>{part})", phrases.read_times),
        Phrase("time", r"{at_clock}?(?P<times>(?:12 )?noon|mid-?day|midnight)", phrases.read_times,
                closing_or_vouched),
        Phrase("time", r"{at_clock}?(?P<times>{clock}(?:{and}{clock}){0,23})(?: sharp)?", phrases.read_times,
                clock_counts),
        Phrase("time", r"{at}(?P<times>{hour}(?:{and}{hour}){0,23})(?: sharp)?", phrases.read_times,
                beside_a_date_or_outermost),
        Phrase("time", r"from (?P<times>{hour})", phrases.read_times, closing_beside_a_date),
        Phrase("time", r"\d\d? ?(?:to|[-–]) ?\d\d?", phrases.read_unclear, closing_after_a_date),
        Phrase("time", r"{at}?\d\d?(?::\d\d)?-?ish", phrases.read_unclear),
        Phrase("time", r"(?P<times>\d\d?h?|{military})", phrases.read_times, closing_after_a_date),
    )),
)
# fmt: on
PHRASES: Final = tuple(phrase for _, block in GRAMMAR for phrase in block)


@cache
def phrase_of(index: int) -> re.Pattern[str]:
    return re.compile(f"{START}(?a:{expand(PHRASES[index].pattern)}){END}")


@cache
def any_phrase() -> re.Pattern[str]:
    """With one group for each phrase, so that lastindex names it."""
    blocks = []
    for lead, block in GRAMMAR:
        unnamed = [re.sub("[?]P<[a-z_0-9]+>", "?:", expand(phrase.pattern)) for phrase in block]
        phrases = "|".join(f"(?a:({pattern})){END}" for pattern in unnamed)
        blocks.append(f"(?={lead})(?:{phrases})")
    return re.compile(f"{START}(?:{'|'.join(blocks)})")
