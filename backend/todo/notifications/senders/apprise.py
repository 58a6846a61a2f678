"""Chat and phone services by their Apprise URLs, from an allow-list.

Apprise knows two hundred services, and many of them connect to any host, read local files (`template=`) or run
programs. So only two kinds of scheme are allowed:

- hosted: the plugin connects to one fixed host only (tested for each). Apprise sends.
- self-hosted (ntfy, Gotify): the URL has Apprise's form, but the guarded client of this product sends.

Query parameters are on an allow-list too: `redirect`, `verify`, `template`, `+header` and others are refused.
"""

import asyncio
import base64
import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from todo.notifications.senders.http import GuardedPost, expect_success
from todo.notifications.senders.message import (
    DeliveryFailed,
    Message,
    SendingSettings,
    headline,
    one_line,
)
from todo.runtime.url_guard import LONGEST_URL, AddressRefused, parse


@dataclass(frozen=True, slots=True)
class Plugin:
    """A hosted service: its name, its hosts, and the query parameters that a user may set."""

    name: str
    hosts: frozenset[str]
    parameters: frozenset[str] = frozenset()


HOSTED: Final[Mapping[str, Plugin]] = {
    "discord": Plugin("Discord", frozenset({"discord.com"}), frozenset({"thread"})),
    "gchat": Plugin("Google Chat", frozenset({"chat.googleapis.com"})),
    "pbul": Plugin("Pushbullet", frozenset({"api.pushbullet.com"})),
    "pover": Plugin("Pushover", frozenset({"api.pushover.net"}), frozenset({"priority", "sound"})),
    "slack": Plugin("Slack", frozenset({"hooks.slack.com", "slack.com"})),
    "tgram": Plugin("Telegram", frozenset({"api.telegram.org"}), frozenset({"silent", "topic"})),
    "wxteams": Plugin("Webex", frozenset({"webexapis.com", "api.ciscospark.com"})),
}
#: URLs that these services show for copying: host → scheme, and the parameters that carry keys.
_NATIVE: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "discord.com": ("discord", frozenset()),
    "hooks.slack.com": ("slack", frozenset()),
    "chat.googleapis.com": ("gchat", frozenset({"key", "token"})),
}
SELF_HOSTED: Final = frozenset({"ntfy", "ntfys", "gotify", "gotifys"})
ALLOWED: Final = (
    "ntfy",
    "gotify",
    "discord",
    "slack",
    "tgram",
    "pover",
    "pbul",
    "gchat",
    "wxteams",
)

_NTFY_CLOUD: Final = "https://ntfy.sh/"
_PRIORITIES: Final[Mapping[str, int]] = {
    "min": 1, "low": 2, "default": 3, "normal": 3, "high": 4, "max": 5, "emergency": 5,
    "1": 1, "2": 2, "3": 3, "4": 4, "5": 5,
}  # fmt: skip
_TOPIC: Final = re.compile(r"[-_A-Za-z0-9]{1,64}")
_GOTIFY_TOKEN: Final = re.compile(r"[-_.A-Za-z0-9]{1,128}")
_STATUS: Final = re.compile(r"error=(\d{3})\b")
_TIMEOUT: Final = 15.0
_MOST_ITEMS: Final = 40  # chats refuse long messages


@dataclass(frozen=True, slots=True)
class Hosted:
    scheme: str
    url: str


@dataclass(frozen=True, slots=True)
class Ntfy:
    server: str
    topic: str
    authorization: str | None
    priority: int | None


@dataclass(frozen=True, slots=True)
class Gotify:
    server: str
    token: str
    priority: int | None


def read(url: str, *, allow_private: bool = False) -> Hosted | Ntfy | Gotify:
    """The service that the URL names, or AddressRefused with a sentence. Does not load Apprise."""
    parts, query = _split(url.strip(" "))
    scheme, allowed = _service(parts)
    for name, _ in query:
        if name not in allowed:
            raise AddressRefused(f"The parameter “{one_line(name, 40)}” is not allowed here.")
    if scheme.startswith("ntfy"):
        return _ntfy(scheme, parts.netloc, parts.path, dict(query), allow_private)
    if scheme.startswith("gotify"):
        return _gotify(scheme, parts.netloc, parts.path, dict(query), allow_private)
    # Rebuilt from the parsed parts, so that Apprise's own parser sees nothing that was not checked.
    path = quote(unquote(parts.path), safe="/:@+-_.~!$'()*,=")
    rest = f"?{urlencode(query)}" if query else ""
    return Hosted(scheme, f"{parts.scheme}://{parts.netloc}{path}{rest}")


def _split(url: str) -> tuple[SplitResult, list[tuple[str, str]]]:
    if len(url) > LONGEST_URL or not url.isprintable() or any(c in url for c in " \\"):
        raise AddressRefused("This is not an Apprise URL.")
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        raise AddressRefused("This is not an Apprise URL.") from None
    if not parts.scheme:
        raise AddressRefused("Start with the service, as in ntfy://my-topic.")
    return parts, query


def _service(parts: SplitResult) -> tuple[str, frozenset[str]]:
    """Its scheme, and the query parameters that a user may set."""
    scheme, keys = parts.scheme, frozenset[str]()
    if scheme == "https" and parts.netloc in _NATIVE:
        scheme, keys = _NATIVE[parts.netloc]
    elif scheme == "https" and parts.netloc == "ntfy.sh":
        scheme = "ntfys"
    if scheme in SELF_HOSTED:
        return scheme, frozenset({"priority"})
    if scheme in HOSTED:
        return scheme, keys | HOSTED[scheme].parameters
    raise AddressRefused(
        f"{parts.scheme}:// is not an allowed service. Use one of "
        f"{', '.join(f'{name}://' for name in ALLOWED)}, or a webhook channel."
    )


def _ntfy(
    scheme: str, netloc: str, path: str, query: Mapping[str, str], allow_private: bool
) -> Ntfy:
    userinfo, _, place = netloc.rpartition("@")
    topic = path.strip("/")
    if topic:
        server = _server(scheme, "ntfy", place, "", allow_private)
    else:  # ntfy://topic means the public server in Apprise
        server, topic = _NTFY_CLOUD, place
    if not _TOPIC.fullmatch(topic):
        raise AddressRefused("Give one ntfy topic, as in ntfys://ntfy.example.com/my-topic.")
    authorization = None
    if userinfo:
        user, colon, password = userinfo.partition(":")
        if colon:
            pair = f"{unquote(user)}:{unquote(password)}".encode()
            authorization = f"Basic {base64.b64encode(pair).decode()}"
        else:
            if not re.fullmatch(r"tk_[A-Za-z0-9]+", user):
                raise AddressRefused(
                    "Write user:password@ or an access token (tk_…@) before the host."
                )
            authorization = f"Bearer {user}"
    return Ntfy(server, topic, authorization, _priority(query))


def _gotify(
    scheme: str, netloc: str, path: str, query: Mapping[str, str], allow_private: bool
) -> Gotify:
    folder, _, token = path.rstrip("/").rpartition("/")
    if not _GOTIFY_TOKEN.fullmatch(token):
        raise AddressRefused("Give the app's token, as in gotifys://gotify.example.com/A1b2C3d4.")
    return Gotify(_server(scheme, "gotify", netloc, folder, allow_private), token, _priority(query))


def _server(scheme: str, plain: str, place: str, folder: str, allow_private: bool) -> str:
    web = "http" if scheme == plain else "https"
    return parse(f"{web}://{place}{folder}/", allow_private=allow_private).url


def _priority(query: Mapping[str, str]) -> int | None:
    if "priority" not in query:
        return None
    level = _PRIORITIES.get(query["priority"].lower())
    if level is None:
        raise AddressRefused("The priority is one of min, low, default, high, max.")
    return level


@cache
def _library() -> tuple[Any, Any]:
    """Apprise and its settings. Imported when first used: its plugins take seconds to load."""
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(
        app_id="Todo",
        app_desc="Todo reminders",
        http_redirects=False,
        allow_templates=False,
        storage_mode="memory",
        image_path_mask=False,
        async_mode=False,
        service_timeout=_TIMEOUT - 3,
    )
    return Apprise, asset


def load(service: Hosted) -> Any:
    """The plugin for a hosted service. Blocks (it loads and parses); AddressRefused if Apprise cannot read it."""
    apprise, asset = _library()
    plugin = apprise.instantiate(service.url, asset=asset)
    if plugin is None:
        raise AddressRefused(f"This {service.scheme}:// URL is incomplete; check the tokens in it.")
    protocols = plugin.secure_protocol
    known = {protocols} if isinstance(protocols, str) else set(protocols)
    if service.scheme not in known or plugin.redirects or not plugin.verify_certificate:
        raise AddressRefused("This Apprise URL is not allowed.")
    plugin.request_rate_per_sec = 0  # otherwise it sleeps between recipients
    return plugin


# Own threads: a slow service delays only chat messages.
_sending = ThreadPoolExecutor(max_workers=8, thread_name_prefix="apprise")


async def check_loads(service: Hosted | Ntfy | Gotify) -> None:
    """Raise AddressRefused if the URL is incomplete; called when it is saved."""
    if isinstance(service, Hosted):
        await asyncio.get_running_loop().run_in_executor(_sending, load, service)


class AppriseSender:
    """config: `url`."""

    def __init__(self, settings: SendingSettings) -> None:
        self._settings = settings
        self._post = GuardedPost(settings)

    async def send(self, config: Mapping[str, object], message: Message) -> None:
        try:
            service = read(str(config["url"]), allow_private=self._settings.allow_private)
        except AddressRefused as refused:
            raise DeliveryFailed(refused.reason, permanent=True) from None
        match service:
            case Hosted():
                await self._send_hosted(service, message)
            case Ntfy():
                await self._send_ntfy(service, message)
            case Gotify():
                await self._send_gotify(service, message)

    async def _send_hosted(self, service: Hosted, message: Message) -> None:
        title = headline(message, self._settings.clock())
        call = asyncio.get_running_loop().run_in_executor(
            _sending, _notify, service, title, _text(message, links=True)
        )
        try:
            async with asyncio.timeout(_TIMEOUT):
                await call
        except TimeoutError:
            raise DeliveryFailed(
                f"{service.scheme} did not answer within {_TIMEOUT:.0f} seconds."
            ) from None
        except AddressRefused as refused:
            raise DeliveryFailed(refused.reason, permanent=True) from None

    async def _send_ntfy(self, service: Ntfy, message: Message) -> None:
        actions = [
            {"action": "view", "label": label, "url": url}
            for label, url in (("Done", message.done_url), ("Snooze", message.snooze_url))
            if url
        ]
        body: dict[str, object] = {
            "topic": service.topic,
            "title": headline(message, self._settings.clock()),
            "message": _text(message, links=False),
            "click": message.url,
            "actions": actions,
        }
        if service.priority is not None:
            body["priority"] = service.priority
        headers = {"Content-Type": "application/json"}
        if service.authorization is not None:
            headers["Authorization"] = service.authorization
        expect_success(
            await self._post(service.server, content=json.dumps(body).encode(), headers=headers)
        )

    async def _send_gotify(self, service: Gotify, message: Message) -> None:
        body = {
            "title": headline(message, self._settings.clock()),
            "message": _text(message, links=True),
            "priority": 5 if service.priority is None else service.priority * 2,
            "extras": {"client::notification": {"click": {"url": message.url}}},
        }
        expect_success(
            await self._post(
                f"{service.server}message",
                content=json.dumps(body).encode(),
                headers={"Content-Type": "application/json", "X-Gotify-Key": service.token},
            )
        )

    async def aclose(self) -> None:
        await self._post.aclose()


def _text(message: Message, *, links: bool) -> str:
    body = message.body.strip()
    more = len(message.items) - _MOST_ITEMS
    blocks = [
        body if len(body) <= 1000 else body[:1000].rstrip() + "…",
        "\n".join(f"• {one_line(item)}" for item in message.items[:_MOST_ITEMS]),
        f"… and {more} more" if more > 0 else "",
    ]
    if links:
        pairs = (("Done", message.done_url), ("Snooze", message.snooze_url), ("Open", message.url))
        blocks.append("\n".join(f"{label}: {url}" for label, url in pairs if url))
    # Every service requires a body, so an empty one repeats the title.
    return "\n\n".join(block for block in blocks if block) or one_line(message.title)


def _notify(service: Hosted, title: str, body: str) -> None:
    """Runs in a thread: Apprise is synchronous."""
    apprise, asset = _library()
    sender = apprise(asset=asset)
    plugin = load(service)
    sender.add(plugin)
    result = sender.notify(title=title, body=body, body_format="text")
    if result:
        return
    # Apprise reports in log lines. Only the status is taken from them: the rest may contain secrets.
    logged = " ".join(entry.message for one in result for attempt in one for entry in attempt)
    found = _STATUS.search(logged)
    status = int(found.group(1)) if found else 0
    if status < 300:  # no answer, or a refusal with status 200
        raise DeliveryFailed(f"{plugin.service_name} could not be reached or refused the message.")
    raise DeliveryFailed(
        f"{plugin.service_name} answered {status}.",
        permanent=400 <= status < 500 and status not in {408, 425, 429},
    )
