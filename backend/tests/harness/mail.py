"""A mailbox: the mails that a test SMTP server received."""

import re
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


@dataclass
class Mailbox:
    url: str = ""
    messages: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        """The reminders that arrived there."""
        return self._of("reminders", address)

    def about_account(self, address: str) -> list[EmailMessage]:
        return self._of("account", address)

    def secrets(self, address: str, page: str) -> list[str]:
        """The secrets in the links to a page (`/confirm`) that arrived there, the oldest first."""
        bodies = [mail.get_body(("plain",)) for mail in self.about_account(address)]
        links = [re.search(rf"{page}#([\w-]+)", body.get_content()) for body in bodies if body]
        return [link[1] for link in links if link]

    def _of(self, list_name: str, address: str) -> list[EmailMessage]:
        return [
            message
            for message in self.messages
            if address in str(message["To"]) and f"<{list_name}." in str(message["List-Id"])
        ]
