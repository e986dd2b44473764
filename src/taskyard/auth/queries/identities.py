"""Statements on what people are called by identity providers."""

from datetime import datetime
from typing import TypeAlias

from taskyard.auth.models.federation import Identity, KnownIdentity
from taskyard.kit.database import Statements

NewIdentity: TypeAlias = tuple[str, str, str, str, datetime]
"""id, person, issuer, subject, time."""


async def insert_identity(tx: Statements, values: NewIdentity) -> bool:
    """Let an identity belong to a person; False when it belongs to somebody."""
    row = await tx.fetch_row(
        """
        INSERT INTO identities (id, person_id, issuer, subject, linked_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (issuer, subject) DO NOTHING RETURNING 1
        """,
        *values,
    )
    return row is not None


async def find_known(tx: Statements, issuer: str, subject: str) -> KnownIdentity | None:
    """Whose an identity is, and what their account asks for besides. Nobody who is disabled is found."""
    row = await tx.fetch_row(
        """
        SELECT i.id::text, p.id::text, p.credentials_version,
               ARRAY(SELECT 'totp' FROM totp t WHERE t.person_id = p.id AND t.confirmed_at IS NOT NULL
                     UNION ALL SELECT 'passkey' WHERE EXISTS (SELECT FROM passkeys k WHERE k.person_id = p.id))
          FROM identities i JOIN people p ON p.id = i.person_id
         WHERE i.issuer = $1 AND i.subject = $2 AND p.disabled_at IS NULL AND NOT p.awaits_verification
        """,
        issuer,
        subject,
    )
    return KnownIdentity(*row) if row else None


async def is_identity_taken(db: Statements, issuer: str, subject: str) -> bool:
    """Whether an identity belongs to anybody, enabled or not."""
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM identities WHERE issuer = $1 AND subject = $2)", issuer, subject
        )
    )


async def find_identity(tx: Statements, person_id: str, identity_id: str) -> Identity | None:
    """One of a person's identities."""
    row = await tx.fetch_row(
        """
        SELECT i.id::text, i.issuer, p.name, i.linked_at, i.last_used_at
          FROM identities i LEFT JOIN identity_providers p ON p.issuer = i.issuer AND p.deleted_at IS NULL
         WHERE i.person_id = $1 AND i.id = $2
        """,
        person_id,
        identity_id,
    )
    return Identity(*row) if row else None


async def has_other_way_in(tx: Statements, person_id: str, identity_id: str) -> bool:
    """Whether a person can sign in without one of their identities: by password, passkey, or another identity."""
    return bool(
        await tx.fetch_value(
            """
            SELECT EXISTS (SELECT FROM people WHERE id = $1 AND password_hash IS NOT NULL)
                OR EXISTS (SELECT FROM passkeys WHERE person_id = $1)
                OR EXISTS (SELECT FROM identities i JOIN identity_providers p ON p.issuer = i.issuer
                            WHERE i.person_id = $1 AND i.id <> $2 AND p.is_enabled AND p.deleted_at IS NULL)
            """,
            person_id,
            identity_id,
        )
    )


async def delete_identity(tx: Statements, identity_id: str) -> None:
    """Let an identity belong to nobody."""
    await tx.execute("DELETE FROM identities WHERE id = $1", identity_id)


async def note_use(tx: Statements, identity_id: str, at: datetime) -> None:
    """Remember that an identity was signed in by."""
    await tx.execute("UPDATE identities SET last_used_at = $2 WHERE id = $1", identity_id, at)


async def list_identities(db: Statements, person_id: str, after: str, limit: int) -> list[Identity]:
    """A person's identities, oldest first."""
    rows = await db.fetch(
        """
        SELECT i.id::text, i.issuer, p.name, i.linked_at, i.last_used_at
          FROM identities i LEFT JOIN identity_providers p ON p.issuer = i.issuer AND p.deleted_at IS NULL
         WHERE i.person_id = $1 AND i.id > $2::uuid ORDER BY i.id LIMIT $3
        """,
        person_id,
        after,
        limit,
    )
    return [Identity(*row) for row in rows]
