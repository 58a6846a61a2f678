"""The words of the grammar and their values."""

from datetime import time
from typing import Final

from todo.domain.recurrence import (
    Frequency,
    Rule,
    Weekday,
)

# Limits on what one text can contain; the rest of it stays in the title.
MANY: Final = 50
MOST_MATCHES: Final = 200
# Outside these a number is not a year, and date arithmetic stays far from its limits.
YEARS: Final = range(1900, 2200)
# fmt: off
WEEKDAYS: Final = {
    "monday": 0, "mon": 0, "tuesday": 1, "tues": 1, "tue": 1, "wednesday": 2, "weds": 2, "wed": 2,
    "thursday": 3, "thurs": 3, "thur": 3, "thu": 3, "friday": 4, "fri": 4, "saturday": 5, "sat": 5,
    "sunday": 6, "sun": 6,
}
MONTHS: Final = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4,
    "may": 5, "june": 6, "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8,
    "september": 9, "sept": 9, "sep": 9, "october": 10, "oct": 10, "november": 11, "nov": 11,
    "december": 12, "dec": 12,
}
# Ordinary words too: they count only with a preposition or a time beside them.
WORDY_DAYS: Final = ("wed", "sat", "sun")
WORDY_MONTHS: Final = ("mar", "may")
# Given names too: "give April 2 cookies" has no date.
NAME_MONTHS: Final = ("april", "june", "august", "jan")
# After these "tom" is a person: "call tom".
TO_TOM: Final = (
    "and", "ask", "at", "by", "call", "email", "for", "from", "help", "invite", "meet", "message",
    "of", "pay", "phone", "ping", "see", "tell", "text", "thank", "to", "uncle", "visit", "with",
)
# After these a weekday is part of a name: "black friday".
NAMED_AFTER: Final = (
    "ash", "black", "bloody", "blue", "casual", "cyber", "easter", "fat", "giving", "good", "happy",
    "holy", "maundy", "palm", "ruby", "shrove", "super", "taco", "whit",
)
TENS: Final = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
ONES: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}
CARDINALS: Final = {
    "a": 1, "an": 1, **ONES, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, **TENS,
    **{f"{ten}-{one}": tens + ones for ten, tens in TENS.items() for one, ones in ONES.items()},
    "a couple of": 2, "a couple": 2, "couple of": 2, "a dozen": 12,
}
# "one" is left out: "look at one" has no time.
HOUR_WORDS: Final = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)
ORDINALS: Final = {"second": 2, "third": 3, "fourth": 4, "fifth": 5}
NUMBERS: Final = CARDINALS | ORDINALS | {"first": 1, "last": -1, "other": 2, "alternate": 2, "single": 1}
UNITS: Final = {
    "minutes": "minutes", "minute": "minutes", "mins": "minutes", "min": "minutes", "m": "minutes",
    "hours": "hours", "hour": "hours", "hrs": "hours", "hr": "hours", "h": "hours",
    "days": "days", "day": "days", "d": "days",
    "weeks": "weeks", "week": "weeks", "wks": "weeks", "wk": "weeks", "w": "weeks",
    "fortnights": "fortnights", "fortnight": "fortnights",
    "months": "months", "month": "months",
    "years": "years", "year": "years", "yrs": "years", "yr": "years",
}
NAMED_DAYS: Final = {
    "today": 0, "tonight": 0, "tonite": 0, "tomorrow": 1, "tom": 1, "tmrw": 1, "tmr": 1, "tmw": 1,
    "day after tomorrow": 2,
}
DAY_PARTS: Final = {
    "morning": time(9), "afternoon": time(14), "evening": time(18), "night": time(20),
}
PERIODS: Final = {
    "hour": Rule(Frequency.HOURLY), "hourly": Rule(Frequency.HOURLY),
    "day": Rule(Frequency.DAILY), "daily": Rule(Frequency.DAILY),
    "week": Rule(Frequency.WEEKLY), "weekly": Rule(Frequency.WEEKLY),
    "fortnight": Rule(Frequency.WEEKLY, 2), "fortnightly": Rule(Frequency.WEEKLY, 2),
    "biweekly": Rule(Frequency.WEEKLY, 2), "bi-weekly": Rule(Frequency.WEEKLY, 2),
    "month": Rule(Frequency.MONTHLY), "monthly": Rule(Frequency.MONTHLY),
    "quarter": Rule(Frequency.MONTHLY, 3), "quarterly": Rule(Frequency.MONTHLY, 3),
    "year": Rule(Frequency.YEARLY), "yearly": Rule(Frequency.YEARLY),
    "annually": Rule(Frequency.YEARLY),
}
SHORTHANDS: Final = {
    "FREQ=DAILY": "daily", "FREQ=WEEKLY": "weekly", "FREQ=MONTHLY": "monthly",
    "FREQ=YEARLY": "yearly",
}
PRIORITIES: Final = {
    "!high": 1, "!medium": 5, "!med": 5, "!low": 9, "!!!": 1, "!!": 5, "!": 9,
    "p1": 1, "p2": 5, "p3": 9,
}
# fmt: on
WORKDAYS: Final = tuple(Weekday(day) for day in range(5))
WEEKEND: Final = (Weekday(5), Weekday(6))
