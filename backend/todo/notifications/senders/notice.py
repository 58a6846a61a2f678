"""A mail about an account: sentences and at most one link."""

from dataclasses import dataclass
from email.message import EmailMessage
from html import escape
from uuid import UUID

from todo.notifications.senders.email import button, framed, new_mail
from todo.notifications.senders.message import SendingSettings


@dataclass(frozen=True, slots=True)
class Notice:
    subject: str
    sentences: tuple[str, ...]
    # The label of the button and its URL.
    link: tuple[str, str] | None = None


def compose_notice(
    mail_id: UUID, notice: Notice, address: str, settings: SendingSettings
) -> EmailMessage:
    """The mail. Every copy of it has the same Message-ID."""
    foot = f"Sent by Todo at {settings.public_url}"
    blocks = [*notice.sentences, f"-- \n{foot}"]
    if notice.link:
        blocks.insert(1, notice.link[1])
    return new_mail(
        mail_id,
        address,
        notice.subject,
        "\n\n".join(blocks) + "\n",
        framed(escape(notice.subject), _content(notice), escape(foot)),
        settings,
        list_name="account",
    )


def _content(notice: Notice) -> str:
    ink = 'class="ink" style="margin:0 0 16px;font-size:15px;line-height:1.5;color:#1c1b19"'
    heading = (
        '<h1 class="ink" style="margin:0 0 12px;font-size:20px;line-height:1.35;color:#1c1b19">'
        f"{escape(notice.subject)}</h1>"
    )
    blocks = [f"<p {ink}>{escape(sentence)}</p>" for sentence in notice.sentences]
    if notice.link:
        label, url = notice.link
        blocks.insert(1, f'<div style="margin:0 0 8px">{button(escape(label), url)}</div>')
    return heading + "".join(blocks)
