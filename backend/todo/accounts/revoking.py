"""What happens when a session or a token ends: the caches forget it, and open windows must connect again."""

from todo.accounts.caller import CALLERS_CHANGED
from todo.domain.events import access_changed
from todo.runtime.db.unit import Unit


def end_access(user_id: str, unit: Unit) -> None:
    """Close every live connection of the user. Windows that are still signed in connect again at once."""
    unit.wake(CALLERS_CHANGED)
    unit.emit(access_changed(user_id, unit.now()))
