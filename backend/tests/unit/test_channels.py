"""A channel's settings: which are accepted, refused (with a sentence) and shown again."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from todo.domain.errors import Invalid
from todo.notifications.channels import KINDS, label, redact, validate
from todo.notifications.senders import SENDERS, SendingSettings
from todo.notifications.senders.apprise import ALLOWED, HOSTED, SELF_HOSTED, Gotify, Ntfy, read

ADDRESSES = {"hooks.example.com": ["93.184.215.14"], "inside.example.com": ["10.0.0.5"]}


async def directory(host: str, port: int) -> Sequence[str]:
    return ADDRESSES.get(host, ["93.184.215.14"] if host.endswith(".example.com") else [])


SETTINGS = SendingSettings(resolver=directory)
HOUSE = SendingSettings(resolver=directory, allow_private=True)

DISCORD = "discord://123456789012345678/AbC-dEf_123"
TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def a_subscription(**changes: object) -> dict[str, object]:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {
        "endpoint": "https://push.example.com/send/abc",
        "expirationTime": None,
        "keys": {"p256dh": encoded(point), "auth": encoded(b"0123456789abcdef")},
    } | changes


async def test_there_is_a_sender_for_every_kind() -> None:
    assert set(SENDERS) == set(KINDS)


# Accepted ----------------------------------------------------------------------------------------


async def test_an_email_address_is_kept_with_an_ascii_domain() -> None:
    config = await validate("email", {"address": " Ann@Bücher.example "}, SETTINGS)
    assert config == {"address": "Ann@xn--bcher-kva.example"}


async def test_a_webhook_gets_a_secret_that_stays_when_its_url_changes() -> None:
    made = await validate("webhook", {"url": "https://hooks.example.com/a"}, SETTINGS)
    other = await validate("webhook", {"url": "https://hooks.example.com/a"}, SETTINGS)
    moved = await validate(
        "webhook", {"url": "https://hooks.example.com/b"}, SETTINGS, previous=made
    )
    assert made["secret"].startswith("whsec_")
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    assert made["secret"] != other["secret"]
    assert moved == {"url": "https://hooks.example.com/b", "secret": made["secret"]}


async def test_a_browsers_subscription_is_stored_without_unused_fields() -> None:
    raw = a_subscription()
    assert await validate("webpush", raw, SETTINGS) == {
        "endpoint": raw["endpoint"],
        "keys": raw["keys"],
    }


async def test_a_subscription_in_plain_base64_is_kept_as_base64url() -> None:
    plain = base64.b64encode(b"\xff" * 15 + b"\xfe").decode()
    raw = a_subscription()
    keys = raw["keys"]
    assert isinstance(keys, dict)
    raw["keys"] = {**keys, "auth": plain}
    config = await validate("webpush", raw, SETTINGS)
    assert config["keys"]["auth"] == encoded(b"\xff" * 15 + b"\xfe")


@pytest.mark.parametrize(
    "url",
    [
        DISCORD,
        f"{DISCORD}?thread=1234",
        TELEGRAM,
        "tgram://123456789:abcdefg_hijklmnop/12315544?silent=yes",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        f"pover://u{'1' * 29}@a{'1' * 29}?priority=high",
        "pbul://abcdefghij0123456789",
        "gchat://workspace/key/token",
        f"wxteams://{'a' * 80}",
        "https://discord.com/api/webhooks/123456789012345678/AbC-dEf_123",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k1&token=t1",
        "ntfy://my-topic",
        "ntfys://ntfy.example.com/my-topic?priority=high",
        "ntfys://ann:secret@ntfy.example.com:8443/my-topic",
        "ntfys://tk_abc123@ntfy.example.com/my-topic",
        "gotifys://gotify.example.com/A1b2C3d4",
        "gotifys://gotify.example.com/folder/A1b2C3d4?priority=low",
    ],
)
async def test_an_apprise_url_of_an_allowed_service_is_kept(url: str) -> None:
    async def anywhere(host: str, port: int) -> Sequence[str]:
        return ["93.184.215.14"]

    config = await validate("apprise", {"url": url}, SendingSettings(resolver=anywhere))
    assert config["url"].partition("?")[0].rstrip("/") == url.partition("?")[0].rstrip("/")


def test_every_allowed_scheme_is_named_to_the_user() -> None:
    assert {name.removesuffix("s") if name in SELF_HOSTED else name for name in SELF_HOSTED} | set(
        HOSTED
    ) == set(ALLOWED)


def test_ntfy_and_gotify_urls_say_where_and_how() -> None:
    assert read("ntfy://my-topic") == Ntfy("https://ntfy.sh/", "my-topic", None, None)
    assert read("https://ntfy.sh/my-topic") == read("ntfys://ntfy.sh/my-topic")
    assert read("ntfys://a%40b:c%3Ad@ntfy.example.com/t?priority=max") == Ntfy(
        "https://ntfy.example.com/",
        "t",
        "Basic " + base64.b64encode(b"a@b:c:d").decode(),
        5,
    )
    assert read("gotifys://g.example.com:8443/in/TOKEN") == Gotify(
        "https://g.example.com:8443/in/", "TOKEN", None
    )


# Refused -----------------------------------------------------------------------------------------

BAD: list[tuple[str, Mapping[str, object], str, str]] = [
    ("pigeon", {}, "kind", "A channel is one of"),
    ("email", {}, "address", "Please give the address."),
    ("email", {"address": 7}, "address", "must be text"),
    ("email", {"address": "ann"}, "address", "name@example.com"),
    ("email", {"address": "ann@example.com\r\nBcc: x@example.com"}, "address", "name@"),
    ("email", {"address": "ann@example.com, bob@example.com"}, "address", "name@"),
    ("email", {"address": "Ann <ann@example.com>"}, "address", "name@"),
    ("email", {"address": "änn@example.com"}, "address", "name@"),
    ("email", {"address": "a" * 300 + "@example.com"}, "address", "too long"),
    ("email", {"address": "ann@example.com", "smtp": "x"}, "smtp", "has no smtp"),
    ("webhook", {}, "url", "Please give the url."),
    ("webhook", {"url": ""}, "url", "too short"),
    ("webhook", {"url": ["https://hooks.example.com"]}, "url", "must be text"),
    ("webhook", {"url": "https://hooks.example.com", "secret": "mine"}, "secret", "has no secret"),
    ("webhook", {"url": "http://127.0.0.1/"}, "url", "private address"),
    ("webhook", {"url": "https://inside.example.com/"}, "url", "resolves to a private address"),
    ("webhook", {"url": "https://nowhere.example.org/"}, "url", "No address was found"),
    ("webhook", {"url": "ftp://hooks.example.com/"}, "url", "must start with https://"),
    ("webhook", {"url": "https://hooks.example.com/…"}, "url", "Paste the whole address"),
    ("webpush", {"endpoint": "https://push.example.com/"}, "keys", "Please give the keys."),
    ("webpush", a_subscription(endpoint="https://10.0.0.5/"), "endpoint", "private address"),
    ("webpush", a_subscription(endpoint="https://inside.example.com/"), "endpoint", "private"),
    ("webpush", a_subscription(endpoint="http://push.example.com/"), "endpoint", "https://"),
    ("webpush", a_subscription(keys={}), "keys.p256dh", "Please give"),
    (
        "webpush",
        a_subscription(keys={"p256dh": "A" * 87, "auth": "A" * 22}),
        "keys.p256dh",
        "not the public key",
    ),
    (
        "webpush",
        a_subscription(keys={"p256dh": "!" * 87, "auth": "A" * 22}),
        "keys.p256dh",
        "base64url",
    ),
    ("apprise", {"url": "json://127.0.0.1/"}, "url", "json:// is not an allowed service"),
    ("apprise", {"url": "file:///etc/passwd"}, "url", "not an allowed service"),
    ("apprise", {"url": "mailto://u:p@example.com"}, "url", "not an allowed service"),
    ("apprise", {"url": "syslog://"}, "url", "not an allowed service"),
    ("apprise", {"url": "dbus://"}, "url", "not an allowed service"),
    ("apprise", {"url": "workflows://host.example.com/a/b/"}, "url", "not an allowed service"),
    ("apprise", {"url": "https://hooks.example.com/"}, "url", "not an allowed service"),
    ("apprise", {"url": "my-topic"}, "url", "Start with the service"),
    ("apprise", {"url": f"{DISCORD}?template=/etc/passwd"}, "url", "“template” is not allowed"),
    ("apprise", {"url": f"{DISCORD}?%74emplate=/etc/passwd"}, "url", "“template”"),
    ("apprise", {"url": f"{DISCORD}?redirect=yes"}, "url", "“redirect”"),
    ("apprise", {"url": f"{DISCORD}?verify=no"}, "url", "“verify”"),
    ("apprise", {"url": f"{TELEGRAM}?+X-Header=1"}, "url", "is not allowed here"),
    ("apprise", {"url": f"{DISCORD}, json://127.0.0.1/"}, "url", "not an Apprise URL"),
    ("apprise", {"url": "discord://"}, "url", "incomplete"),
    ("apprise", {"url": "tgram://token/"}, "url", "incomplete"),
    ("apprise", {"url": "ntfy://127.0.0.1/topic"}, "url", "private address"),
    ("apprise", {"url": "ntfy://localhost/topic"}, "url", "private network"),
    ("apprise", {"url": "ntfys://inside.example.com/topic"}, "url", "resolves to a private"),
    ("apprise", {"url": "ntfys://2130706433/topic"}, "url", "four plain numbers"),
    ("apprise", {"url": "ntfys://ntfy.example.com/a/b"}, "url", "one ntfy topic"),
    ("apprise", {"url": "ntfys://ann@ntfy.example.com/t"}, "url", "access token"),
    ("apprise", {"url": "ntfys://ntfy.example.com/t?priority=11"}, "url", "The priority is one of"),
    ("apprise", {"url": "ntfys://ntfy.example.com:22/t"}, "url", "Port 22"),
    ("apprise", {"url": "gotify://192.168.1.5/TOKEN"}, "url", "private address"),
    ("apprise", {"url": "gotifys://gotify.example.com/"}, "url", "app's token"),
    ("apprise", {"url": "gotifys://u:p@gotify.example.com/TOKEN"}, "url", "user name"),
]


@pytest.mark.parametrize(("kind", "raw", "field", "sentence"), BAD)
async def test_bad_input_is_refused_with_the_field_and_a_sentence(
    kind: str, raw: Mapping[str, object], field: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        await validate(kind, raw, SETTINGS)
    assert refusal.value.field == field
    assert sentence in refusal.value.message
    assert refusal.value.message.endswith(".")


async def test_the_operator_may_allow_private_addresses() -> None:
    assert (await validate("webhook", {"url": "http://127.0.0.1:9999/x"}, HOUSE))["url"]
    assert await validate("apprise", {"url": "ntfy://127.0.0.1:2586/topic"}, HOUSE)
    with pytest.raises(Invalid):
        await validate("apprise", {"url": "json://127.0.0.1/"}, HOUSE)


# Shown again -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "config", "shown", "named"),
    [
        (
            "email",
            {"address": "ann@example.com"},
            {"address": "ann@example.com"},
            "ann@example.com",
        ),
        (
            "webhook",
            {"url": "https://hooks.example.com:8443/SECRET?k=SECRET", "secret": "whsec_SECRET"},
            {"url": "https://hooks.example.com:8443/…", "secret": "whsec_…"},
            "hooks.example.com:8443",
        ),
        (
            "webpush",
            {"endpoint": "https://push.example.com/SECRET", "keys": {"auth": "SECRET"}},
            {"endpoint": "https://push.example.com/…"},
            "push.example.com",
        ),
        ("apprise", {"url": "tgram://123:SECRET/SECRET"}, {"url": "tgram://…"}, "Telegram"),
        (
            "apprise",
            {"url": "https://discord.com/api/webhooks/1/SECRET"},
            {"url": "discord://…"},
            "Discord",
        ),
        (
            "apprise",
            {"url": "ntfys://ann:SECRET@ntfy.example.com/SECRET"},
            {"url": "ntfy://ntfy.example.com/…"},
            "ntfy, ntfy.example.com",
        ),
        ("apprise", {"url": "ntfy://SECRET"}, {"url": "ntfy://ntfy.sh/…"}, "ntfy, ntfy.sh"),
        (
            "apprise",
            {"url": "gotifys://gotify.example.com/SECRET"},
            {"url": "gotify://gotify.example.com/…"},
            "Gotify, gotify.example.com",
        ),
    ],
)
def test_secrets_are_never_shown_again(
    kind: str, config: dict[str, Any], shown: dict[str, Any], named: str
) -> None:
    assert redact(kind, config) == shown
    assert label(kind, config) == named
    assert "SECRET" not in json.dumps(redact(kind, config))


def test_settings_do_not_print_their_secrets() -> None:
    settings = SendingSettings(smtp_url="smtp://u:SECRET@h", vapid_private_key="SECRET")
    assert "SECRET" not in repr(settings)
