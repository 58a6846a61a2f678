"""Which client an id means: a metadata document, fetched and cached in the database, or a registered client."""

from dataclasses import dataclass

import asyncpg

from todo.authorization import documents
from todo.authorization.documents import ClientRefused, is_document_url
from todo.authorization.store import AuthorizationStore
from todo.runtime.context import Context


@dataclass(frozen=True, slots=True)
class Client:
    id: str
    name: str
    redirect_uris: tuple[str, ...]


async def known_client(context: Context, client_id: str) -> Client | None:
    """A client that was seen before. Nothing is fetched: a refresh works while the client's site is down."""
    async with context.db.reading() as connection:
        row = await AuthorizationStore(connection).client(client_id)
    return _client(row) if row else None


async def client_asking(context: Context, client_id: str) -> Client:
    """The client of an authorization request; raises ClientRefused."""
    async with context.db.reading() as connection:
        row = await AuthorizationStore(connection).client(client_id)
    if row is not None and (row["is_fresh"] or not is_document_url(client_id)):
        return _client(row)
    if not is_document_url(client_id):
        raise ClientRefused("This client is not registered here, or no longer. Connect it again.")
    document = await documents.fetch(client_id, context.settings)
    async with context.db.unit() as unit:
        await AuthorizationStore(unit.connection).save_client(
            client_id, document.name, document.host, document.redirect_uris, document.fresh_for
        )
    return Client(client_id, document.name, document.redirect_uris)


def _client(row: asyncpg.Record) -> Client:
    return Client(row["id"], row["name"], tuple(row["redirect_uris"]))
