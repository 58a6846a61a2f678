"""Senders: mail to a real SMTP server, webhooks, web push and Apprise to real HTTP receivers.

The receivers verify signatures and decrypt with their own code, not with the sender's.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default as modern
from email.utils import format_datetime
from itertools import product
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import http_ece  # type: ignore[import-untyped]
import pytest
import requests
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import MakeDatabase, settings_for
from tests.harness.certificate import house_certificate
from tests.harness.clock import shift
from tests.harness.mail import Mailbox as HouseMailbox
from tests.harness.system import eventually, running
from todo.notifications.senders import (
    SENDERS,
    DeliveryFailed,
    Message,
    SendingSettings,
    generate_vapid_keys,
    public_key,
)
from todo.notifications.senders import apprise as apprise_sender
from todo.notifications.senders import email as email_sender
from todo.notifications.senders import http as sender_http
from todo.notifications.senders.email import EmailSender, compose, read_smtp_url
from todo.notifications.senders.message import headline, late, one_line, when
from todo.notifications.senders.webhook import new_secret, signature
from todo.notifications.senders.webpush import payload as push_payload
from todo.runtime import clock

DUE = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)  # 09:00 in Berlin
NOW = (DUE - timedelta(hours=1)).timestamp()
DELIVERY = UUID("0b8ce2a2-6d6f-4e3e-9a55-0f6f2f7c1a11")

A_MESSAGE = Message(
    delivery_id=DELIVERY,
    user_id="user-1",
    reminder_id=42,
    task_id=7,
    title="Pay rent",
    body="To the new account.",
    due_at=DUE,
    late_seconds=0,
    timezone="Europe/Berlin",
    url="https://todo.example.com/tasks/7",
    done_url="https://todo.example.com/l/done/abc",
    snooze_url="https://todo.example.com/l/snooze/abc",
)


def settings(**changes: Any) -> SendingSettings:
    fixed: dict[str, Any] = {
        "smtp_from": "Todo <todo@todo.example.com>",
        "public_url": "https://todo.example.com",
        "vapid_contact": "mailto:admin@example.com",
        "allow_private": True,
        "clock": lambda: NOW,
    }
    return SendingSettings(**{**fixed, **changes})


async def send(
    kind: str, config: Mapping[str, object], message: Message, with_: SendingSettings
) -> None:
    sender = SENDERS[kind](with_)
    try:
        await sender.send(config, message)
    finally:
        await sender.aclose()


async def failure(
    kind: str, config: Mapping[str, object], with_: SendingSettings, message: Message = A_MESSAGE
) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        await send(kind, config, message, with_)
    assert caught.value.reason.endswith(".")
    return caught.value


# A receiver --------------------------------------------------------------------------------------


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """A small HTTP server on a free port that sends `answer` byte for byte."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.connections = 0
        self.hang = False
        self.port = 0

    def url(self, path: str = "/hook", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while line := await reader.readline():
                method, path, _ = line.decode().split()
                headers: dict[str, str] = {}
                while (header := (await reader.readline()).decode().strip()) != "":
                    name, _, value = header.partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.requests.append(Request(method, path, headers, body))
                if self.hang:
                    await asyncio.Event().wait()
                writer.write(self.answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def an_answer(status: int = 204, headers: str = "", body: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


@asynccontextmanager
async def receiving(
    answer: bytes | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    receiver = Receiver(an_answer() if answer is None else answer)
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


def resolving(**names: str | Sequence[str]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    async def resolver(host: str, port: int) -> Sequence[str]:
        answer = names[host.partition(".")[0]]
        return [answer] if isinstance(answer, str) else answer

    return resolver


# Texts -----------------------------------------------------------------------------------------


def test_the_subject_says_what_and_when_in_the_owners_zone() -> None:
    assert headline(A_MESSAGE, NOW) == "Pay rent — due Mon 30 Nov 09:00"


def test_a_late_reminder_says_how_late_and_why() -> None:
    message = replace(A_MESSAGE, late_seconds=7200)
    assert headline(message, NOW) == (
        "Pay rent — due Mon 30 Nov 09:00 (2 h late: the service was down)"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ""),
        (59, ""),
        (60, "1 min late: the service was down"),
        (3599, "59 min late: the service was down"),
        (5400, "1 h 30 min late: the service was down"),
        (6 * 3600 + 1800, "6 h late: the service was down"),
        (47 * 3600, "47 h late: the service was down"),
        (3 * 86400, "3 days late: the service was down"),
    ],
)
def test_lateness_in_words(seconds: int, words: str) -> None:
    assert late(replace(A_MESSAGE, late_seconds=seconds)) == words


def test_an_all_day_task_has_no_hour_and_another_year_is_named() -> None:
    midnight = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert when(replace(A_MESSAGE, due_at=midnight, all_day=True), NOW) == "Fri 1 Jan 2027"
    assert when(replace(A_MESSAGE, due_at=None), NOW) == ""


# Mail --------------------------------------------------------------------------------------------


class Mailbox:
    """A handler for aiosmtpd that keeps received mails and refuses chosen recipients."""

    def __init__(self, refuse: str | None = None) -> None:
        self.refuse = refuse
        self.accepts_after = 0.0
        self.answers_after = 0.0
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.sessions: set[int] = set()
        self.encrypted: list[bool] = []

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's names)
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        await asyncio.sleep(self.answers_after)
        if self.refuse is not None:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.raw.append(envelope.content)
        mail = message_from_bytes(envelope.content, policy=modern)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients.append(list(envelope.rcpt_tos))
        self.sessions.add(session.peer[1])
        self.encrypted.append(session.ssl is not None)
        await asyncio.sleep(self.accepts_after)
        return "250 OK"


@asynccontextmanager
async def mail_server(
    mailbox: Mailbox, *, starttls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[int]:
    """A real aiosmtpd server on a free port, in this event loop."""
    loop = asyncio.get_running_loop()
    protocols: list[SMTP] = []

    def protocol() -> SMTP:
        protocols.append(
            SMTP(mailbox, hostname="mx.test", tls_context=starttls, loop=loop, **options)
        )
        return protocols[-1]

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for made in protocols:
            if made.transport is not None:
                made.transport.close()


TO_ANN = {"address": "ann@example.com"}


async def test_a_mail_arrives_with_text_page_and_links() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        await send("email", TO_ANN, A_MESSAGE, settings(smtp_url=f"smtp://127.0.0.1:{port}"))
    (mail,) = mailbox.mails
    assert mailbox.recipients == [["ann@example.com"]]
    assert mail["Subject"] == "Pay rent — due Mon 30 Nov 09:00"
    assert (mail["From"], mail["To"]) == ("Todo <todo@todo.example.com>", "ann@example.com")
    assert mail["Message-ID"] == f"<{DELIVERY}@todo.example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "Todo reminders <reminders.todo.example.com>"
    assert mail["Date"].datetime.timestamp() == NOW
    assert mail.get_content_type() == "multipart/alternative"
    text, html = (part.get_content() for part in mail.iter_parts())
    for part in (text, html):
        assert "Due Mon 30 Nov 09:00 (Europe/Berlin)" in part
        assert "To the new account." in part
        assert A_MESSAGE.done_url in part
        assert A_MESSAGE.snooze_url in part
        assert A_MESSAGE.url in part
    assert "prefers-color-scheme: dark" in html
    assert "<script" not in html
    assert "<img" not in html


def test_the_same_delivery_makes_the_same_bytes() -> None:
    first = compose(A_MESSAGE, "ann@example.com", settings()).as_bytes()
    assert first == compose(A_MESSAGE, "ann@example.com", settings()).as_bytes()


def test_a_digest_lists_every_item() -> None:
    digest = replace(A_MESSAGE, title="12 reminders", body="", items=("Pay rent", "Water <plants>"))
    mail = compose(digest, "ann@example.com", settings())
    text, html = (part.get_content() for part in mail.iter_parts())
    assert "- Pay rent\n- Water <plants>" in text
    assert "Water &lt;plants&gt;</bdi></li>" in html


def test_a_mail_without_a_date_or_links_is_complete() -> None:
    bare = replace(A_MESSAGE, due_at=None, done_url=None, snooze_url=None, body="")
    mail = compose(bare, "ann@example.com", settings())
    text, html = (part.get_content() for part in mail.iter_parts())
    assert mail["Subject"] == "Pay rent"
    assert "Due" not in text
    assert "Mark as done" not in html


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_title_makes_a_header_or_a_tag(title: str, body: str) -> None:
    hostile = f"Rent\r\nBcc: victim@example.com\n\n<script>{title}"
    message = replace(A_MESSAGE, title=hostile, body=f"<script>{body}", items=(hostile,))
    raw = compose(message, "ann@example.com", settings()).as_bytes()
    mail = message_from_bytes(raw, policy=modern)
    assert isinstance(mail, EmailMessage)
    assert mail["Bcc"] is None
    assert sorted(mail.keys()) == sorted(compose(A_MESSAGE, "a@example.com", settings()).keys())
    assert "\n" not in mail["Subject"]
    html = list(mail.iter_parts())[1].get_content()
    assert "<script" not in html


_PARTS = (
    "=?utf-8?q?Hi=0D=0AReply-To:_x?=",
    "=?utf-8?b?SGkNCkJjYzogdmljdGltQGV4YW1wbGUuY29tDQoNCjxoMT4=?=",
    "=?us-ascii?Q?=0A?=",
    "=?iso-8859-1?q?=0d=0a=0d=0a<script>?=",
    "=?utf-8?q?unfinished",
    "=?nonsense?q?x?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3F=0AX:_y=3F=3D?=",
    "Pay ☂ rent",
    "x" * 300,
    "a, b; c: <d@e>",
)


@pytest.mark.parametrize("glue", ["", " ", "\r\n ", "\t", "é"])
def test_no_encoded_word_in_a_title_is_decoded(glue: str) -> None:
    """All pairs of hostile parts with each separator: 500 titles."""
    plain = sorted(compose(A_MESSAGE, "a@example.com", settings()).keys())
    for first, second in product(_PARTS, repeat=2):
        title = one_line(f"{first}{glue}{second}")
        message = replace(A_MESSAGE, title=title, due_at=None)
        raw = compose(message, "ann@example.com", settings()).as_bytes()
        head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
        assert sorted(line.split(b":")[0].decode() for line in head if line[:1] != b" ") == plain
        assert all(
            len(line) <= 78 for line in head if line.lower().startswith((b"subject", b" =?"))
        )
        received = message_from_bytes(raw)["Subject"]
        assert str(make_header(decode_header(received))) == title


async def test_text_in_any_script_arrives_unchanged() -> None:
    mailbox = Mailbox()
    title, body = "دفع الإيجار 🏠 für März", "Zeile 1\n.\nZeile 3\n" + "ü" * 3000
    async with mail_server(mailbox) as port:
        await send(
            "email",
            TO_ANN,
            replace(A_MESSAGE, title=title, body=body),
            settings(smtp_url=f"smtp://127.0.0.1:{port}"),
        )
    (mail,) = mailbox.mails
    assert title in mail["Subject"]
    text = next(iter(mail.iter_parts())).get_content()
    assert body in text.replace("\r\n", "\n")
    assert max(len(line) for line in mailbox.raw[0].split(b"\r\n")) <= 998


async def test_many_mails_share_few_connections() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        sender = EmailSender(settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        await asyncio.gather(
            *(sender.send(TO_ANN, replace(A_MESSAGE, delivery_id=UUID(int=n))) for n in range(40))
        )
        await sender.aclose()
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 40
    assert len(mailbox.sessions) <= 5


async def test_a_kept_connection_that_the_server_closed_is_replaced() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        sender = EmailSender(settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        await sender.send(TO_ANN, A_MESSAGE)
        ((kept, _),) = sender._idle
        await kept.execute_command(b"QUIT")
        await sender.send(TO_ANN, A_MESSAGE)
        await sender.aclose()
    assert len(mailbox.mails) == 2


async def test_a_mail_goes_encrypted_and_logged_in_when_the_url_says_so() -> None:
    server_tls, client_tls = house_certificate("localhost")
    seen: list[tuple[bytes, bytes]] = []

    def authenticate(
        server: Any, session: Any, envelope: Any, mechanism: str, auth: Any
    ) -> AuthResult:
        seen.append((auth.login, auth.password))
        return AuthResult(success=True)

    mailbox = Mailbox()
    async with mail_server(
        mailbox, starttls=server_tls, require_starttls=True, auth_required=True,
        authenticator=authenticate,
    ) as port:  # fmt: skip
        url = f"smtp://ann%40example.com:p%3Ass@localhost:{port}?starttls=true"
        await send("email", TO_ANN, A_MESSAGE, settings(smtp_url=url, tls=client_tls))
        untrusted = await failure("email", TO_ANN, settings(smtp_url=url))
    assert mailbox.encrypted == [True]
    assert seen == [(b"ann@example.com", b"p:ss")]
    assert "certificate" in untrusted.reason
    assert not untrusted.permanent


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [("550 5.1.1 No such user", True), ("451 4.7.1 Come back later", False)],
)
async def test_a_refused_recipient_is_told_in_the_servers_words(
    answer: str, permanent: bool
) -> None:
    async with mail_server(Mailbox(refuse=answer)) as port:
        failed = await failure("email", TO_ANN, settings(smtp_url=f"smtp://127.0.0.1:{port}"))
    assert failed.reason == f"The mail server refused ann@example.com: {answer}."
    assert failed.permanent is permanent


async def test_a_mail_server_that_is_down_is_retried() -> None:
    async with mail_server(Mailbox()) as port:
        pass
    failed = await failure("email", TO_ANN, settings(smtp_url=f"smtp://127.0.0.1:{port}"))
    assert not failed.permanent
    assert failed.reason == "The mail server could not be reached."


async def test_a_server_that_accepts_a_mail_slowly_gets_it_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 5321 gives it ten minutes; a second try meanwhile would be a second mail."""
    monkeypatch.setattr(email_sender, "_COMMAND_TIMEOUT", 0.3)
    mailbox = Mailbox()
    mailbox.accepts_after = 1
    async with mail_server(mailbox) as port:
        await send("email", TO_ANN, A_MESSAGE, settings(smtp_url=f"smtp://127.0.0.1:{port}"))
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("may_have_arrived", [True, False])
async def test_a_mail_may_have_arrived_only_if_it_was_sent(
    monkeypatch: pytest.MonkeyPatch, may_have_arrived: bool
) -> None:
    monkeypatch.setattr(email_sender, "_COMMAND_TIMEOUT", 0.3)
    monkeypatch.setattr(email_sender, "_ACCEPT_TIMEOUT", 0.3)
    mailbox = Mailbox()
    if may_have_arrived:
        mailbox.accepts_after = 1
    else:
        mailbox.answers_after = 1
    async with mail_server(mailbox) as port:
        failed = await failure("email", TO_ANN, settings(smtp_url=f"smtp://127.0.0.1:{port}"))
    assert (failed.may_have_arrived, failed.permanent) == (may_have_arrived, False)
    assert len(mailbox.mails) == int(may_have_arrived)


async def test_a_server_without_starttls_gets_nothing_if_it_is_required() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        url = f"smtp://127.0.0.1:{port}?starttls=required"
        failed = await failure("email", TO_ANN, settings(smtp_url=url))
    assert not mailbox.mails
    assert "STARTTLS" in failed.reason


async def test_without_a_mail_server_the_ledger_says_who_has_to_set_it_up() -> None:
    failed = await failure("email", TO_ANN, settings())
    assert failed.permanent
    assert "SMTP_URL" in failed.reason


@pytest.mark.parametrize(
    ("url", "port", "use_tls", "start_tls"),
    [
        ("smtp://mail.example.com", 25, False, None),
        ("smtp://localhost:1025", 1025, False, None),
        ("smtp://u:p@localhost:1025", 1025, False, None),
        ("smtp://u:p@mail.example.com", 587, False, True),
        ("smtp://u:p@mail.example.com?starttls=false", 25, False, False),
        ("smtp://mail.example.com?starttls=true", 587, False, True),
        ("smtps://u:p@mail.example.com", 465, True, False),
    ],
)
def test_smtp_urls(url: str, port: int, use_tls: bool, start_tls: bool | None) -> None:
    read = read_smtp_url(url)
    assert (read.port, read.use_tls, read.start_tls) == (port, use_tls, start_tls)


@pytest.mark.parametrize(
    "url",
    ["http://x", "smtp://", "mail.example.com", "smtp://h?starttls=x", "smtp://h?connections=0"],
)
def test_a_wrong_smtp_url_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        read_smtp_url(url)


# Webhooks ----------------------------------------------------------------------------------------


def standard_webhook_holds(secret: str, request: Request) -> bool:
    """The check of a receiver, written from the Standard Webhooks specification."""
    key = base64.b64decode(secret.split("_", 1)[1])
    headers = request.headers
    content = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), request.body]
    )
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return any(
        hmac.compare_digest(expected, given.removeprefix("v1,"))
        for given in headers["webhook-signature"].split(" ")
    )


def test_the_signature_matches_the_example_of_the_standard() -> None:
    assert (
        signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


async def test_a_webhook_arrives_signed_and_the_receiver_can_tell_a_repeat() -> None:
    secret = new_secret()
    message = replace(A_MESSAGE, late_seconds=7200, items=("ü",))
    async with receiving() as receiver:
        for _ in range(2):
            await send("webhook", {"url": receiver.url(), "secret": secret}, message, settings())
    first, again = receiver.requests
    assert standard_webhook_holds(secret, first)
    assert not standard_webhook_holds(new_secret(), first)
    assert first.headers["webhook-id"] == again.headers["webhook-id"] == str(DELIVERY)
    assert first.headers["webhook-timestamp"] == str(int(NOW))
    assert first.headers["content-type"] == "application/json"
    assert (first.method, first.path) == ("POST", "/hook")
    assert json.loads(first.body) == {
        "type": "reminder.digest",
        "timestamp": "2026-11-30T07:00:00Z",
        "data": {
            "delivery_id": str(DELIVERY),
            "reminder_id": 42,
            "task_id": 7,
            "title": "Pay rent",
            "body": "To the new account.",
            "due_at": "2026-11-30T08:00:00Z",
            "all_day": False,
            "timezone": "Europe/Berlin",
            "late_seconds": 7200,
            "items": ["ü"],
            "url": A_MESSAGE.url,
            "done_url": A_MESSAGE.done_url,
            "snooze_url": A_MESSAGE.snooze_url,
        },
    }


@pytest.mark.parametrize(
    ("status", "headers", "permanent", "gone", "wait"),
    [
        (400, "", True, False, None),
        (401, "", True, False, None),
        (404, "", False, False, None),
        (408, "", False, False, None),
        (410, "", True, True, None),
        (429, "Retry-After: 120\r\n", False, False, 120),
        (500, "", False, False, None),
        (502, "", False, False, None),
        (503, "Retry-After: 0\r\n", False, False, 1),
        (503, "Retry-After: 99999999\r\n", False, False, 86400),
        (503, "Retry-After: soon\r\n", False, False, None),
        (599, "", False, False, None),
    ],
)
async def test_what_a_receivers_status_means(
    status: int, headers: str, permanent: bool, gone: bool, wait: int | None
) -> None:
    async with receiving(an_answer(status, headers)) as receiver:
        failed = await failure(
            "webhook", {"url": receiver.url(), "secret": new_secret()}, settings()
        )
    assert (failed.permanent, failed.gone, failed.retry_after) == (permanent, gone, wait)
    assert f"127.0.0.1 answered {status}" in failed.reason


@pytest.mark.parametrize("zone", ["GMT", "+0000", "-0000"])
async def test_retry_after_may_be_a_date(zone: str) -> None:
    then = format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=zone == "GMT")
    then = then.replace("+0000", zone)
    async with receiving(an_answer(503, f"Retry-After: {then}\r\n")) as receiver:
        failed = await failure(
            "webhook", {"url": receiver.url(), "secret": new_secret()}, settings()
        )
    assert failed.retry_after == 90


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_refused_and_never_followed(status: int) -> None:
    async with receiving() as inner:
        answer = an_answer(status, f"Location: {inner.url('/secret')}\r\n")
        async with receiving(answer) as outer:
            failed = await failure(
                "webhook", {"url": outer.url(), "secret": new_secret()}, settings()
            )
    assert inner.connections == 0
    assert failed.permanent
    assert "redirect" in failed.reason


async def test_a_host_that_now_resolves_to_a_private_address_gets_no_connection() -> None:
    """DNS rebinding: the host had a public address when the channel was saved."""
    async with receiving() as receiver:
        config = {"url": receiver.url(host="rebind.example.com"), "secret": new_secret()}
        outside = settings(allow_private=False, resolver=resolving(rebind="127.0.0.1"))
        failed = await failure("webhook", config, outside)
    assert receiver.connections == 0
    assert failed.permanent
    assert failed.reason == (
        "rebind.example.com resolves to a private address; only public addresses are allowed."
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "0", "[::1]"])
async def test_a_stored_private_url_gets_no_connection_either(host: str) -> None:
    """The sender checks again, in case the URL was stored without the check."""
    async with receiving() as receiver:
        config = {"url": receiver.url(host=host), "secret": new_secret()}
        await failure("webhook", config, settings(allow_private=False))
    assert receiver.connections == 0


async def test_a_receiver_sees_its_host_name_while_the_socket_uses_the_checked_address() -> None:
    server_tls, client_tls = house_certificate("hooks.example.com")
    async with receiving(tls=server_tls) as receiver:
        config = {
            "url": receiver.url(host="hooks.example.com", scheme="https"),
            "secret": new_secret(),
        }
        with_name = settings(tls=client_tls, resolver=resolving(hooks="127.0.0.1"))
        await send("webhook", config, A_MESSAGE, with_name)
    (request,) = receiver.requests
    assert request.headers["host"] == f"hooks.example.com:{receiver.port}"


@pytest.mark.parametrize("certificate_for", ["other.example.com", "127.0.0.1"])
async def test_a_certificate_of_another_name_is_refused(certificate_for: str) -> None:
    server_tls, client_tls = house_certificate(certificate_for)
    async with receiving(tls=server_tls) as receiver:
        config = {
            "url": receiver.url(host="hooks.example.com", scheme="https"),
            "secret": new_secret(),
        }
        with_name = settings(tls=client_tls, resolver=resolving(hooks="127.0.0.1"))
        failed = await failure("webhook", config, with_name)
    assert not receiver.requests
    assert "certificate of hooks.example.com was not accepted" in failed.reason
    assert not failed.permanent


async def test_a_receiver_that_never_answers_times_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender_http, "TIMEOUT", 0.05)
    async with receiving() as receiver:
        receiver.hang = True
        failed = await failure(
            "webhook", {"url": receiver.url(), "secret": new_secret()}, settings()
        )
    assert "did not answer within" in failed.reason
    assert (failed.permanent, failed.may_have_arrived) == (False, True)


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"
    async with receiving(head + b"x" * 200_000) as receiver:
        await send(
            "webhook", {"url": receiver.url(), "secret": new_secret()}, A_MESSAGE, settings()
        )
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    "nonsense",
    [b"\x00\xff\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000],
)
async def test_an_invalid_http_answer_is_a_failure_not_a_crash(nonsense: bytes) -> None:
    async with receiving(nonsense) as receiver:
        failed = await failure(
            "webhook", {"url": receiver.url(), "secret": new_secret()}, settings()
        )
    assert failed.reason == "The connection to 127.0.0.1 was lost."


async def test_a_receiver_that_is_down_is_retried() -> None:
    async with receiving() as receiver:
        pass
    failed = await failure("webhook", {"url": receiver.url(), "secret": new_secret()}, settings())
    assert failed.reason == "127.0.0.1 could not be reached."
    assert not failed.permanent


async def test_a_host_without_an_address_is_retried() -> None:
    config = {"url": "https://gone.example.com/", "secret": new_secret()}
    failed = await failure("webhook", config, settings(resolver=resolving(gone=())))
    assert failed.reason == "No address was found for gone.example.com."
    assert not failed.permanent


# Web push ----------------------------------------------------------------------------------------


class Browser:
    """The browser of a push subscription: it has the private key and decrypts."""

    def __init__(self, endpoint: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = b"sixteen  secrets"
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(endpoint))
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.subscription: dict[str, object] = {
            "endpoint": endpoint,
            "keys": {"p256dh": unpadded(point), "auth": unpadded(self._auth)},
        }

    def decrypt(self, request: Request) -> dict[str, Any]:
        assert request.headers["content-encoding"] == "aes128gcm"
        plain = http_ece.decrypt(request.body, private_key=self._key, auth_secret=self._auth)
        decoded = json.loads(plain)
        assert isinstance(decoded, dict)
        return decoded


def unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def vapid_claims(request: Request) -> tuple[dict[str, Any], str]:
    """The check of a push service (RFC 8292): the JWT is signed by the key in the header."""
    scheme, _, rest = request.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    header, claims, signed = fields["t"].split(".")
    assert json.loads(unbase64(header)) == {"typ": "JWT", "alg": "ES256"}
    raw = unbase64(signed)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unbase64(fields["k"]))
    key.verify(der, f"{header}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(unbase64(claims)), fields["k"]


KEYS = generate_vapid_keys()


def push_settings(**changes: Any) -> SendingSettings:
    return settings(**{"vapid_private_key": KEYS.private_pem, **changes})


async def test_a_push_is_decrypted_by_its_browser_and_identifies_its_sender() -> None:
    async with receiving(an_answer(201)) as service:
        browser = Browser(service.url("/send/abc"))
        await send("webpush", browser.subscription, A_MESSAGE, push_settings())
    (request,) = service.requests
    claims, key = vapid_claims(request)
    assert claims == {
        "aud": browser.origin,
        "exp": int(NOW) + 12 * 3600,
        "sub": "mailto:admin@example.com",
    }
    assert key == KEYS.public
    assert browser.decrypt(request) == {
        "title": "Pay rent",
        "body": "Due Mon 30 Nov 09:00\nTo the new account.",
        "tag": "reminder-42",
        "url": A_MESSAGE.url,
        "done_url": A_MESSAGE.done_url,
        "snooze_url": A_MESSAGE.snooze_url,
        "task_id": 7,
        "reminder_id": 42,
        "delivery_id": str(DELIVERY),
        "due_at": "2026-11-30T08:00:00Z",
        "late_seconds": 0,
    }
    assert request.headers["topic"] == "reminder-42"
    assert request.headers["ttl"] == str(3 * 86400)
    assert request.headers["urgency"] == "high"


@pytest.mark.parametrize(
    ("status", "permanent", "gone"),
    [
        (400, True, False),
        (401, True, False),
        (403, True, False),
        (404, True, True),
        (410, True, True),
        (413, True, False),
        (429, False, False),
        (500, False, False),
    ],
)
async def test_what_a_push_services_status_means(status: int, permanent: bool, gone: bool) -> None:
    async with receiving(an_answer(status, "Retry-After: 30\r\n")) as service:
        subscription = Browser(service.url()).subscription
        failed = await failure("webpush", subscription, push_settings())
    assert (failed.permanent, failed.gone) == (permanent, gone)
    assert failed.retry_after == (30 if not permanent else failed.retry_after)


@given(
    st.text(max_size=6000),
    st.text(max_size=6000),
    st.lists(st.text(max_size=500), max_size=50),
)
def test_a_push_payload_never_exceeds_the_size_limit(
    title: str, body: str, items: list[str]
) -> None:
    """Every push service accepts 4096 encrypted bytes; 103 of them are overhead."""
    encoded = push_payload(replace(A_MESSAGE, title=title, body=body, items=tuple(items)), NOW)
    assert len(encoded) <= 3993
    assert json.loads(encoded)["task_id"] == 7


async def test_a_push_to_a_private_address_gets_no_connection() -> None:
    async with receiving() as service:
        subscription = Browser(service.url()).subscription
        failed = await failure("webpush", subscription, push_settings(allow_private=False))
    assert service.connections == 0
    assert failed.permanent


async def test_a_push_is_not_redirected() -> None:
    async with receiving() as inner:
        async with receiving(an_answer(307, f"Location: {inner.url()}\r\n")) as outer:
            failed = await failure("webpush", Browser(outer.url()).subscription, push_settings())
    assert inner.connections == 0
    assert "redirect" in failed.reason


async def test_a_damaged_subscription_is_removed() -> None:
    async with receiving() as service:
        broken = {"endpoint": service.url(), "keys": {"p256dh": "AAAA", "auth": "AAAA"}}
        failed = await failure("webpush", broken, push_settings())
    assert failed.gone
    assert service.connections == 0


async def test_without_keys_there_is_no_push() -> None:
    failed = await failure("webpush", Browser("http://127.0.0.1:9/").subscription, settings())
    assert failed.permanent


def test_keys_are_made_once_and_the_public_one_follows_from_the_private() -> None:
    assert public_key(KEYS.private_pem) == KEYS.public
    assert len(unbase64(KEYS.public)) == 65
    assert generate_vapid_keys().public != KEYS.public
    assert "PRIVATE" not in repr(KEYS)


# Apprise -----------------------------------------------------------------------------------------


async def test_ntfy_is_sent_without_apprise_and_with_buttons() -> None:
    async with receiving(an_answer(200)) as server:
        url = f"ntfy://ann:secret@127.0.0.1:{server.port}/home?priority=high"
        await send("apprise", {"url": url}, A_MESSAGE, settings())
    (request,) = server.requests
    assert request.path == "/"
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"ann:secret").decode()
    assert json.loads(request.body) == {
        "topic": "home",
        "title": "Pay rent — due Mon 30 Nov 09:00",
        "message": "To the new account.",
        "click": A_MESSAGE.url,
        "actions": [
            {"action": "view", "label": "Done", "url": A_MESSAGE.done_url},
            {"action": "view", "label": "Snooze", "url": A_MESSAGE.snooze_url},
        ],
        "priority": 4,
    }


async def test_gotify_is_sent_without_apprise_and_with_its_token_in_a_header() -> None:
    async with receiving(an_answer(200)) as server:
        url = f"gotify://127.0.0.1:{server.port}/in/TOKEN"
        await send("apprise", {"url": url}, A_MESSAGE, settings())
    (request,) = server.requests
    assert request.path == "/in/message"
    assert request.headers["x-gotify-key"] == "TOKEN"
    assert json.loads(request.body)["title"] == "Pay rent — due Mon 30 Nov 09:00"


@pytest.mark.parametrize("scheme", ["ntfy", "gotify"])
async def test_a_self_hosted_service_at_a_private_address_gets_no_connection(scheme: str) -> None:
    async with receiving() as server:
        for host in ("127.0.0.1", "localhost", "inside.example.com"):
            outside = settings(allow_private=False, resolver=resolving(inside="127.0.0.1"))
            url = f"{scheme}://{host}:{server.port}/TOKEN"
            assert (await failure("apprise", {"url": url}, outside)).permanent
    assert server.connections == 0


@pytest.mark.parametrize("scheme", ["ntfy", "gotify"])
async def test_a_redirect_of_a_self_hosted_service_is_not_followed(scheme: str) -> None:
    async with receiving() as inner:
        async with receiving(an_answer(307, f"Location: {inner.url()}\r\n")) as outer:
            url = f"{scheme}://127.0.0.1:{outer.port}/TOKEN"
            failed = await failure("apprise", {"url": url}, settings())
    assert (outer.connections, inner.connections) == (1, 0)
    assert "redirect" in failed.reason


@pytest.mark.parametrize("url", ["json://127.0.0.1/", "discord://1/a?template=/etc/passwd"])
async def test_a_stored_url_of_a_forbidden_kind_is_not_sent(url: str) -> None:
    assert (await failure("apprise", {"url": url}, settings())).permanent


class Internet:
    """Replaces the HTTP requests of Apprise's plugins: records them and answers without a network."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.requests: list[tuple[requests.PreparedRequest, dict[str, Any]]] = []

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        self.requests.append((request, options))
        response = requests.Response()
        response.status_code, response.request, response.url = (
            self.status,
            request,
            request.url or "",
        )
        response._content = b"ok" if "hooks.slack.com" in response.url else b'{"ok": true}'
        return response


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    fake = Internet()
    monkeypatch.setattr(
        requests.Session, "send", lambda _, request, **options: fake.send(request, **options)
    )
    return fake


HOSTED_URLS = {
    "discord": "discord://123456789012345678/AbC-dEf_123",
    "gchat": "gchat://workspace/key/token",
    "pbul": "pbul://abcdefghij0123456789",
    "pover": f"pover://u{'1' * 29}@a{'1' * 29}",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "tgram": "tgram://123456789:abcdefg_hijklmnop/12315544",
    "wxteams": f"wxteams://{'a' * 80}",
}


def test_every_hosted_service_has_a_test_of_its_host() -> None:
    assert set(HOSTED_URLS) == set(apprise_sender.HOSTED)


@pytest.mark.parametrize("scheme", HOSTED_URLS)
async def test_requests_to_a_hosted_service_go_to_its_host_only(
    internet: Internet, scheme: str
) -> None:
    await send("apprise", {"url": HOSTED_URLS[scheme]}, A_MESSAGE, settings())
    assert internet.requests
    for request, options in internet.requests:
        url = urlsplit(str(request.url))
        assert (url.scheme, url.port) == ("https", None)
        assert url.hostname in apprise_sender.HOSTED[scheme].hosts
        assert options["allow_redirects"] is False
        assert options["verify"] is not False
        assert max(options["timeout"]) <= 10
    assert "Pay" in "".join(str(request.body) for request, _ in internet.requests)


HOSTILE = [
    "{scheme}://127.0.0.1/{path}",
    "{scheme}://127.0.0.1:80/{path}",
    "{scheme}://user:password@127.0.0.1/{path}",
    "{scheme}://{netloc}/{path}/http://127.0.0.1/",
    "{scheme}://{netloc}@127.0.0.1/{path}",
    "{scheme}://{netloc}%40127.0.0.1/{path}",
    "{scheme}://{netloc}%2f..%2f..%2f127.0.0.1/{path}",
    "{scheme}://{netloc}/{path}%3ftemplate=/etc/passwd",
    "{scheme}://{netloc}/{path}%23@127.0.0.1/",
]


@pytest.mark.parametrize("template", HOSTILE)
@pytest.mark.parametrize("scheme", HOSTED_URLS)
async def test_no_part_of_the_url_changes_the_host(
    internet: Internet, scheme: str, template: str
) -> None:
    parts = urlsplit(HOSTED_URLS[scheme])
    url = template.format(scheme=scheme, netloc=parts.netloc, path=parts.path.strip("/"))
    with suppress(DeliveryFailed):
        await send("apprise", {"url": url}, A_MESSAGE, settings())
    for request, options in internet.requests:
        target = urlsplit(str(request.url))
        assert target.scheme == "https"
        assert target.hostname in apprise_sender.HOSTED[scheme].hosts
        assert options["allow_redirects"] is False
        assert options["verify"] is not False


@pytest.mark.parametrize(
    ("status", "permanent"), [(302, False), (401, True), (404, True), (429, False), (500, False)]
)
async def test_what_a_hosted_services_status_means(
    internet: Internet, status: int, permanent: bool
) -> None:
    internet.status = status
    failed = await failure("apprise", {"url": HOSTED_URLS["discord"]}, settings())
    assert failed.permanent is permanent
    assert "Discord" in failed.reason
    assert "AbC-dEf_123" not in failed.reason


# End to end --------------------------------------------------------------------------------------


@pytest.mark.parametrize("acknowledged", [True, False])
async def test_push_follows_mail_after_ten_minutes_unless_the_mail_was_acknowledged(
    make_database: MakeDatabase,
    mailbox: HouseMailbox,
    monkeypatch: pytest.MonkeyPatch,
    acknowledged: bool,
) -> None:
    settings_ = settings_for(
        await make_database(), smtp_url=mailbox.url, allow_private_addresses=True
    )
    async with (
        receiving(an_answer(201)) as service,
        running(settings_) as system,
        system.person() as ann,
        system.visitor() as anywhere,
    ):
        browser = Browser(service.url("/push/ann"))
        await ann.http.patch("/api/me", json={"escalate_after": 10})
        push = {"kind": "webpush", "config": browser.subscription, "step": 1}
        assert (await ann.http.post("/api/channels", json=push)).status_code == 201
        moment = (clock.now() + timedelta(milliseconds=400)).isoformat()
        await ann.add("Pay rent", reminders=[moment])

        async def mailed() -> list[Any]:
            return mailbox.to(ann.email)

        async def by_push() -> dict[str, Any]:
            [rung] = (await ann.get("/api/notifications"))["items"]
            rows = (await ann.get(f"/api/reminders/{rung['reminder_id']}/deliveries"))["items"]
            assert [row["channel"] for row in rows] == ["in-app", "email", "webpush"]
            return dict(rows[2])

        [mail] = await eventually(mailed)
        planned = await by_push()
        assert planned["state"] == "planned"
        waits = datetime.fromisoformat(planned["next_try_at"]) - clock.now()
        assert timedelta(minutes=9) < waits <= timedelta(minutes=10)
        if acknowledged:
            text = mail.get_body(("plain",)).get_content()
            [later] = set(re.findall(r"http\S+/api/links/snooze/\S+", text))
            assert (await anywhere.post(later, data={"minutes": 60})).status_code == 200

        shift(monkeypatch, timedelta(minutes=10.5))
        system.context.db.notify("deliveries")
        came = await eventually(by_push, lambda row: row["state"] != "planned")
        if acknowledged:
            assert (came["state"], came["attempt"]) == ("cancelled", 0)
            assert came["reason"] == "You had already seen the reminder elsewhere."
            assert not service.requests
        else:
            assert came["state"] in {"claimed", "sent"}
            await eventually(by_push, lambda row: row["state"] == "sent")
            [request] = service.requests
            assert browser.decrypt(request)["title"] == "Pay rent"
