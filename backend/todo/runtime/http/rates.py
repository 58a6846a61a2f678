"""Rates: how often a client or a user may do something. Counted by each process for itself."""

from functools import cache
from time import time
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from todo.domain.errors import TooMany

_limiter: Final = MovingWindowRateLimiter(MemoryStorage())


def require(rate: str, name: str, *key: str, message: str) -> None:
    """Count one more; raises TooMany with `message` when there were as many as the rate allows.

    `rate` is a setting such as 10/minute; `name` and `key` say what is counted, and whose.
    """
    limit = _parsed(rate)
    if _limiter.hit(limit, name, *key):
        return
    until = _limiter.get_window_stats(limit, name, *key).reset_time - time()
    raise TooMany(
        message,
        retry_after=max(1, round(until)),
        policy=f'"{name}";q={limit.amount};w={limit.get_expiry()}',
    )


def allows(rate: str, name: str, *key: str) -> bool:
    """Count one more, unless there were as many as the rate allows."""
    return _limiter.hit(_parsed(rate), name, *key)


def count_of(rate: str, name: str, *key: str) -> int:
    limit = _parsed(rate)
    return limit.amount - _limiter.get_window_stats(limit, name, *key).remaining


def headers_of(error: TooMany) -> dict[str, str]:
    """Retry-After (RFC 9110) and the RateLimit fields (draft-ietf-httpapi-ratelimit-headers)."""
    headers = {"Retry-After": str(error.retry_after)}
    if error.policy is not None:
        name = error.policy.partition(";")[0]
        headers |= {
            "RateLimit-Policy": error.policy,
            "RateLimit": f"{name};r=0;t={error.retry_after}",
        }
    return headers


@cache
def _parsed(rate: str) -> RateLimitItem:
    return parse(rate)
