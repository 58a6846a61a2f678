"""The texts of the mails about an account. They contain no text of a user."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from todo.notifications.senders.notice import Notice


class Mail(StrEnum):
    RESET_PASSWORD = "reset-password"  # noqa: S105
    CONFIRM_ADDRESS = "confirm-address"
    CHANGE_ADDRESS = "change-address"
    ADDRESS_CHANGED = "address-changed"
    NEW_DEVICE = "new-device"
    DELETION_PLANNED = "deletion-planned"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105


def reset_link(origin: str, secret: str) -> str:
    """The secret stands after “#”, which browsers send to no server and put into no Referer."""
    return f"{origin}/reset-password#{secret}"


def _confirm_link(origin: str, secret: str) -> str:
    return f"{origin}/confirm#{secret}"


def write(kind: Mail, origin: str, secret: str | None, data: Mapping[str, Any]) -> Notice:
    match kind:
        case Mail.RESET_PASSWORD:
            return Notice(
                "Set a new password",
                (
                    "Somebody asked to reset the password of your account. This link works once, for 30 minutes.",
                    "If it was not you, do nothing: your password stays as it is.",
                ),
                ("Set a new password", reset_link(origin, secret or "")),
            )
        case Mail.CONFIRM_ADDRESS:
            return Notice(
                "Confirm your address",
                (
                    "Open this link to get reminders and news of your account here. It works for seven days.",
                    "If you have no account at this server, do nothing: you get no further mail.",
                ),
                ("Confirm this address", _confirm_link(origin, secret or "")),
            )
        case Mail.CHANGE_ADDRESS:
            return Notice(
                "Confirm your new address",
                (
                    "Open this link to use this address for your account. It works for a day.",
                    "If you did not ask for this, do nothing: the account keeps its old address.",
                ),
                ("Use this address", _confirm_link(origin, secret or "")),
            )
        case Mail.ADDRESS_CHANGED:
            return Notice(
                "The address of your account was changed",
                (
                    "Your account has another address now, and this one gets no further mail about it.",
                    f"If it was not you, ask whoever runs the server at {origin}.",
                ),
            )
        case Mail.NEW_DEVICE:
            return Notice(
                "Your account was used on a new device",
                (
                    f"{data['device']}, from the address {data['address']}, at {data['at']}.",
                    "If it was not you, sign the device out in the settings and change your password.",
                ),
                ("Open the settings", f"{origin}/settings#sessions"),
            )
        case Mail.DELETION_PLANNED:
            return Notice(
                "Your account will be deleted",
                (
                    f"Your account and everything in it will be deleted on {data['day']}.",
                    "To keep it, log in before that day. If it was not you, log in and change your password.",
                ),
                ("Log in", f"{origin}/login"),
            )
        case Mail.PASSWORD_CHANGED:
            return Notice(
                "Your password was changed",
                (
                    "The password of your account was changed, and every other session was signed out.",
                    "If it was not you, reset the password now: choose “Forgot password?” where you log in.",
                ),
                ("Open Todo", f"{origin}/login"),
            )
