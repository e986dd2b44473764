"""Statements on passkeys, and on the challenges that were answered."""

from datetime import datetime
from typing import TypeAlias

import msgspec

from taskyard.auth.models.passkeys import Passkey
from taskyard.kit.database import Statements

NewKey: TypeAlias = tuple[str, str, bytes, bytes, int, str, datetime]
"""id, person, credential id, public key, what the device counted, name, time."""


class KnownPasskey(msgspec.Struct, frozen=True):
    """A passkey as signing in needs to know it, with the version of its owner's credentials."""

    id: str
    person_id: str
    public_key: bytes
    sign_count: int
    credentials_version: int


async def insert_passkey(tx: Statements, values: NewKey) -> Passkey | None:
    """Write a new passkey; None when its credential is known already."""
    row = await tx.fetch_row(
        """
        INSERT INTO passkeys (id, person_id, credential_id, public_key, sign_count, name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (credential_id) DO NOTHING
        RETURNING id::text, name, created_at, last_used_at, version
        """,
        *values,
    )
    return Passkey(*row) if row else None


async def list_passkeys(db: Statements, person_id: str, after: str, limit: int) -> list[Passkey]:
    """A person's passkeys, oldest first."""
    rows = await db.fetch(
        """
        SELECT id::text, name, created_at, last_used_at, version FROM passkeys
         WHERE person_id = $1 AND id > $2::uuid ORDER BY id LIMIT $3
        """,
        person_id,
        after,
        limit,
    )
    return [Passkey(*row) for row in rows]


async def list_credential_ids(db: Statements, person_id: str) -> list[bytes]:
    """What a person's devices call their passkeys."""
    rows = await db.fetch("SELECT credential_id FROM passkeys WHERE person_id = $1 ORDER BY id", person_id)
    return [row[0] for row in rows]


async def find_passkey_for_update(tx: Statements, person_id: str, passkey_id: str) -> Passkey | None:
    """One of a person's passkeys, locked for a change."""
    row = await tx.fetch_row(
        """
        SELECT id::text, name, created_at, last_used_at, version FROM passkeys
         WHERE id = $2 AND person_id = $1 FOR UPDATE
        """,
        person_id,
        passkey_id,
    )
    return Passkey(*row) if row else None


async def find_known_for_update(tx: Statements, credential_id: bytes) -> KnownPasskey | None:
    """The passkey of an enabled person, locked: what its device counts grows in one order."""
    row = await tx.fetch_row(
        """
        SELECT k.id::text, k.person_id::text, k.public_key, k.sign_count, p.credentials_version
          FROM passkeys k JOIN people p ON p.id = k.person_id
         WHERE k.credential_id = $1 AND p.disabled_at IS NULL AND NOT p.awaits_verification FOR UPDATE OF k
        """,
        credential_id,
    )
    return KnownPasskey(*row) if row else None


async def rename_passkey(tx: Statements, passkey: Passkey) -> None:
    """Store what a passkey is called."""
    await tx.execute(
        """
        -- tenant: find_passkey_for_update has locked the row for its owner
        UPDATE passkeys SET name = $2, version = $3 WHERE id = $1
        """,
        passkey.id,
        passkey.name,
        passkey.version,
    )


async def note_use(tx: Statements, passkey_id: str, sign_count: int, at: datetime) -> None:
    """Remember that a passkey was used, and what its device has counted."""
    await tx.execute("UPDATE passkeys SET sign_count = $2, last_used_at = $3 WHERE id = $1", passkey_id, sign_count, at)


async def delete_passkey(tx: Statements, passkey_id: str) -> None:
    """Take a passkey no more."""
    await tx.execute("DELETE FROM passkeys WHERE id = $1", passkey_id)


async def delete_passkeys_of(tx: Statements, person_id: str) -> list[tuple[str, int]]:
    """Take a person's passkeys no more; their ids and versions."""
    rows = await tx.fetch("DELETE FROM passkeys WHERE person_id = $1 RETURNING id::text, version", person_id)
    return [(row[0], row[1]) for row in rows]


async def use_challenge(tx: Statements, challenge_hash: bytes, expires_at: datetime) -> bool:
    """Use up a challenge; False when it was used before. Of parallel uses one is the first."""
    row = await tx.fetch_row(
        """
        INSERT INTO used_challenges (challenge_hash, expires_at) VALUES ($1, $2)
        ON CONFLICT DO NOTHING RETURNING 1
        """,
        challenge_hash,
        expires_at,
    )
    return row is not None


async def delete_challenges_expired_before(db: Statements, instant: datetime) -> None:
    """Forget challenges that have ended anyway."""
    await db.execute("DELETE FROM used_challenges WHERE expires_at < $1", instant)
