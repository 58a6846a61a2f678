"""The public face: only requests for this server's own names, and HTTPS for good where it is used.

A page of another site could otherwise let its name point to this server (DNS rebinding) and read what the server
answers without a login.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from todo.runtime.http.problems import problem
from todo.runtime.settings import Settings

# Names that no public DNS server can answer for (RFC 6761, 6762, 8375; .internal is reserved by ICANN).
_PRIVATE: Final = (".localhost", ".local", ".home.arpa", ".internal")
_ADDRESS: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.%]+\]")
_PORT: Final = re.compile(r":\d{0,5}$")
_YEAR: Final = 365 * 24 * 60 * 60


class Site:
    """ASGI middleware around everything that listens on a public port."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._names = {urlsplit(settings.origin).hostname or "", *settings.hosts.split(",")} - {""}
        self._secure = settings.origin.startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        host = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"host"), "")
        if not self.knows(host):
            await self._refuse(host, scope, receive, send)
            return
        await self._app(scope, receive, self._with_hsts(send) if self._secure else send)

    def knows(self, host: str) -> bool:
        """Whether a Host header is an address, a name without a dot, or one of our names."""
        name = _PORT.sub("", host.lower()).removesuffix(".")
        return (
            "." not in name
            or name in self._names
            or name.endswith(_PRIVATE)
            or _ADDRESS.fullmatch(name) is not None
        )

    async def _refuse(self, host: str, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()  # websocket.connect
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._answer(host)(scope, receive, send)

    def _answer(self, host: str) -> Response:
        return problem(
            421,
            f"“{host[:100]}” is not a name of this server. Its operator can set TODO_PUBLIC_URL, or TODO_HOSTS.",
        )

    def _with_hsts(self, send: Send) -> Send:
        async def with_hsts(message: Message) -> None:
            if message["type"] == "http.response.start":
                header = (b"strict-transport-security", b"max-age=%d" % _YEAR)
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        return with_hsts
