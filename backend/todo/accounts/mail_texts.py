"""The texts of the mails about an account. They contain no text of a user."""

from collections.abc import Mapping
from typing import Any

from todo.notifications.senders.notice import Notice


def reset_link(origin: str, secret: str) -> str:
    """The secret stands after “#”, which browsers send to no server and put into no Referer."""
    return f"{origin}/reset-password#{secret}"


def write(kind: str, origin: str, secret: str | None, data: Mapping[str, Any]) -> Notice:
    match kind:
        case "reset-password":
            return Notice(
                "Set a new password",
                (
                    "Somebody asked to reset the password of your account. This link works once, for 30 minutes.",
                    "If it was not you, do nothing: your password stays as it is.",
                ),
                ("Set a new password", reset_link(origin, secret or "")),
            )
        case "password-changed":
            return Notice(
                "Your password was changed",
                (
                    "The password of your account was changed, and every other session was signed out.",
                    "If it was not you, reset the password now: choose “Forgot password?” where you log in.",
                ),
                ("Open Todo", f"{origin}/login"),
            )
        case _:
            raise ValueError(f"there is no mail {kind!r}")
