"""Wrong passwords of one account: each further attempt is answered later, whoever makes it.

An account is never locked, or a stranger could lock out its owner. `TODO_LOGIN_LIMIT` limits the attempts per
network address.
"""

import asyncio
from hashlib import sha256

from todo.runtime.http import rates

# How long a wrong password counts. The number limits nothing; it is more than there can be attempts.
_COUNTED = "1000/15minute"
_FREE = 5
_LONGEST_SECONDS = 5.0


async def delay(email: str) -> None:
    await asyncio.sleep(seconds_to_wait(email))


def seconds_to_wait(email: str) -> float:
    """Before the next attempt: 0 for the first five, then 0.25, 0.5, … up to 5."""
    too_many = rates.count_of(_COUNTED, "wrong passwords", _key(email)) - _FREE
    if too_many <= 0:
        return 0
    return min(0.25 * 2.0 ** min(too_many - 1, 10), _LONGEST_SECONDS)


def failed(email: str) -> None:
    rates.allows(_COUNTED, "wrong passwords", _key(email))


def _key(email: str) -> str:
    return sha256(email.lower().encode()).hexdigest()
