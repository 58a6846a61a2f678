"""Who may create an account, and invitations: links that let one person sign up."""

from datetime import datetime, timedelta
from typing import Final

from todo.accounts.store import AccountStore
from todo.domain.errors import Forbidden
from todo.runtime.db.secrets import hash_secret, new_secret
from todo.runtime.db.unit import Unit

RETENTION = ("DELETE FROM invitation WHERE expires_at < now()",)
# After a restore: one that was used since the backup must not work again.
AFTER_RESTORE = ("DELETE FROM invitation",)
LASTS: Final = timedelta(days=7)
_REFUSED: Final = {
    "closed": "Signing up is closed on this server; ask its administrator.",
    "invite": "Signing up needs an invitation that was not used; ask the server's administrator.",
}


async def invite(unit: Unit, now: datetime) -> tuple[str, datetime]:
    """The secret of a new invitation, which works once, and when it expires."""
    secret, digest = new_secret()
    expires_at = now + LASTS
    await unit.connection.execute(
        "INSERT INTO invitation (token_hash, expires_at) VALUES ($1, $2)", digest, expires_at
    )
    return secret, expires_at


def invitation_link(origin: str, secret: str) -> str:
    return f"{origin}/register#{secret}"


async def require_admission(signup: str, invitation: str | None, unit: Unit, *, use: bool) -> None:
    """Raise Forbidden if this person may not sign up. The first account of a server is always allowed.

    Called before the address is looked up, so that a refusal does not tell whether it has an account. `use`: the
    invitation works no more after this.
    """
    if signup == "open" or not await AccountStore(unit).exist():
        return
    if signup == "invite" and invitation is not None:
        statement = (
            "DELETE FROM invitation WHERE token_hash = $1 AND expires_at > now() RETURNING true"
            if use
            else "SELECT true FROM invitation WHERE token_hash = $1 AND expires_at > now()"
        )
        if await unit.connection.fetchval(statement, hash_secret(invitation)):
            return
    raise Forbidden(_REFUSED[signup])
