"""Statements on devices that people signed in with before."""

from datetime import datetime

from taskyard.auth.models import Client
from taskyard.kit.database import Statements
from taskyard.kit.ids import new_id


async def touch_device(tx: Statements, person_id: str, token_hash: bytes, at: datetime) -> bool:
    """Note that a known device was used again; False when the person never used it."""
    row = await tx.fetch_row(
        "UPDATE known_devices SET last_used_at = $3 WHERE token_hash = $2 AND person_id = $1 RETURNING 1",
        person_id,
        token_hash,
        at,
    )
    return row is not None


async def is_news(tx: Statements, person_id: str, client: Client, newcomer: datetime, lately: datetime) -> bool:
    """Whether a sign-in on a device that is not known is news to its owner.

    It is none on the first device of who registered since ``newcomer``, and none from where they signed in since
    ``lately`` with the same program.
    """
    return bool(
        await tx.fetch_value(
            """
            SELECT NOT (p.created_at >= $2 AND NOT EXISTS (SELECT FROM known_devices d WHERE d.person_id = p.id))
                   AND NOT EXISTS (
                       SELECT FROM known_devices d
                        WHERE d.person_id = p.id AND d.last_used_at >= $3
                          AND d.address = $4::inet AND d.user_agent IS NOT DISTINCT FROM $5)
              FROM people p WHERE p.id = $1
            """,
            person_id,
            newcomer,
            lately,
            client.address,
            client.user_agent,
        )
    )


async def insert_device(tx: Statements, person_id: str, token_hash: bytes, client: Client, at: datetime) -> None:
    """Know a device from now on."""
    await tx.execute(
        """
        INSERT INTO known_devices (id, person_id, token_hash, last_used_at, address, user_agent)
        VALUES ($1, $2, $3, $4, $5::inet, $6)
        """,
        new_id(),
        person_id,
        token_hash,
        at,
        client.address,
        client.user_agent,
    )


async def delete_surplus_devices(tx: Statements, person_id: str, kept: int) -> None:
    """Forget the devices a person has not used for longest, beyond those kept. Uses known_devices_of_person."""
    await tx.execute(
        """
        DELETE FROM known_devices WHERE id IN (
            SELECT id FROM known_devices WHERE person_id = $1 ORDER BY last_used_at DESC OFFSET $2)
        """,
        person_id,
        kept,
    )


async def delete_devices_of(tx: Statements, person_id: str) -> None:
    """Forget the devices of a person."""
    await tx.execute("DELETE FROM known_devices WHERE person_id = $1", person_id)


async def delete_devices_unused_since(db: Statements, instant: datetime) -> None:
    """Forget devices that nobody used for long."""
    await db.execute("DELETE FROM known_devices WHERE last_used_at < $1", instant)
