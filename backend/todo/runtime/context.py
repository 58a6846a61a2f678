"""The context: what handlers, background tasks and routes may use. Made once per process."""

from dataclasses import dataclass, field

from todo.runtime.db.database import Database
from todo.runtime.health import Health
from todo.runtime.ports import Runtime
from todo.runtime.settings import Settings
from todo.runtime.worker import Workers


@dataclass(slots=True)
class Context:
    settings: Settings
    runtime: Runtime
    # None in a service that owns no data (todo-websocket).
    database: Database | None
    health: Health = field(default_factory=Health)
    workers: Workers = field(default_factory=Workers)

    @property
    def db(self) -> Database:
        if self.database is None:
            raise RuntimeError("this service has no database")
        return self.database
