"""The texts of the mails about an account. They contain no text of a user."""

from collections.abc import Mapping
from typing import Any

from todo.notifications.senders.notice import Notice


def reset_link(origin: str, secret: str) -> str:
    """The secret stands after “#”, which browsers send to no server and put into no Referer."""
    return f"{origin}/reset-password#{secret}"


def _confirm_link(origin: str, secret: str) -> str:
    return f"{origin}/confirm#{secret}"


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
        case "confirm-address":
            return Notice(
                "Confirm your address",
                (
                    "Open this link to get reminders and news of your account here. It works for seven days.",
                    "If you have no account at this server, do nothing: you get no further mail.",
                ),
                ("Confirm this address", _confirm_link(origin, secret or "")),
            )
        case "change-address":
            return Notice(
                "Confirm your new address",
                (
                    "Open this link to use this address for your account. It works for a day.",
                    "If you did not ask for this, do nothing: the account keeps its old address.",
                ),
                ("Use this address", _confirm_link(origin, secret or "")),
            )
        case "address-changed":
            return Notice(
                "The address of your account was changed",
                (
                    "Your account has another address now, and this one gets no further mail about it.",
                    f"If it was not you, ask whoever runs the server at {origin}.",
                ),
            )
        case "new-device":
            return Notice(
                "Your account was used on a new device",
                (
                    f"{data['device']}, from the address {data['address']}, at {data['at']}.",
                    "If it was not you, sign the device out in the settings and change your password.",
                ),
                ("Open the settings", f"{origin}/settings#sessions"),
            )
        case "deletion-planned":
            return Notice(
                "Your account will be deleted",
                (
                    f"Your account and everything in it will be deleted on {data['day']}.",
                    "To keep it, log in before that day. If it was not you, log in and change your password.",
                ),
                ("Log in", f"{origin}/login"),
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
