"""Statements on identity providers."""

from datetime import datetime

import msgspec

from taskyard.auth.models.federation import ProviderButton, StoredProvider
from taskyard.kit.database import Statements

_COLUMNS = """id::text, slug, name, kind, issuer, client_id, secret_sealed, scopes, email_domains, group_claim,
    redirect_uris, creates_accounts, trusts_emails, is_enabled, created_at, updated_at, version"""


async def insert_provider(tx: Statements, provider: StoredProvider) -> None:
    """Write a provider. Raises DuplicateRow when another has its slug or issuer."""
    await tx.execute(
        """
        INSERT INTO identity_providers (id, slug, name, kind, issuer, client_id, secret_sealed, scopes, email_domains,
            group_claim, redirect_uris, creates_accounts, trusts_emails, is_enabled, created_at, updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        """,
        *msgspec.structs.astuple(provider),
    )


async def find_provider(db: Statements, provider_id: str) -> StoredProvider | None:
    """One provider."""
    row = await db.fetch_row(
        f"SELECT {_COLUMNS} FROM identity_providers WHERE id = $1 AND deleted_at IS NULL", provider_id
    )
    return StoredProvider(*row) if row else None


async def find_provider_for_update(tx: Statements, provider_id: str) -> StoredProvider | None:
    """One provider, locked for a change."""
    row = await tx.fetch_row(
        f"SELECT {_COLUMNS} FROM identity_providers WHERE id = $1 AND deleted_at IS NULL FOR UPDATE", provider_id
    )
    return StoredProvider(*row) if row else None


async def find_enabled_provider(db: Statements, slug: str) -> StoredProvider | None:
    """The provider by which people may sign in at the moment. Uses identity_providers_by_slug."""
    row = await db.fetch_row(
        f"SELECT {_COLUMNS} FROM identity_providers WHERE slug = $1 AND is_enabled AND deleted_at IS NULL", slug
    )
    return StoredProvider(*row) if row else None


async def find_provider_of_issuer(db: Statements, issuer: str) -> StoredProvider | None:
    """The provider of an issuer. Uses identity_providers_by_issuer."""
    row = await db.fetch_row(
        f"SELECT {_COLUMNS} FROM identity_providers WHERE issuer = $1 AND deleted_at IS NULL", issuer
    )
    return StoredProvider(*row) if row else None


async def list_providers(db: Statements, after: str, limit: int) -> list[StoredProvider]:
    """Providers, oldest first."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM identity_providers WHERE deleted_at IS NULL AND id > $1::uuid ORDER BY id LIMIT $2
        """,
        after,
        limit,
    )
    return [StoredProvider(*row) for row in rows]


async def list_buttons(db: Statements) -> list[ProviderButton]:
    """The providers by which people may sign in, by name."""
    rows = await db.fetch(
        "SELECT slug, name FROM identity_providers WHERE is_enabled AND deleted_at IS NULL ORDER BY name, slug LIMIT 50"
    )
    return [ProviderButton(*row) for row in rows]


async def update_provider(tx: Statements, provider: StoredProvider) -> None:
    """Store what is changed of a provider."""
    await tx.execute(
        """
        UPDATE identity_providers
           SET name = $2, client_id = $3, secret_sealed = $4, scopes = $5, email_domains = $6, group_claim = $7,
               redirect_uris = $8, creates_accounts = $9, trusts_emails = $10, is_enabled = $11, updated_at = $12,
               version = $13
         WHERE id = $1
        """,
        provider.id,
        provider.name,
        provider.client_id,
        provider.secret_sealed,
        provider.scopes,
        provider.email_domains,
        provider.group_claim,
        provider.redirect_uris,
        provider.creates_accounts,
        provider.trusts_emails,
        provider.is_enabled,
        provider.updated_at,
        provider.version,
    )


async def mark_provider_deleted(tx: Statements, provider_id: str, at: datetime) -> None:
    """Let a provider be no more, and forget its secret."""
    await tx.execute(
        """
        UPDATE identity_providers SET deleted_at = $2, updated_at = $2, secret_sealed = NULL, version = version + 1
         WHERE id = $1
        """,
        provider_id,
        at,
    )
