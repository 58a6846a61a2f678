"""What other subjects may ask of notifications."""

from todo.notifications.store import ChannelStore
from todo.runtime.db.unit import Unit


async def add_first_channel(user_id: str, email: str, unit: Unit) -> None:
    """A new account is reminded by mail at the address it signed up with, until it says otherwise."""
    await ChannelStore(unit.connection).add(user_id, "email", "", {"address": email}, step=0)
