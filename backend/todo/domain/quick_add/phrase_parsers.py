"""The parsers of phrases for times, reminders, priorities and tags. None, or ValueError: nothing after all."""

import re
from datetime import time

from todo.domain.quick_add.lengths import length_of, number_of
from todo.domain.quick_add.patterns import compiled, find, parts_of
from todo.domain.quick_add.values import (
    Before,
    Clock,
    Day,
    Groups,
    Part,
    Priority,
    Reference,
    RemindAt,
    RemindIn,
    RemindMe,
    Tag,
    Times,
    Value,
)
from todo.domain.quick_add.vocabulary import PRIORITIES


def read_this_part(groups: Groups, ref: Reference) -> Value:
    return Day(ref.today, part=groups["part"])


def read_times(groups: Groups, ref: Reference) -> Value:
    """8:00 and 20:00 fit into one rule, 8:00 and 20:30 would need two."""
    clocks = _clocks(groups["times"])
    if len({clock.minute for clock in clocks}) > 1:
        raise ValueError(groups["times"])
    return Times(clocks, groups.get("part"))


def read_past_hour(groups: Groups, ref: Reference) -> Value:
    """ "half past 3", "quarter to 4"."""
    past = groups["past"].removesuffix(" minutes")
    minutes = {"half": 30, "quarter": 15, "a quarter": 15}.get(past) or number_of(past)
    (clock,) = _clocks(groups["times"])
    if clock.minute or not 0 < minutes < 60:
        raise ValueError(groups["past"])
    if groups["side"] == "past":
        return Times((clock._replace(minute=minutes),), groups.get("part"))
    hour = (clock.hour - 1) % 24 or (0 if clock.settled else 12)
    return Times((clock._replace(hour=hour, minute=60 - minutes),), groups.get("part"))


def _clocks(words: str) -> tuple[Clock, ...]:
    return tuple(_clock(word) for word in find("{hour}", words))


def _clock(word: str) -> Clock:
    if named := re.search("noon|midnight|mid-?day", word):
        return Clock(0 if named[0] == "midnight" else 12, settled=True)
    if compiled("{military}").fullmatch(word):
        return Clock(int(word[:2]), int(word[2:4]))
    hour, *minute = [number_of(number) for number in find(r"\d+|{hour_word}", word)]
    at = time(hour, sum(minute))  # refuses 25:00
    half = re.search(r"([ap])\.?m", word)
    if not half:
        return Clock(at.hour, at.minute, bare=not minute)
    if not 1 <= at.hour <= 12:
        raise ValueError(word)
    return Clock(at.hour % 12 + (12 if half[1] == "p" else 0), at.minute, settled=True)


def read_part(groups: Groups, ref: Reference) -> Value:
    return Part(groups.get("part", "morning"))


def read_before(groups: Groups, ref: Reference) -> Value:
    """ "1 day and 1 hour before" are two reminders, as "10 and 30 minutes before" are."""
    if "numbers" in groups:
        words = [f"{number} {groups['unit']}" for number in parts_of(groups["numbers"])]
    else:
        words = find("{length}", groups["before"])
    return Before(tuple(length_of(each).iso() for each in words))


def read_when_due(groups: Groups, ref: Reference) -> Value:
    return Before(("PT0S",))


def read_remind_at(groups: Groups, ref: Reference) -> Value:
    """At a time, on the day it is due or some days before: "the day before at 6pm"."""
    days, part = None, groups.get("part")
    if "length" in groups:
        length = length_of(groups["length"])
        if length.has_time or length.months or length.years:
            raise ValueError(length)
        days = length.weeks * 7 + length.days
    elif "before_part" in groups:
        days, part = 1, groups["before_part"]
        part = None if part == "day" else part
    elif "same" in groups:
        days = 0
    if "times" in groups:
        return RemindAt(_clocks(groups["times"]), days, part)
    return RemindAt((Clock(9, settled=True),) if part is None else (), days, part)


def read_remind_in(groups: Groups, ref: Reference) -> Value:
    return RemindIn(ref.now + length_of(groups["length"]).delta)


def read_remind_me(groups: Groups, ref: Reference) -> Value:
    return RemindMe()


def read_priority(groups: Groups, ref: Reference) -> Value:
    return Priority(PRIORITIES[groups["level"]])


def read_tag(groups: Groups, ref: Reference) -> Value:
    return Tag()


def read_nothing(groups: Groups, ref: Reference) -> None:
    return None


def read_unclear(groups: Groups, ref: Reference) -> Value:
    """Recognised, so that no part of it counts alone: "from 3pm to 4pm"."""
    raise ValueError(groups)
