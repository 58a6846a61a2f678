"""HTTP calls: the JSON of the answer, or a ClientError with one line for a person."""

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx2

from todo.client.errors import ClientError, Exit
from todo.client.settings import Connection

# The server needs some seconds to import a large calendar file.
_TIMEOUT = httpx2.Timeout(60, connect=10)


def transport() -> httpx2.BaseTransport | None:
    """The HTTP transport; tests replace it by a MockTransport."""
    return None


class Api:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        headers = {"Accept": "application/json", "User-Agent": "todo-cli"}
        if connection.token:
            headers["Authorization"] = f"Bearer {connection.token}"
        try:
            self._client = httpx2.Client(
                base_url=f"{connection.url}/api",
                headers=headers,
                timeout=_TIMEOUT,
                transport=transport(),
                follow_redirects=False,  # send a token only to the server that issued it
            )
        except (httpx2.InvalidURL, ValueError):
            raise ClientError(f"{connection.url} is not a URL.", Exit.USAGE) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return self._call("GET", path, params=params)

    def post(self, path: str, json: Any = None) -> Any:
        return self._call("POST", path, json=json)

    def post_calendar(self, path: str, data: bytes) -> Any:
        headers = {"Content-Type": "text/calendar"}
        return self._call("POST", path, content=data, headers=headers)

    def _call(self, method: str, path: str, **how: Any) -> Any:
        url = self.connection.url
        try:
            answer = self._client.request(method, path, **how)
        except httpx2.ConnectError:
            raise ClientError(
                f"No server answers at {url}. Is it running? Choose another one with --url or TODO_URL.",
                Exit.UNREACHABLE,
            ) from None
        except httpx2.TimeoutException:
            raise ClientError(f"{url} took too long to answer.", Exit.UNREACHABLE) from None
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
            raise ClientError(f"{url} is not a URL.", Exit.USAGE) from None
        except httpx2.HTTPError as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ClientError(f"{url} did not answer: {reason}", Exit.UNREACHABLE) from None
        if answer.is_success:
            return self._json(answer) if answer.content else None
        raise self._refusal(answer)

    def _json(self, answer: httpx2.Response) -> Any:
        try:
            return answer.json()
        except ValueError:
            raise self._not_todo(answer) from None

    def _not_todo(self, answer: httpx2.Response) -> ClientError:
        status = f"{answer.status_code} {answer.reason_phrase}".strip()
        return ClientError(
            f"{self.connection.url} answered {status}, but is not a Todo server.",
            Exit.UNREACHABLE,
        )

    def _refusal(self, answer: httpx2.Response) -> ClientError:
        if answer.is_redirect:
            target = answer.headers.get("location", "another address")
            return ClientError(
                f"{self.connection.url} redirects to {target}; use that with --url.",
                Exit.UNREACHABLE,
            )
        try:
            problem = answer.json()
        except ValueError:
            return self._not_todo(answer)
        if not isinstance(problem, dict):
            return self._not_todo(answer)
        sentence = _sentence(problem) or f"The server answered {answer.status_code}."
        match answer.status_code:
            case 401 if self.connection.token:
                return ClientError(
                    f"The token for {self.connection.url} is not accepted; run `todo login` again.",
                    Exit.LOGIN,
                )
            case 401 if not answer.request.url.path.endswith("/auth/login"):
                return ClientError(
                    f"You are not logged in at {self.connection.url}; run `todo login`, or set TODO_TOKEN.",
                    Exit.LOGIN,
                )
            case 401 | 403:
                return ClientError(sentence, Exit.LOGIN)
            case status if status >= 500:
                return ClientError(sentence, Exit.UNREACHABLE)
            case _:
                return ClientError(sentence)


def _sentence(problem: dict[str, Any]) -> str:
    """The problem (RFC 9457) in one line: the invalid fields by name, else the detail."""
    found = problem.get("errors")
    fields = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    named = [
        f"{_field(item.get('field'))}: {item.get('message')}".removeprefix(": ") for item in fields
    ]
    text = "; ".join(named) or str(problem.get("detail") or problem.get("title") or "")
    return " ".join(text.split())


def _field(name: object) -> str:
    """The field without its index, in words: `reminders.0` → `reminders`, `due_date` → `due date`."""
    return re.sub(r"\.\d+", "", str(name or "")).replace("_", " ")
