"""Statements on authenticator apps and recovery codes."""

from datetime import datetime

from taskyard.auth.models import SecondFactors
from taskyard.kit.database import Statements


async def find_second_factors(db: Statements, person_id: str) -> SecondFactors:
    """What an enabled person's account asks for beside the password."""
    row = await db.fetch_row(
        """
        SELECT (SELECT confirmed_at FROM totp WHERE person_id = $1),
               (SELECT count(*) FROM recovery_codes WHERE person_id = $1 AND used_at IS NULL),
               (SELECT count(*) FROM passkeys WHERE person_id = $1)
        """,
        person_id,
    )
    return SecondFactors(*row) if row else SecondFactors(None, 0, 0)


async def has_second_factor(db: Statements, person_id: str) -> bool:
    """Whether an account asks for anything beside the password."""
    return bool(
        await db.fetch_value(
            """
            SELECT EXISTS (SELECT FROM totp WHERE person_id = $1 AND confirmed_at IS NOT NULL)
                OR EXISTS (SELECT FROM passkeys WHERE person_id = $1)
            """,
            person_id,
        )
    )


async def begin_totp(tx: Statements, person_id: str, totp_id: str, sealed: bytes, at: datetime) -> bool:
    """Write a seed that waits for its first code, in place of one that waited before; False when one is in use."""
    row = await tx.fetch_row(
        """
        INSERT INTO totp AS present (person_id, id, seed_sealed, begun_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (person_id) DO UPDATE
            SET id = excluded.id, seed_sealed = excluded.seed_sealed, begun_at = excluded.begun_at
            WHERE present.confirmed_at IS NULL
        RETURNING 1
        """,
        person_id,
        totp_id,
        sealed,
        at,
    )
    return row is not None


async def find_begun_totp(tx: Statements, person_id: str, since: datetime) -> tuple[str, bytes] | None:
    """The id and sealed seed that waits for its first code, locked."""
    row = await tx.fetch_row(
        """
        SELECT id::text, seed_sealed FROM totp
         WHERE person_id = $1 AND confirmed_at IS NULL AND begun_at >= $2 FOR UPDATE
        """,
        person_id,
        since,
    )
    return (row[0], row[1]) if row else None


async def confirm_totp(tx: Statements, person_id: str, step: int, at: datetime) -> None:
    """Ask for codes of this seed from now on; the one that proved it is used up."""
    await tx.execute("UPDATE totp SET confirmed_at = $3, last_step = $2 WHERE person_id = $1", person_id, step, at)


async def find_seed(db: Statements, person_id: str) -> bytes | None:
    """The sealed seed whose codes an account asks for."""
    sealed: bytes | None = await db.fetch_value(
        "SELECT seed_sealed FROM totp WHERE person_id = $1 AND confirmed_at IS NOT NULL", person_id
    )
    return sealed


async def burn_step(tx: Statements, person_id: str, step: int) -> bool:
    """Use up the code of a time step and all before it; False when it was used. Parallel callers take turns."""
    row = await tx.fetch_row(
        """
        UPDATE totp SET last_step = $2
         WHERE person_id = $1 AND last_step < $2 AND confirmed_at IS NOT NULL RETURNING 1
        """,
        person_id,
        step,
    )
    return row is not None


async def delete_totp(tx: Statements, person_id: str) -> str | None:
    """Ask for codes no more; the id of what was in use, if any."""
    found: str | None = await tx.fetch_value(
        """
        WITH gone AS (DELETE FROM totp WHERE person_id = $1 RETURNING id::text, confirmed_at)
        SELECT id FROM gone WHERE confirmed_at IS NOT NULL
        """,
        person_id,
    )
    return found


async def delete_recovery_codes(tx: Statements, person_id: str) -> None:
    """Forget an account's recovery codes, the used ones too."""
    await tx.execute("DELETE FROM recovery_codes WHERE person_id = $1", person_id)


async def delete_needless_recovery_codes(tx: Statements, person_id: str) -> None:
    """Forget the recovery codes of an account that asks for no second factor any more."""
    await tx.execute(
        """
        DELETE FROM recovery_codes WHERE person_id = $1
           AND NOT EXISTS (SELECT FROM totp WHERE person_id = $1 AND confirmed_at IS NOT NULL)
           AND NOT EXISTS (SELECT FROM passkeys WHERE person_id = $1)
        """,
        person_id,
    )


async def insert_recovery_codes(tx: Statements, person_id: str, codes: list[tuple[str, bytes]]) -> None:
    """Write recovery codes: id and hash."""
    ids, hashes = (list(column) for column in zip(*codes, strict=True))
    await tx.execute(
        """
        INSERT INTO recovery_codes (id, person_id, code_hash)
        SELECT id, $1, code_hash FROM unnest($2::uuid[], $3::bytea[]) AS fresh (id, code_hash)
        """,
        person_id,
        ids,
        hashes,
    )


async def use_recovery_code(tx: Statements, person_id: str, code_hash: bytes, at: datetime) -> str | None:
    """Use up a recovery code; its id, or None when there is none or it was used."""
    used: str | None = await tx.fetch_value(
        """
        UPDATE recovery_codes SET used_at = $3
         WHERE code_hash = $2 AND person_id = $1 AND used_at IS NULL RETURNING id::text
        """,
        person_id,
        code_hash,
        at,
    )
    return used
