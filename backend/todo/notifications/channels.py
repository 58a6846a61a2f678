"""The settings of each kind of channel: validation, and what the owner may see again.

`validate` returns the config that is stored and later given to a sender. In-app notifications have neither.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeVar
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from email_validator import EmailNotValidError, validate_email
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from todo.domain.errors import Invalid
from todo.notifications.senders import SendingSettings
from todo.notifications.senders.apprise import HOSTED, Gotify, Hosted, Ntfy, check_loads, read
from todo.notifications.senders.webhook import new_secret
from todo.runtime.url_guard import (
    LONGEST_URL,
    AddressRefused,
    AddressUnknown,
    Target,
    parse,
    resolve,
)

Kind = Literal["email", "webpush", "apprise", "webhook"]
KINDS: Final[tuple[Kind, ...]] = ("email", "webpush", "apprise", "webhook")

HIDDEN: Final = "…"

M = TypeVar("M", bound=BaseModel)

_Text = Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]


class EmailConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    address: Annotated[str, Field(min_length=3, max_length=254)]


class WebhookConfig(BaseModel):
    """The server generates the secret and shows it once, when the channel is created."""

    model_config = ConfigDict(extra="forbid")
    url: _Text


class AppriseConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    url: _Text


class SubscriptionKeys(BaseModel):
    p256dh: Annotated[str, Field(min_length=80, max_length=100)]
    auth: Annotated[str, Field(min_length=20, max_length=30)]


class WebPushConfig(BaseModel):
    """PushSubscription.toJSON(); other fields (expirationTime) are ignored."""

    model_config = ConfigDict(extra="ignore")
    endpoint: _Text
    keys: SubscriptionKeys


async def validate(
    kind: str,
    raw: Mapping[str, object],
    settings: SendingSettings,
    *,
    previous: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """The config to store; raises Invalid with the field and a sentence.

    Resolves the host, so that a private address is refused at once; senders check again at every connection.
    `previous` is the stored config of an edited channel: a webhook keeps its secret.
    """
    match kind:
        case "email":
            return _email(_read(EmailConfig, raw))
        case "webhook":
            url = _read(WebhookConfig, raw).url
            target = await _reachable(url, "url", settings)
            kept = (previous or {}).get("secret")
            return {"url": target.url, "secret": str(kept) if kept else new_secret()}
        case "apprise":
            return await _apprise(_read(AppriseConfig, raw).url, settings)
        case "webpush":
            return await _web_push(_read(WebPushConfig, raw), settings)
        case _:
            raise Invalid(f"A channel is one of {', '.join(KINDS)}.", field="kind")


def redact(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """What the owner may see again: enough to identify a channel, without its secrets.

    The path of a URL is secret: many receivers have no other secret.
    """
    match kind:
        case "email":
            return {"address": config["address"]}
        case "webhook":
            return {"url": _host_only(str(config["url"])), "secret": f"whsec_{HIDDEN}"}
        case "apprise":
            return {"url": _redacted_apprise(str(config["url"]))}
        case "webpush":
            return {"endpoint": _host_only(str(config["endpoint"]))}
        case _:
            return {}


def label(kind: str, config: Mapping[str, Any]) -> str:
    """A short name for lists: the address, the host, or the service."""
    if kind == "apprise":
        service = read(str(config["url"]), allow_private=True)
        match service:
            case Hosted(scheme=scheme):
                return HOSTED[scheme].name
            case Ntfy(server=server):
                return f"ntfy, {urlsplit(server).netloc}"
            case Gotify(server=server):
                return f"Gotify, {urlsplit(server).netloc}"
    shown = str(next(iter(redact(kind, config).values()), kind))
    return shown.removeprefix("https://").removeprefix("http://").removesuffix(f"/{HIDDEN}")


# Validation per kind -----------------------------------------------------------------------------------


def _email(config: EmailConfig) -> dict[str, Any]:
    try:
        checked = validate_email(
            config.address.strip(" "),
            check_deliverability=False,
            allow_smtputf8=False,
            allow_quoted_local=False,
        )
    except EmailNotValidError:
        raise Invalid(
            "This is not an e-mail address; it should look like name@example.com.", field="address"
        ) from None
    return {"address": checked.ascii_email or checked.normalized}


async def _apprise(url: str, settings: SendingSettings) -> dict[str, Any]:
    _refuse_redacted(url, "url")
    try:
        service = read(url, allow_private=settings.allow_private)
        await check_loads(service)
    except AddressRefused as refused:
        raise Invalid(refused.reason, field="url") from None
    match service:
        case Hosted(url=rebuilt):
            return {"url": rebuilt}
        case Ntfy(server=server) | Gotify(server=server):
            await _reachable(server, "url", settings)
            return {"url": url.strip(" ")}


async def _web_push(config: WebPushConfig, settings: SendingSettings) -> dict[str, Any]:
    target = await _reachable(config.endpoint, "endpoint", settings)
    if target.scheme != "https" and not settings.allow_private:
        raise Invalid("A push endpoint starts with https://.", field="endpoint")
    point = _base64url(config.keys.p256dh, "keys.p256dh")
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError:
        raise Invalid("This is not the public key of a browser.", field="keys.p256dh") from None
    auth = _base64url(config.keys.auth, "keys.auth")
    if len(auth) != 16:
        raise Invalid("The auth secret of a subscription has 16 bytes.", field="keys.auth")
    return {"endpoint": target.url, "keys": {"p256dh": _unpadded(point), "auth": _unpadded(auth)}}


async def _reachable(url: str, field: str, settings: SendingSettings) -> Target:
    _refuse_redacted(url, field)
    try:
        target = parse(url, allow_private=settings.allow_private)
        await resolve(
            target.host, target.port, settings.resolver, allow_private=settings.allow_private
        )
    except (AddressRefused, AddressUnknown) as refused:
        raise Invalid(refused.reason, field=field) from None
    return target


# Parts -------------------------------------------------------------------------------------------


def _read(model: type[M], raw: Mapping[str, object]) -> M:
    try:
        return model.model_validate(dict(raw), strict=True)
    except ValidationError as failure:
        error = failure.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in error["loc"])
        match error["type"]:
            case "missing":
                sentence = f"Please give the {field}."
            case "extra_forbidden":
                sentence = f"A channel of this kind has no {field}."
            case "string_too_long":
                sentence = f"The {field} is too long."
            case "string_too_short":
                sentence = f"The {field} is too short."
            case _:
                sentence = f"The {field} must be text."
        raise Invalid(sentence, field=field) from None


def _refuse_redacted(url: str, field: str) -> None:
    if HIDDEN in url:
        raise Invalid(
            f"Paste the whole address: “{HIDDEN}” stands for its hidden part.", field=field
        )


def _base64url(text: str, field: str) -> bytes:
    try:
        plain = text.rstrip("=").replace("+", "-").replace("/", "_")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("This is not base64url text.", field=field) from None


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _host_only(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{HIDDEN}"


def _redacted_apprise(url: str) -> str:
    """Self-hosted: scheme and host. Hosted: only the scheme, because the host part is a token."""
    service = read(url, allow_private=True)
    if isinstance(service, Hosted):
        return f"{service.scheme}://{HIDDEN}"
    scheme = "gotify" if isinstance(service, Gotify) else "ntfy"
    return f"{scheme}://{urlsplit(service.server).netloc}/{HIDDEN}"
