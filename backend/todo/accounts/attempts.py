"""Wrong passwords of one account: each further attempt is answered later, whoever makes it.

An account is never locked, or a stranger could lock out its owner. The number of attempts is limited per address
(`TODO_LOGIN_LIMIT`).
"""

import asyncio
from hashlib import sha256

from todo.runtime.http import rates

# Any number large enough to count them all.
_COUNTED = "1000/15minute"
_FREE = 5
_LONGEST_SECONDS = 5.0


async def delay(email: str) -> None:
    """Wait as long as the earlier attempts demand: nothing, then 0.25 s, 0.5 s, … up to 5 s."""
    too_many = rates.count_of(_COUNTED, "wrong passwords", _key(email)) - _FREE
    if too_many > 0:
        await asyncio.sleep(min(0.25 * 2.0 ** min(too_many - 1, 10), _LONGEST_SECONDS))


def failed(email: str) -> None:
    rates.allows(_COUNTED, "wrong passwords", _key(email))


def _key(email: str) -> str:
    return sha256(email.lower().encode()).hexdigest()
