"""POST to an address that a user entered, with limits; every failure becomes a sentence for the user."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import httpx2

from todo.notifications.senders.message import DeliveryFailed, SendingSettings
from todo.runtime.url_guard import AddressRefused, AddressUnknown, guarded_client

TIMEOUT: Final = 10.0
PER_HOST: Final = 50
_READ_AT_MOST: Final = 64 * 1024
_LONGEST_WAIT: Final = 86400


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    host: str
    retry_after: int | None

    @property
    def words(self) -> str:
        try:
            return f"{self.status} ({HTTPStatus(self.status).phrase})"
        except ValueError:
            return str(self.status)


# 404 may be a receiver that is being deployed. Other 4xx answers are permanent.
_TRY_AGAIN: Final = frozenset({404, 408, 425, 429})


def expect_success(answer: Answer) -> None:
    """Return on 2xx; otherwise raise DeliveryFailed, permanent if the request itself was refused."""
    if 200 <= answer.status < 300:
        return
    raise DeliveryFailed(
        f"{answer.host} answered {answer.words}.",
        permanent=400 <= answer.status < 500 and answer.status not in _TRY_AGAIN,
        retry_after=answer.retry_after,
    )


class GuardedPost:
    """Used by the senders that speak HTTP. Each has its own connection pool: they send to different hosts."""

    def __init__(self, settings: SendingSettings) -> None:
        self._clock = settings.clock
        self._client = guarded_client(
            allow_private=settings.allow_private,
            resolver=settings.resolver,
            tls=settings.tls,
            timeout=TIMEOUT,
        )

    async def __call__(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer's status, which is not a redirect. The body is not used."""
        host = urlsplit(url).hostname or "The address"
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._post(url, host, content, headers)
        except (TimeoutError, httpx2.TimeoutException):
            raise DeliveryFailed(
                f"{host} did not answer within {TIMEOUT:.0f} seconds.", may_have_arrived=True
            ) from None
        except AddressRefused as refused:
            raise DeliveryFailed(refused.reason, permanent=True) from None
        except AddressUnknown as unknown:
            raise DeliveryFailed(unknown.reason) from None
        except httpx2.InvalidURL:
            raise DeliveryFailed("The address cannot be read.", permanent=True) from None
        except httpx2.ConnectError as failure:
            certificate = _certificate_problem(failure)
            if certificate is not None:
                raise DeliveryFailed(
                    f"The certificate of {host} was not accepted: {certificate}."
                ) from None
            raise DeliveryFailed(f"{host} could not be reached.") from None
        except httpx2.HTTPError:
            raise DeliveryFailed(
                f"The connection to {host} was lost.", may_have_arrived=True
            ) from None

    async def _post(
        self, url: str, host: str, content: bytes, headers: Mapping[str, str]
    ) -> Answer:
        # "identity" prevents decompression bombs.
        sent = {"User-Agent": "Todo", "Accept-Encoding": "identity", **headers}
        async with self._client.stream("POST", url, content=content, headers=sent) as response:
            answer = Answer(
                response.status_code,
                host,
                _retry_after(response.headers.get("Retry-After"), self._clock()),
            )
            if 300 <= answer.status < 400:
                raise DeliveryFailed(
                    f"{host} answered with a redirect ({answer.status}), which is not followed. "
                    "Enter the address it leads to.",
                    permanent=True,
                )
            # A connection can be reused only when its answer was read; an endless answer is an attack.
            read = 0
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > _READ_AT_MOST:
                    break
            return answer

    async def aclose(self) -> None:
        await self._client.aclose()


def _certificate_problem(failure: BaseException) -> str | None:
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message.rstrip(".")
        cause = cause.__cause__ or cause.__context__
    return None


def _retry_after(value: str | None, now: float) -> int | None:
    """Seconds or a date (RFC 9110), limited to between one second and one day."""
    if value is None:
        return None
    try:
        seconds = int(value)
    except ValueError:
        try:
            then = parsedate_to_datetime(value)
            # "-0000" gives a naive datetime; timestamp() would use the machine's zone.
            seconds = round((then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - now)
        except (ValueError, OverflowError):
            return None
    return max(1, min(seconds, _LONGEST_WAIT))
