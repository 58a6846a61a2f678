"""What the rules of the grammar share."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from todo.chat.language.clauses import Quotes
from todo.chat.language.dates import Today
from todo.chat.language.requests import Request
from todo.domain import quick_add


@dataclass(frozen=True)
class Reading:
    """What rules need beside the words."""

    quotes: Quotes
    today: Today


Read = Callable[[re.Match[str], Reading], Request | None]


def has_date(line: str, reading: Reading) -> bool:
    return (
        quick_add.parse(line, now=reading.today.now, timezone=reading.today.timezone).due_date
        is not None
    )
