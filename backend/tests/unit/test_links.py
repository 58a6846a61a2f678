"""Links in mails are signed for one purpose and expire; their pages ask for confirmation."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo.domain.errors import Forbidden
from todo.notifications.links import (
    PAGE_HEADERS,
    Action,
    confirm_page,
    result_page,
    sign,
    verify,
)

SECRET = b"a secret of the house, 32 bytes."
DELIVERY = UUID("0b8ce2a2-6d6f-4e3e-9a55-0f6f2f7c1a11")
NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


def a_token(action: Action = Action.DONE, expires: datetime = TOMORROW) -> str:
    return sign(SECRET, action, DELIVERY, "user-1", expires)


def test_a_link_contains_what_was_signed() -> None:
    link = verify(SECRET, a_token(), action=Action.DONE, now=NOW)
    assert (link.action, link.delivery_id, link.user_id) == (Action.DONE, DELIVERY, "user-1")
    assert link.expires == TOMORROW


def test_a_token_needs_no_escaping_in_a_url() -> None:
    assert set(a_token()) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
    )
    assert len(a_token()) < 250


def test_copies_of_a_message_share_one_use() -> None:
    """A mail that is sent again is signed again later; both copies together work once."""
    first = verify(SECRET, a_token(), action=Action.DONE, now=NOW)
    again = verify(SECRET, a_token(expires=TOMORROW + timedelta(1)), action=Action.DONE, now=NOW)
    assert first.jti == again.jti


def test_each_action_and_each_delivery_has_its_own_use() -> None:
    tokens = [
        verify(SECRET, sign(SECRET, action, delivery, "u", TOMORROW), action=action, now=NOW).jti
        for action in Action
        for delivery in (DELIVERY, UUID(int=1))
    ]
    assert len(set(tokens)) == 4


def test_a_link_expires_to_the_second() -> None:
    verify(SECRET, a_token(), action=Action.DONE, now=TOMORROW - timedelta(seconds=1))
    with pytest.raises(Forbidden, match="too old"):
        verify(SECRET, a_token(), action=Action.DONE, now=TOMORROW)


def test_a_done_link_does_not_snooze() -> None:
    with pytest.raises(Forbidden):
        verify(SECRET, a_token(Action.DONE), action=Action.SNOOZE, now=NOW)


def test_a_link_of_another_installation_is_refused() -> None:
    with pytest.raises(Forbidden):
        verify(b"another secret", a_token(), action=Action.DONE, now=NOW)


def test_a_token_signed_for_another_purpose_is_refused() -> None:
    payload = a_token().partition(".")[0]
    plain = base64.urlsafe_b64encode(hashlib.sha256(SECRET + payload.encode()).digest())
    with pytest.raises(Forbidden):
        verify(SECRET, f"{payload}.{plain.rstrip(b'=').decode()}", action=Action.DONE, now=NOW)


def test_a_changed_claim_breaks_the_signature() -> None:
    payload, _, signature = a_token().partition(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["u"] = "user-2"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    with pytest.raises(Forbidden, match="incomplete or was changed"):
        verify(SECRET, f"{forged}.{signature}", action=Action.DONE, now=NOW)


@given(st.integers(0, 400), st.characters())
def test_no_single_changed_character_passes(position: int, character: str) -> None:
    token = a_token()
    position %= len(token)
    changed = token[:position] + character + token[position + 1 :]
    if changed == token:
        return
    with pytest.raises(Forbidden):
        verify(SECRET, changed, action=Action.DONE, now=NOW)


@given(st.text(max_size=2000))
def test_any_text_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Forbidden) as refusal:
        verify(SECRET, text, action=Action.DONE, now=NOW)
    assert refusal.value.field == "token"
    assert refusal.value.message.endswith(".")


# Pages -------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """A parsed page: tags with their attributes, and the visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.mark.parametrize("action", Action)
def test_opening_a_link_only_asks_for_confirmation(action: Action) -> None:
    """Mail scanners open every link and run scripts; that must not change anything."""
    page = Page(confirm_page(action, "Pay rent", when="Mon 30 Nov 09:00", task_url="/tasks/7"))
    assert page.all("form") == [{"method": "post"}]
    assert not page.all("script")
    assert not page.all("img")
    assert not page.all("meta")[0].get("http-equiv")
    assert [link["href"] for link in page.all("a")] == ["/tasks/7"]
    assert "Pay rent" in page.words
    assert "Mon 30 Nov 09:00" in page.words


def test_snoozing_offers_how_long() -> None:
    buttons = Page(confirm_page(Action.SNOOZE, "Pay rent")).all("button")
    assert [button["name"] for button in buttons] == ["minutes"] * 4
    assert [button["value"] for button in buttons] == ["10", "60", "180", "1440"]


@given(st.text(max_size=100))
def test_a_title_is_escaped(title: str) -> None:
    hostile = f'</h1><script>alert("1")</script><form action="//evil.test">{title}'
    page = Page(confirm_page(Action.DONE, hostile, when=hostile))
    assert len(page.all("form")) == 1
    assert not page.all("script")
    shown = Page(result_page(hostile, hostile))
    assert not shown.all("script")
    assert not shown.all("form")


def test_only_web_addresses_become_links() -> None:
    assert not Page(result_page("Done", "It is.", task_url="javascript:alert(1)")).all("a")


def test_the_policy_allows_exactly_the_style_on_the_page() -> None:
    html = confirm_page(Action.DONE, "Pay rent")
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = PAGE_HEADERS["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert PAGE_HEADERS["Referrer-Policy"] == "no-referrer"
    assert "style=" not in html.replace("<style>", "")


def test_the_page_is_designed_for_light_and_dark() -> None:
    assert "prefers-color-scheme: dark" in confirm_page(Action.DONE, "Pay rent")
