"""Links for "done" and "snooze" in a mail, used without a login.

A link is a signed token with the action, the delivery, the user and the expiry. It works once: the caller stores
`jti` in the transaction of the effect. GET only shows a page that asks; its button (POST) acts, so mail scanners
that open every link change nothing.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from html import escape
from typing import Final
from uuid import UUID

from todo.domain.errors import Forbidden

# Part of every signature: a token signed with this secret for another purpose is not accepted.
_PURPOSE: Final = b"todo/notification-link/v1\0"
_LONGEST_TOKEN: Final = 1024

DAMAGED: Final = "This link is incomplete or was changed. Open it from the message itself."
EXPIRED: Final = "This link is too old. Open the task in Todo instead."


class Action(StrEnum):
    DONE = "done"
    SNOOZE = "snooze"


@dataclass(frozen=True, slots=True)
class Link:
    """`jti` (JWT ID) can be used once. Every copy of a message has the same one: a mail that was sent twice acts
    once."""

    action: Action
    delivery_id: UUID
    user_id: str
    expires: datetime
    jti: str


def sign(secret: bytes, action: Action, delivery_id: UUID, user_id: str, expires: datetime) -> str:
    """A URL-safe token. `expires` is aware and rounded down to seconds."""
    claims = {
        "a": action.value,
        "d": delivery_id.hex,
        "u": user_id,
        "e": int(expires.timestamp()),
    }
    payload = _b64(json.dumps(claims, separators=(",", ":"), sort_keys=True).encode())
    return f"{payload}.{_b64(_mac(secret, payload))}"


def verify(secret: bytes, token: str, *, action: Action, now: datetime) -> Link:
    """The link; raises Forbidden if its signature or action is wrong or it has expired."""
    payload, dot, signature = token.partition(".")
    if not dot or len(token) > _LONGEST_TOKEN or not token.isascii():
        raise Forbidden(DAMAGED, field="token")
    if not hmac.compare_digest(_b64(_mac(secret, payload)), signature):
        raise Forbidden(DAMAGED, field="token")
    link = _read(payload)
    if link.action is not action:
        raise Forbidden(DAMAGED, field="token")
    if now >= link.expires:
        raise Forbidden(EXPIRED, field="token")
    return link


def _read(payload: str) -> Link:
    """Read the token's content. The signature was checked before, so its shape is known."""
    padded = payload + "=" * (-len(payload) % 4)
    claims: Mapping[str, object] = json.loads(base64.urlsafe_b64decode(padded))
    action = Action(str(claims["a"]))
    delivery_id = UUID(hex=str(claims["d"]))
    name = hashlib.sha256(f"{action}\0{delivery_id.hex}".encode()).hexdigest()[:32]
    expires = datetime.fromtimestamp(int(str(claims["e"])), UTC)
    return Link(action, delivery_id, str(claims["u"]), expires, name)


def _mac(secret: bytes, payload: str) -> bytes:
    return hmac.digest(secret, _PURPOSE + payload.encode("ascii"), "sha256")


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


# Pages -------------------------------------------------------------------------------------------

_STYLE: Final = """
:root { color-scheme: light dark; --ground: #f7f6f4; --sheet: #fff; --ink: #1c1b19;
  --quiet: #6b6862; --line: #d9d5cf; --accent: #0f766e; --on: #fff }
@media (prefers-color-scheme: dark) { :root { --ground: #171614; --sheet: #211f1c; --ink: #edeae5;
  --quiet: #a19c94; --line: #3f3b36; --accent: #5cc4b6; --on: #0d2421 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px;
  background: var(--ground); color: var(--ink);
  font: 16px/1.5 Inter, system-ui, -apple-system, "Segoe UI", sans-serif }
main { width: 100%; max-width: 420px; padding: 32px; background: var(--sheet);
  border: 1px solid var(--line); border-radius: 12px }
p { margin: 0 0 4px; color: var(--quiet); font-size: 14px }
h1 { margin: 0 0 4px; font-size: 20px; line-height: 1.35; overflow-wrap: anywhere }
.when { font-variant-numeric: tabular-nums }
form { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 8px;
  margin-top: 24px }
button { min-height: 44px; padding: 0 16px; border: 1px solid var(--line); border-radius: 8px;
  background: none; color: inherit; font: inherit; font-weight: 500; cursor: pointer }
button.first { background: var(--accent); border-color: var(--accent); color: var(--on) }
button:hover { border-color: var(--accent) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
a { color: var(--accent) }
.foot { margin: 24px 0 0 }
""".strip()

_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

#: For every page below: no scripts, no frames, no Referer that would contain the token.
PAGE_HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}

_SNOOZES: Final = ((10, "10 minutes"), (60, "1 hour"), (180, "3 hours"), (1440, "1 day"))


def confirm_page(action: Action, title: str, *, when: str = "", task_url: str | None = None) -> str:
    """Asks for confirmation. Its form posts to the same URL, which has the token; snoozing adds `minutes`."""
    match action:
        case Action.DONE:
            question = "Mark this task as done?"
            buttons = '<button class="first" type="submit">Mark as done</button>'
        case Action.SNOOZE:
            question = "Remind me again in …"
            buttons = "".join(
                f'<button type="submit" name="minutes" value="{minutes}">{label}</button>'
                for minutes, label in _SNOOZES
            )
    due = f'<p class="when">{escape(when)}</p>' if when else ""
    form = f'<form method="post">{buttons}</form>'
    heading = f'<h1 dir="auto">{escape(title)}</h1>'
    return _page(question, f"<p>{question}</p>{heading}{due}{form}", task_url)


def result_page(headline: str, sentence: str, *, task_url: str | None = None) -> str:
    """Reports the result ("Done", "This link was already used …")."""
    heading = f'<h1 dir="auto">{escape(headline)}</h1>'
    return _page(headline, f'{heading}<p dir="auto">{escape(sentence)}</p>', task_url)


def _page(name: str, content: str, task_url: str | None) -> str:
    foot = ""
    if task_url is not None and task_url.startswith(("https://", "http://", "/")):
        foot = f'<p class="foot"><a href="{escape(task_url)}">Open in Todo</a></p>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(name)} · Todo</title>'
        f"<style>{_STYLE}</style></head><body><main>{content}{foot}</main></body></html>"
    )
