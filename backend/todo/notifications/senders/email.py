"""Mail as plain text and HTML, through the operator's SMTP server.

If the server's answer is lost, the mail may or may not have been accepted. So every try of a delivery has the same
Message-ID: mailboxes that compare ids show a repeated mail once.
"""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import aiosmtplib

from todo.notifications.senders.message import (
    DeliveryFailed,
    Message,
    SendingSettings,
    headline,
    late,
    one_line,
    when,
)

# Seconds for each answer. Giving up before the message is sent is safe. Afterwards, a second try while the server
# may still accept the first would make two mails; RFC 5321 (4.5.3.2.6) asks for ten minutes.
_COMMAND_TIMEOUT: Final = 20.0
_ACCEPT_TIMEOUT: Final = 600.0
_CONNECTIONS: Final = "5"  # what mail providers commonly allow per client
_IDLE_SECONDS: Final = 20.0
_LONGEST_BODY: Final = 4000
_LONGEST_PLAIN_SUBJECT: Final = 60  # a longer one is folded (RFC 5322, 2.1.1)

_YES: Final = frozenset({"true", "required", "yes", "1", "on"})
_NO: Final = frozenset({"false", "no", "0", "off"})


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """start_tls: True = required, False = never, None = if the server offers it."""

    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    use_tls: bool
    start_tls: bool | None
    connections: int


def read_smtp_url(url: str) -> SmtpUrl:
    """`smtp://` or `smtps://`, user and password percent-encoded, `?starttls=true|false|auto&connections=5`.

    A password is sent unencrypted only if the URL says `starttls=false`, or to this machine.
    Raises ValueError.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("must look like smtp://user:password@host:587 or smtps://host")
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    use_tls = parts.scheme == "smtps"
    query = dict(parse_qsl(parts.query))
    wanted = query.get("starttls", "auto").lower()
    start_tls: bool | None
    if use_tls or wanted in _NO:
        start_tls = False
    elif wanted in _YES:
        start_tls = True
    elif wanted == "auto":
        start_tls = True if username and not _is_this_machine(parts.hostname) else None
    else:
        raise ValueError("starttls must be true, false or auto")
    port = parts.port or (465 if use_tls else 587 if start_tls else 25)
    connections = query.get("connections", _CONNECTIONS)
    if not connections.isdecimal() or not 1 <= int(connections) <= 100:
        raise ValueError("connections must be a number from 1 to 100")
    return SmtpUrl(parts.hostname, port, username, password, use_tls, start_tls, int(connections))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class EmailSender:
    """config: `address`."""

    def __init__(self, settings: SendingSettings) -> None:
        self._settings = settings
        self._server = read_smtp_url(settings.smtp_url) if settings.smtp_url else None
        self._slots = asyncio.Semaphore(self._server.connections if self._server else 1)
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []

    async def send(self, config: Mapping[str, object], message: Message) -> None:
        address = str(config["address"])
        await self.transmit(address, compose(message, address, self._settings))

    async def transmit(self, address: str, composed: EmailMessage) -> None:
        """Return when the mail server has accepted the mail; otherwise raise DeliveryFailed."""
        if self._server is None:
            raise DeliveryFailed(
                "This server cannot send mail: its operator has not set SMTP_URL.", permanent=True
            )
        mail = composed.as_bytes()
        sender = parseaddr(self._settings.smtp_from)[1]
        try:
            async with self._connection(self._server) as smtp:
                await smtp.mail(sender)
                await smtp.rcpt(address)
                await _hand_over(smtp, mail)
        except aiosmtplib.SMTPRecipientRefused as refused:
            raise DeliveryFailed(
                f"The mail server refused {address}: {_said(refused)}.",
                permanent=refused.code >= 500,
            ) from None
        except aiosmtplib.SMTPAuthenticationError:
            raise DeliveryFailed(
                "The mail server refused the login; the operator has to check SMTP_URL."
            ) from None
        except aiosmtplib.SMTPResponseException as refused:
            raise DeliveryFailed(
                f"The mail server refused the message: {_said(refused)}.",
                permanent=refused.code >= 500,
            ) from None
        except (aiosmtplib.SMTPException, OSError) as failure:
            raise DeliveryFailed(_trouble(failure)) from None

    @asynccontextmanager
    async def _connection(self, server: SmtpUrl) -> AsyncIterator[aiosmtplib.SMTP]:
        """Connections are reused: a thousand reminders do not need a thousand logins."""
        async with self._slots:
            smtp = await self._reused() or await self._connected(server)
            try:
                yield smtp
            except BaseException:
                smtp.close()
                raise
            self._idle.append((smtp, asyncio.get_running_loop().time()))

    async def _reused(self) -> aiosmtplib.SMTP | None:
        while self._idle:
            smtp, since = self._idle.pop()
            if asyncio.get_running_loop().time() - since < _IDLE_SECONDS:
                try:
                    await smtp.rset()  # fails if the server closed the connection
                except (aiosmtplib.SMTPException, OSError):
                    pass
                else:
                    return smtp
            smtp.close()
        return None

    async def _connected(self, server: SmtpUrl) -> aiosmtplib.SMTP:
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            local_hostname=_domain(self._settings),
            timeout=_COMMAND_TIMEOUT,
            use_tls=server.use_tls,
            start_tls=server.start_tls,
            tls_context=self._settings.tls,
        )
        try:
            await smtp.connect()
        except BaseException:
            smtp.close()
            raise
        return smtp

    async def aclose(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()


async def _hand_over(smtp: aiosmtplib.SMTP, mail: bytes) -> None:
    try:
        await smtp.data(mail, timeout=_ACCEPT_TIMEOUT)
    except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError):
        raise DeliveryFailed(
            "The mail server did not say whether it accepted the message.", may_have_arrived=True
        ) from None


def _trouble(failure: Exception) -> str:
    """The sentence for a failure before the server's answer. All of these are tried again."""
    if isinstance(failure, ssl.SSLError) or isinstance(failure.__cause__, ssl.SSLError):
        return "The mail server's certificate was not accepted."
    if isinstance(failure, aiosmtplib.SMTPNotSupported) or "not supported" in str(failure):
        return "The mail server does not offer what SMTP_URL requires (STARTTLS or a login)."
    if isinstance(failure, aiosmtplib.SMTPTimeoutError):
        return "The mail server did not answer in time."
    return "The mail server could not be reached."


def _said(refused: aiosmtplib.SMTPResponseException) -> str:
    return one_line(f"{refused.code} {refused.message}", 160).rstrip(".")


def _domain(settings: SendingSettings) -> str:
    return parseaddr(settings.smtp_from)[1].rpartition("@")[2] or "localhost"


def compose(message: Message, address: str, settings: SendingSettings) -> EmailMessage:
    """The mail. The same delivery gives the same bytes, except for the date."""
    now = settings.clock()
    return new_mail(
        message.delivery_id,
        address,
        headline(message, now),
        _text(message, now, settings),
        _html(message, now, settings),
        settings,
        list_name="reminders",
    )


def new_mail(
    mail_id: UUID,
    address: str,
    subject: str,
    text: str,
    html: str,
    settings: SendingSettings,
    *,
    list_name: str,
) -> EmailMessage:
    """A mail of this server. `mail_id` names it in every copy."""
    domain = _domain(settings)
    name, sender = parseaddr(settings.smtp_from)
    mail = EmailMessage(policy=WIRE)
    mail["From"] = Address(one_line(name), addr_spec=sender)
    mail["To"] = Address(addr_spec=address)
    mail.set_raw("Subject", _subject(subject))
    mail["Date"] = format_datetime(datetime.fromtimestamp(settings.clock(), UTC))
    mail["Message-ID"] = f"<{mail_id}@{domain}>"
    # RFC 3834 prevents automatic replies; RFC 2919 (List-Id) lets people filter.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["List-Id"] = f"Todo {list_name} <{list_name}.{domain}>"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    mail.set_boundary(f"todo-{mail_id.hex}")
    return mail


def _subject(text: str) -> str:
    """The encoded header. EmailMessage would parse `text` and decode an encoded word (`=?utf-8?q?…?=`) in it, so
    that a title could add headers (Python 3.11 and 3.12).
    """
    plain = text.isascii() and "=?" not in text and len(text) <= _LONGEST_PLAIN_SUBJECT
    return text if plain else Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _due_line(message: Message, now: float) -> str:
    due = when(message, now)
    if not due:
        return ""
    return f"Due {due}" if message.all_day else f"Due {due} ({message.timezone})"


def _body(message: Message) -> str:
    body = message.body.strip()
    return body if len(body) <= _LONGEST_BODY else body[:_LONGEST_BODY].rstrip() + "…"


def _links(message: Message) -> list[tuple[str, str]]:
    return [
        (label, url)
        for label, url in (
            ("Mark as done", message.done_url),
            ("Remind me later", message.snooze_url),
        )
        if url
    ]


def _text(message: Message, now: float, settings: SendingSettings) -> str:
    delay = late(message)
    head = [one_line(message.title), _due_line(message, now), delay[:1].upper() + delay[1:]]
    blocks = ["\n".join(line for line in head if line), _body(message)]
    blocks.append("\n".join(f"- {one_line(item)}" for item in message.items))
    blocks.append("\n".join(f"{label}: {url}" for label, url in _links(message)))
    blocks.append(f"Open in Todo: {message.url}")
    blocks.append(f"-- \nYou asked for this reminder at {settings.public_url}")
    return "\n\n".join(block for block in blocks if block) + "\n"


# Inline styles for clients that ignore <style>; the classes only set the dark colours.
_DARK: Final = """
:root { color-scheme: light dark; supported-color-schemes: light dark }
@media (prefers-color-scheme: dark) {
  .ground { background: #171614 !important } .sheet { background: #211f1c !important;
  border-color: #3f3b36 !important } .ink { color: #edeae5 !important }
  .quiet { color: #a19c94 !important } .late { color: #e0b15c !important }
  .first { background: #5cc4b6 !important; border-color: #5cc4b6 !important; color: #0d2421 !important }
  .other { border-color: #3f3b36 !important; color: #edeae5 !important } }
""".strip()
_FONT: Final = "font-family:Inter,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_BUTTON: Final = (
    "display:inline-block;margin:0 8px 8px 0;padding:10px 18px;border-radius:8px;font-size:15px;"
    "font-weight:600;text-decoration:none;border:1px solid "
)


def _html(message: Message, now: float, settings: SendingSettings) -> str:
    title, due, delay = escape(one_line(message.title)), _due_line(message, now), late(message)

    def line(text: str, kind: str, style: str) -> str:
        return f'<p dir="auto" class="{kind}" style="{style}">{text}</p>' if text else ""

    items = "".join(
        f'<li style="margin:0 0 4px"><bdi>{escape(one_line(item))}</bdi></li>'
        for item in message.items
    )
    buttons = "".join(
        button(label, url, first=number == 0) for number, (label, url) in enumerate(_links(message))
    )
    content = "".join(
        (
            f'<h1 dir="auto" class="ink" style="margin:0 0 6px;font-size:20px;line-height:1.35;color:#1c1b19">'
            f"{title}</h1>",
            line(escape(due), "quiet", "margin:0 0 4px;font-size:15px;color:#6b6862"),
            line(
                escape(delay[:1].upper() + delay[1:]),
                "late",
                "margin:0 0 4px;font-size:14px;color:#8a5a00",
            ),
            line(
                escape(_body(message)).replace("\n", "<br>"),
                "ink",
                "margin:16px 0 0;font-size:15px;line-height:1.5;color:#1c1b19",
            ),
            items
            and '<ul class="ink" style="margin:16px 0 0;padding:0 0 0 20px;font-size:15px;'
            f'line-height:1.5;color:#1c1b19">{items}</ul>',
            buttons and f'<div style="margin:24px 0 0">{buttons}</div>',
            '<p style="margin:16px 0 0;font-size:14px"><a class="quiet" style="color:#6b6862" '
            f'href="{escape(message.url)}">Open in Todo</a></p>',
        )
    )
    return framed(title, content, f"You asked for this reminder at {escape(settings.public_url)}")


def button(label: str, url: str, *, first: bool = True) -> str:
    kind, style = (
        ("first", "#0f766e;background:#0f766e;color:#ffffff")
        if first
        else ("other", "#d9d5cf;color:#1c1b19")
    )
    return f'<a class="{kind}" href="{escape(url)}" style="{_BUTTON}{style}">{label}</a>'


def framed(title: str, content: str, foot: str) -> str:
    """The HTML document of a mail. All arguments are HTML."""
    foot = f'<p class="quiet" style="margin:16px 4px 0;font-size:12px;color:#6b6862">{foot}</p>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><style>{_DARK}</style></head>"
        f'<body class="ground" style="margin:0;padding:0;background:#f7f6f4;{_FONT}">'
        '<table class="ground" role="presentation" width="100%" cellpadding="0" cellspacing="0" '
        'style="background:#f7f6f4"><tr><td align="center" style="padding:24px 12px">'
        '<div style="max-width:520px;text-align:start">'
        '<div class="sheet" style="padding:24px;background:#ffffff;border:1px solid #e4e1dc;'
        f'border-radius:12px">{content}</div>{foot}</div></td></tr></table></body></html>\n'
    )
