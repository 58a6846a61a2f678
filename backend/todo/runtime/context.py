"""What a handler, a companion or a route may reach: one value, made once per process."""

from dataclasses import dataclass, field

from todo.runtime.db.database import Database
from todo.runtime.ports import Problems, Runtime
from todo.runtime.settings import Settings


@dataclass(slots=True)
class Context:
    settings: Settings
    runtime: Runtime
    # None in the services that own no data (todo-websocket).
    database: Database | None
    problems: Problems = field(default_factory=Problems)

    @property
    def db(self) -> Database:
        if self.database is None:
            raise RuntimeError("this service has no database")
        return self.database
