"""Whole or nothing: a phrase counts together with all words that qualify it, or not at all.

Phrases for a date, a time or a rule that touch, or that a word such as "to" or "or" joins, form a chain. A
chain that is not understood as a whole stays in the title, as one span of the kind "unclear".
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeVar

from todo.domain.quick_add.gaps import touch
from todo.domain.quick_add.matches import Found
from todo.domain.quick_add.qualifiers import joins, qualified
from todo.domain.quick_add.reminder_chains import through_to, with_reminder
from todo.domain.quick_add.starts import with_starts, with_times
from todo.domain.quick_add.values import (
    SEVERAL,
    WHEN,
    AfterCompletion,
    Before,
    Day,
    EndOfDay,
    Ends,
    Except,
    Month,
    Part,
    RemindAt,
    RemindMe,
    Repeat,
    Start,
    Times,
    Unclear,
)
from todo.domain.quick_add.vocabulary import MANY
from todo.domain.recurrence import Frequency

_DATES: Final = (Day, Month, EndOfDay)
_LONG: Final = (Frequency.MONTHLY, Frequency.YEARLY)


class Chain(NamedTuple):
    found: tuple[Found, ...]
    joined: bool = False
    """By a word such as "or", so that its parts do not count alone."""

    def holds(self, *kinds: type) -> bool:
        return any(one.holds(*kinds) for one in self.found)

    def unclear(self) -> "Chain":
        value = Unclear(self.found[-1].kind)
        return Chain((Found(self.found[0].start, self.found[-1].end, "unclear", value),))


def choose(text: str, found: list[Found]) -> list[Found]:
    """What counts, in the order of the text; a value of each kind, tags and reminders up to a limit."""
    has_rule = any(one.holds(Repeat) for one in found)
    found = qualified(text, found)
    if not has_rule:
        found = with_starts(text, found)
    chains = [_checked(chain, has_rule) for chain in _chains(text, found, has_rule)]
    dated = any(chain.holds(*_DATES, Times, Repeat) for chain in chains if not _reminding(chain))
    chains = [
        Chain(with_reminder(text, chain.found, dated)) if _reminding(chain) else chain
        for chain in chains
    ]
    chosen = [one for chain in _last_dated(chains) for one in chain.found]
    return through_to(text, _each_once(_supported(chosen)))


def _reminding(chain: Chain) -> bool:
    return chain.found[0].holds(RemindMe, RemindAt)


def _chains(text: str, found: Iterable[Found], has_rule: bool) -> list[Chain]:
    chains: list[Chain] = []
    for one in found:
        chain = chains[-1] if chains else None
        if chain is None or not _continues(chain.found[-1], one):
            chains.append(Chain((one,)))
            continue
        last = chain.found[-1]
        if touch(text, last.end, one.start) or _is_divided(text, last, one):
            chains[-1] = Chain((*chain.found, one), chain.joined)
        elif joint := joins(text, last, one, has_rule):
            if isinstance(joint, Found):
                chains[-1] = Chain((*chain.found, joint), chain.joined)
            else:
                chains[-1] = Chain((*chain.found, one), joined=True)
        else:
            chains.append(Chain((one,)))
    return chains


def _is_divided(text: str, last: Found, one: Found) -> bool:
    """ "monday - 9am", while "monday - tuesday" is a range."""
    return last.kind != one.kind and text[last.end : one.start].strip() in ("-", "–")


def _continues(last: Found, one: Found) -> bool:
    """Whether both can be parts of one chain. A reminder can only begin one."""
    return _is_when(one) and (_is_when(last) or last.holds(RemindMe, RemindAt))


def _is_when(one: Found) -> bool:
    return one.holds(*WHEN) or (isinstance(one.value, Unclear) and one.value.kind != "reminder")


def _checked(chain: Chain, has_rule: bool) -> Chain:
    """The chain, or one unclear span for it where it is not understood as a whole."""
    unclear = [
        one.value
        for one in chain.found
        if isinstance(one.value, Unclear) and not one.value.spares_rule
    ]
    wrong = (
        chain.joined
        or any(value.kind != "time" for value in unclear)
        or (unclear and chain.holds(Repeat))
        or _contradicts(chain, has_rule)
    )
    return chain.unclear() if wrong else Chain(with_times(chain.found))


def _contradicts(chain: Chain, has_rule: bool) -> bool:
    """ "friday tomorrow", "in 2 hours at 9am", "every monday tuesday", an end without a rule."""
    days, starts = _values(chain.found, Day), _values(chain.found, Start)
    repeats = _values(chain.found, Repeat)
    return (
        len({day.date for day in days}) > 1
        or len(starts) > 1
        or len(set(_values(chain.found, Times))) > 1
        or len(set(_values(chain.found, Part))) > 1
        or len(repeats) > 1
        or (bool(days) and chain.holds(Month) and not has_rule)
        or (any(day.instant for day in days) and chain.holds(Times, Part))
        or (
            not has_rule
            and bool(days or starts)
            and any(ends.until for ends in _values(chain.found, Ends))
        )
        or (bool(repeats) and any(not _can_start(repeats[0], one) for one in chain.found))
    )


def _can_start(repeat: Repeat, one: Found) -> bool:
    """A date beside a rule is its start if the rule falls on it, or if a preposition says so."""
    if not isinstance(one.value, Day) or one.groups.get("by", "on") != "on":
        return True
    if "unit" in one.groups or (repeat.rule.freq in _LONG and "weekday" in one.groups):
        return False  # "every day next week" ends with it, "every month on friday" has no such rule
    named = [day.day for day in repeat.rule.by_day if not day.nth]
    return not named or one.value.date.weekday() in named


def _last_dated(chains: list[Chain]) -> list[Chain]:
    """The last date of a text counts; the chains of earlier ones are unclear."""
    dated = [chain for chain in chains if chain.holds(*_DATES)]
    repeat = last_of([one for chain in chains for one in chain.found], Repeat)
    return [
        chain.unclear()
        if chain in dated
        and (
            chain is not dated[-1]
            or (repeat and not all(_can_start(repeat, one) for one in chain.found))
        )
        else chain
        for chain in chains
    ]


def _supported(chosen: list[Found]) -> list[Found]:
    """Without what has no effect: an end of no repetition, a reminder before no date."""
    day = last_of(chosen, Day)
    if day and day.instant:
        chosen = [_unclear(one) if one.holds(Times, Part) else one for one in chosen]
    repeat = last_of(chosen, Repeat)
    if last_of(chosen, Ends) == Ends():
        hourly = repeat is not None and repeat.rule.freq is Frequency.HOURLY
        chosen = [_unclear(one) if hourly and one.holds(Ends, Repeat) else one for one in chosen]
        chosen = [one for one in chosen if not one.holds(Ends)]
    if not repeat:
        chosen = [_unclear(one) if _needs_rule(one) else one for one in chosen]
        chosen = [one for one in chosen if not one.holds(Ends, AfterCompletion, Except)]
    if not any(one.holds(*_DATES, Times, Part, Repeat) for one in chosen):
        chosen = [one for one in chosen if not one.holds(Before, RemindMe)]
    return chosen


def _needs_rule(one: Found) -> bool:
    match one.value:
        case Ends(until=until):
            return until is not None
        case Except():
            return True
        case Times(clocks):
            return len(clocks) > 1
        case Month(_, months):
            return len(months) > 1
        case _:
            return False


def _unclear(one: Found) -> Found:
    return Found(one.start, one.end, "unclear", Unclear(one.kind))


def _each_once(chosen: list[Found]) -> list[Found]:
    """The last value of each kind; an earlier date or rule is unclear, an earlier priority is text."""
    kept: list[Found] = []
    taken: dict[type, list[Found]] = defaultdict(list)
    for one in reversed(chosen):
        same = taken[type(one.value)]
        if len(same) < (MANY if one.holds(*SEVERAL) else 1) or _says_the_same(one, same[0]):
            same.append(one)
            kept.append(one)
        elif one.holds(*WHEN):
            kept.append(_unclear(one))
    return kept[::-1]


def _says_the_same(one: Found, other: Found) -> bool:
    """In other words: "monday, 30 nov", but not "tomorrow tomorrow"."""
    return one.holds(*WHEN) and one.value == other.value and one.groups != other.groups


_V = TypeVar("_V")


def _values(found: Iterable[Found], kind: type[_V]) -> list[_V]:
    return [one.value for one in found if isinstance(one.value, kind)]


def last_of(chosen: list[Found], kind: type[_V]) -> _V | None:
    return next(reversed(_values(chosen, kind)), None)
