"""Find the installation for an operator's command: DATABASE_URL, or what runs in the data folder."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from todo.launch.data_dir import is_claimed
from todo.launch.postgres import Postgres
from todo.runtime.db.database import UNREACHABLE, Database, open_database
from todo.runtime.settings import Settings, SettingsInvalid, load_settings


@dataclass(frozen=True, slots=True)
class Operating:
    settings: Settings
    database: Database


@asynccontextmanager
async def opened() -> AsyncIterator[Operating]:
    settings = here(load_settings())
    if settings.database_url is None:
        raise SettingsInvalid(
            f"nothing runs in {settings.data_dir.absolute()} (TODO_DATA_DIR); start it, or set DATABASE_URL"
        )
    try:
        async with open_database(settings.database_url, size=2) as database:
            await database.pool.fetchval("SELECT 1")
            yield Operating(settings, database)
    except UNREACHABLE as error:
        raise SettingsInvalid(f"DATABASE_URL: the database does not answer: {error}") from None


def here(settings: Settings) -> Settings:
    """The settings with the addresses of what runs in the data folder, unless the environment names others."""
    folder = settings.data_dir.absolute()
    if not is_claimed(folder):
        return settings
    described = _running_stack(folder / "stack.json")
    if (
        described is not None
        and settings.database_url in {None, described["database_url"]}
        and settings.kafka_brokers in {None, described["kafka_brokers"]}
    ):
        return settings.model_copy(
            update={
                "runtime": "dapr",
                "database_url": described["database_url"],
                "kafka_brokers": described["kafka_brokers"],
            }
        )
    if settings.database_url is not None:
        return settings
    if (folder / "postgres" / "postmaster.pid").exists():
        postgres = Postgres(folder / "postgres", folder / "log" / "database.log")
        return settings.model_copy(update={"database_url": postgres.url})
    return settings


def _running_stack(path: Path) -> dict[str, Any] | None:
    try:
        described: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return described
