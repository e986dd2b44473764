"""Statements on OAuth clients."""

from datetime import datetime

import asyncpg

from taskyard.auth.models.oauth import RegisteredClient
from taskyard.kit.database import Statements

_COLUMNS = """id::text, owner_id::text, name, secret_hash, auth_method, redirect_uris, post_logout_redirect_uris,
    grant_types, scopes, resource, created_at, updated_at, version"""


async def insert_client(tx: Statements, client: RegisteredClient) -> None:
    """Write a client. Raises DuplicateRow when another is that resource."""
    await tx.execute(
        """
        INSERT INTO oauth_clients (id, owner_id, name, secret_hash, auth_method, redirect_uris,
            post_logout_redirect_uris, grant_types, scopes, resource, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
        """,
        client.id,
        client.owner_id,
        client.name,
        client.secret_hash,
        client.auth_method,
        client.redirect_uris,
        client.post_logout_redirect_uris,
        client.grant_types,
        client.scopes,
        client.resource,
        client.created_at,
    )


async def upsert_client(db: Statements, client: RegisteredClient) -> None:
    """Let a client that is built in be as it is said, wherever it was."""
    await db.execute(
        """
        INSERT INTO oauth_clients AS c (id, name, auth_method, redirect_uris, post_logout_redirect_uris, grant_types,
                                        scopes, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
            ON CONFLICT (id) DO UPDATE SET name = $2, redirect_uris = $4, scopes = $7, updated_at = $8,
                                           version = c.version + 1
         WHERE (c.name, c.redirect_uris, c.scopes) IS DISTINCT FROM ($2, $4::text[], $7::text[])
        """,
        client.id,
        client.name,
        client.auth_method,
        client.redirect_uris,
        client.post_logout_redirect_uris,
        client.grant_types,
        client.scopes,
        client.created_at,
    )


async def find_client(db: Statements, client_id: str) -> RegisteredClient | None:
    """One client."""
    row = await db.fetch_row(f"SELECT {_COLUMNS} FROM oauth_clients WHERE id = $1 AND deleted_at IS NULL", client_id)
    return _client(row) if row else None


async def find_client_of(db: Statements, client_id: str, owner_id: str) -> RegisteredClient | None:
    """One client of a person."""
    row = await db.fetch_row(
        f"SELECT {_COLUMNS} FROM oauth_clients WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL",
        client_id,
        owner_id,
    )
    return _client(row) if row else None


async def find_client_for_update(tx: Statements, client_id: str, owner_id: str) -> RegisteredClient | None:
    """One client of a person, locked for a change."""
    row = await tx.fetch_row(
        f"SELECT {_COLUMNS} FROM oauth_clients WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL FOR UPDATE",
        client_id,
        owner_id,
    )
    return _client(row) if row else None


async def lock_client(tx: Statements, client_id: str) -> None:
    """Keep a client, whosever it is, until the transaction ends."""
    await tx.execute("SELECT FROM oauth_clients WHERE id = $1 FOR UPDATE", client_id)


async def list_clients_of(db: Statements, owner_id: str, before: str, limit: int) -> list[RegisteredClient]:
    """A person's clients, the newest first. Uses oauth_clients_of_owner."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM oauth_clients
         WHERE owner_id = $1 AND deleted_at IS NULL AND id < $2::uuid ORDER BY id DESC LIMIT $3
        """,
        owner_id,
        before,
        limit,
    )
    return [_client(row) for row in rows]


async def update_client(tx: Statements, client: RegisteredClient) -> None:
    """Store what is changed of a client."""
    await tx.execute(
        """
        UPDATE oauth_clients SET name = $2, secret_hash = $3, redirect_uris = $4, post_logout_redirect_uris = $5,
               scopes = $6, updated_at = $7, version = $8 WHERE id = $1
        """,
        client.id,
        client.name,
        client.secret_hash,
        client.redirect_uris,
        client.post_logout_redirect_uris,
        client.scopes,
        client.updated_at,
        client.version,
    )


async def mark_client_deleted(tx: Statements, client_id: str, at: datetime) -> None:
    """Let a client be no more."""
    await tx.execute(
        "UPDATE oauth_clients SET deleted_at = $2, updated_at = $2, version = version + 1 WHERE id = $1", client_id, at
    )


async def is_resource_known(db: Statements, resource: str) -> bool:
    """Whether a client is that resource. Uses oauth_clients_by_resource."""
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM oauth_clients WHERE resource = $1 AND deleted_at IS NULL)", resource
        )
    )


def _client(row: asyncpg.Record) -> RegisteredClient:
    return RegisteredClient(
        id=row[0],
        owner_id=row[1],
        name=row[2],
        secret_hash=row[3],
        auth_method=row[4],
        redirect_uris=row[5],
        post_logout_redirect_uris=row[6],
        grant_types=row[7],
        scopes=row[8],
        resource=row[9],
        created_at=row[10],
        updated_at=row[11],
        version=row[12],
    )
