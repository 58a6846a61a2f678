"""Back up the database of an installation to one file, and restore such a file into an empty database.

The file is a tar archive: `manifest.json` (see Manifest), then `database.dump` in pg_dump's custom format, which
is compressed. Dapr's state store is left out: it holds caches.
"""

import asyncio
import errno
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import asyncpg
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from todo.db import migrate
from todo.launch.data_dir import claimed
from todo.launch.postgres import Postgres, programs
from todo.launch.progress import CannotStart
from todo.runtime.settings import load_settings

_FORMAT = 1
_MANIFEST, _DUMP = "manifest.json", "database.dump"
# An arbitrary constant for the advisory lock that lets only one restore run.
_LOCK = 7_082_011
_TABLES = """
    SELECT format('%I', relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
# Whether the schema has relations, and they are ours: our first migration adds the column.
_OURS = """
    SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace)
        OR EXISTS (SELECT FROM pg_attribute
                   WHERE attrelid = to_regclass('public.alembic_version') AND attname = 'oldest_code')
"""


class BackupError(Exception):
    """In one sentence: why nothing was backed up or restored."""


class BackupRefused(BackupError):
    """The file, the database or this machine is not fit for it. Nothing was changed."""


class RestoreFailed(BackupError):
    """The restore broke off. Services refuse to start until it has been run again."""


class Manifest(BaseModel):
    """`revision`: of the schema. `taken_at`: no later change is in the backup. `rows`: number of each table's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    version: str
    revision: str
    taken_at: AwareDatetime
    rows: dict[str, int]
    sha256: str


async def back_up(database_url: str, target: Path) -> Manifest:
    """Write a consistent backup while the services run. The file appears under its name when it is complete."""
    with _sentences(target), tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as f:
        _check_new(target)
        dump, unfinished = Path(f) / _DUMP, Path(f) / target.name
        manifest = await _dump(database_url, dump)
        await asyncio.to_thread(_pack, manifest, dump, unfinished)
        _check_new(target)
        unfinished.rename(target)
        _sync_folder(target.parent)
    return manifest


async def _dump(database_url: str, dump: Path) -> Manifest:
    try:
        async with _snapshot(database_url) as (snapshot, connection):
            taken_at: datetime = await connection.fetchval("SELECT now()")
            revision: str = await connection.fetchval("SELECT version_num FROM alembic_version")
            rows = await _rows(connection)
            await _run(
                *("pg_dump", "--format=custom", "--no-owner", "--no-privileges"),
                *("--extension=pg_trgm", "--exclude-schema=dapr"),
                *(f"--snapshot={snapshot}", f"--file={dump}"),
                database_url=database_url,
            )
    except (ConnectionError, asyncpg.PostgresError) as error:
        raise BackupRefused(f"DATABASE_URL: {error or type(error).__name__}") from error
    return Manifest(
        format=_FORMAT,
        version=version("todo"),
        revision=revision,
        taken_at=taken_at,
        rows=rows,
        sha256=await asyncio.to_thread(_sha256, dump),
    )


@contextmanager
def _sentences(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupRefused(f"{target} cannot be written: {error.strerror or error}") from error


async def restore(
    database_url: str, source: Path, after: Sequence[str], *, dry_run: bool = False
) -> Manifest:
    """Restore a backup, bring it to this version's schema, and run the statements `after` in one transaction.

    A statement may use $1, the moment of the backup. With `dry_run` everything is checked and nothing is written.
    """
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        manifest, dump = await asyncio.to_thread(_unpack, source, Path(folder))
        async with _locked(database_url) as connection:
            await _check_empty(connection)
            # Shows that the program is there and can read the file.
            await _run("pg_restore", "--list", f"--file={os.devnull}", str(dump))
            if dry_run:
                return manifest
            # Every table goes, also those that the backup's version does not know. While the marker exists,
            # services refuse to start, because what is restored is not reconciled yet.
            await connection.execute(
                f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE {migrate.RESTORE_MARKER} ()"
            )
            try:
                await _run(
                    *("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error"),
                    *("--single-transaction", str(dump)),
                    database_url=database_url,
                )
                found = await _rows(connection)
                if differ := [t for t, count in manifest.rows.items() if found.get(t) != count]:
                    raise RestoreFailed(f"not all rows are there: {', '.join(differ)}")
                await migrate.upgrade(database_url, migrate.newest())
                await _reconcile(connection, after, manifest.taken_at)
            except (BackupError, OSError, asyncpg.PostgresError) as error:
                raise RestoreFailed(f"the restore failed, run it again: {error}") from error
    return manifest


async def restore_here(source: Path, *, dry_run: bool) -> Manifest:
    """Restore into the database at DATABASE_URL, else into that of the data folder, which is started for it."""
    from todo.services import AFTER_RESTORE  # with all services it takes a second

    settings = load_settings()
    if settings.database_url is not None:
        return await restore(settings.database_url, source, AFTER_RESTORE, dry_run=dry_run)
    with claimed(settings.data_dir.absolute()) as folder:
        postgres = Postgres(folder / "postgres", folder / "log" / "database.log")
        server = await postgres.launch()
        try:
            await postgres.ready()
            return await restore(postgres.url, source, AFTER_RESTORE, dry_run=dry_run)
        finally:
            await server.stop()


def summary(manifest: Manifest) -> str:
    accounts, tasks = manifest.rows.get("account", 0), manifest.rows.get("task", 0)
    moment = f"{manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"accounts: {accounts:,}, tasks: {tasks:,}, as of {moment}"


async def _reconcile(
    connection: asyncpg.Connection, statements: Sequence[str], taken_at: datetime
) -> None:
    async with connection.transaction():
        for statement in statements:
            await connection.execute(statement, *([taken_at] if "$1" in statement else []))
        # An id that was given out after the backup is in use elsewhere: in links, events and open pages.
        await connection.execute(
            """SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, last_value + 1000000)
               FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"""
        )
        await connection.execute(f"DROP TABLE {migrate.RESTORE_MARKER}")


@asynccontextmanager
async def _snapshot(database_url: str) -> AsyncIterator[tuple[str, asyncpg.Connection]]:
    connection = await asyncpg.connect(
        database_url, server_settings={"idle_in_transaction_session_timeout": "0"}
    )
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield await connection.fetchval("SELECT pg_export_snapshot()"), connection
    finally:
        await connection.close()


@asynccontextmanager
async def _locked(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    try:
        connection = await asyncpg.connect(database_url)
    except (OSError, asyncpg.PostgresError) as error:
        raise BackupRefused(f"DATABASE_URL: {error or type(error).__name__}") from error
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            raise BackupRefused("another restore into this database is running")
        yield connection
    finally:
        await connection.close()


async def _check_empty(connection: asyncpg.Connection) -> None:
    others: int = await connection.fetchval(
        """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
           AND usesysid IS NOT NULL AND pid <> pg_backend_pid()"""
    )
    if others:
        raise BackupRefused(
            f"{others} connections to the database are open; stop all services before a restore"
        )
    if await migrate.is_restore_unfinished(connection):
        return
    if not await connection.fetchval(_OURS):
        raise BackupRefused("the database has tables that are not of Todo; use another database")
    if accounts := (await _rows(connection)).get("account"):
        raise BackupRefused(
            f"the database is not empty (accounts: {accounts}); a backup is restored only into an empty one"
        )


async def _rows(connection: asyncpg.Connection) -> dict[str, int]:
    """The number of rows of each of our tables; `alembic_version` counts too."""
    found = {}
    for (table,) in await connection.fetch(_TABLES):
        found[table] = await connection.fetchval(f"SELECT count(*) FROM {table}")
    return found


async def _run(program: str, *arguments: str, database_url: str | None = None) -> None:
    """Run a program of PostgreSQL. The password is not an argument, because others on the machine see those."""
    environment = {**os.environ, "LC_ALL": "C"}  # noqa: TID251  (libpq reads PGPASSFILE and others from it)
    if database_url is not None:
        url, password = _without_password(database_url)
        arguments = (f"--dbname={url}", *arguments)
        if password is not None:
            environment["PGPASSWORD"] = password
    process = await asyncio.create_subprocess_exec(
        *(_program(program), *arguments),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        raise BackupRefused(lines[0] if lines else f"{program} failed")


def _without_password(database_url: str) -> tuple[str, str | None]:
    """The URL may name the password before the host, or as a parameter (libpq, "Connection URIs")."""
    address = urlsplit(database_url)
    parameters = parse_qsl(address.query)
    password = dict(parameters).get("password")
    query = urlencode([(name, value) for name, value in parameters if name != "password"])
    user, at, host = address.netloc.rpartition("@")
    name, colon, own = user.partition(":")
    if colon:
        password = unquote(own)
    return urlunsplit(address._replace(netloc=f"{name}{at}{host}", query=query)), password


def _program(name: str) -> Path | str:
    """The bundled program, else one that is installed."""
    try:
        return programs() / name
    except CannotStart:
        found = shutil.which(name)
    if found is None:
        raise BackupRefused(f"{name} is not installed; it comes with PostgreSQL's client programs")
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(manifest: Manifest, dump: Path, target: Path) -> None:
    text = manifest.model_dump_json(indent=1).encode()
    entry = tarfile.TarInfo(_MANIFEST)
    entry.size = len(text)
    with open(target, "xb", opener=_private) as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.addfile(entry, io.BytesIO(text))
            archive.add(dump, _DUMP)
        file.flush()
        os.fsync(file.fileno())


def _check_new(target: Path) -> None:
    if target.exists():
        raise FileExistsError(errno.EEXIST, "it exists already; name a new file")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    """Without this, a power cut may forget the new name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unpack(source: Path, folder: Path) -> tuple[Manifest, Path]:
    dump = folder / _DUMP
    try:
        with tarfile.open(source, "r:") as archive:
            manifest = _read_manifest(source, archive)
            archived = archive.extractfile(_DUMP)
            if archived is None:
                raise KeyError(_DUMP)
            with open(dump, "xb", opener=_private) as file:
                shutil.copyfileobj(archived, file)
    except (tarfile.TarError, KeyError, EOFError) as error:
        raise BackupRefused(
            f"{source} is not a backup of Todo, or a part of it is missing"
        ) from error
    except OSError as error:
        raise BackupRefused(f"{source} cannot be read: {error.strerror or error}") from error
    if _sha256(dump) != manifest.sha256:
        raise BackupRefused(f"{source} is damaged: its content does not match its checksum")
    return manifest, dump


def _read_manifest(source: Path, archive: tarfile.TarFile) -> Manifest:
    text = archive.extractfile(_MANIFEST)
    try:
        fields = json.loads(text.read() if text else "")
        newer = fields["format"] > _FORMAT or fields["revision"] > migrate.newest()
        if not newer:
            return Manifest(**fields)
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise BackupRefused(f"{source} is damaged: its manifest cannot be read") from error
    ours = version("todo")
    raise BackupRefused(
        f"{source} was written by a newer version than this ({ours}); install that one"
    )
