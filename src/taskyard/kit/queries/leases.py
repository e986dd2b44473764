"""Statements on ``log.leases``. Time is the database's: leases are infrastructure, not business."""

from datetime import timedelta

from taskyard.kit.database import Statements


async def acquire_lease(db: Statements, name: str, holder: str, duration: timedelta) -> int | None:
    """Take a free or expired lease; its new number, or None when it is held."""
    number: int | None = await db.fetch_value(
        """
        INSERT INTO log.leases AS lease (name, holder, number, expires_at)
        VALUES ($1, $2, 1, clock_timestamp() + $3)
        ON CONFLICT (name) DO UPDATE
           SET holder = $2, number = lease.number + 1, expires_at = clock_timestamp() + $3
         WHERE lease.expires_at <= clock_timestamp()
        RETURNING number
        """,
        name,
        holder,
        duration,
    )
    return number


async def renew_lease(db: Statements, name: str, number: int, duration: timedelta) -> bool:
    """Prolong a lease that nobody has taken over since; whether it could be."""
    tag = await db.execute(
        "UPDATE log.leases SET expires_at = clock_timestamp() + $3 WHERE name = $1 AND number = $2",
        name,
        number,
        duration,
    )
    return tag == "UPDATE 1"


async def release_lease(db: Statements, name: str, number: int) -> None:
    """Expire a lease; the row stays, so that numbers only grow."""
    await db.execute(
        "UPDATE log.leases SET expires_at = clock_timestamp() WHERE name = $1 AND number = $2",
        name,
        number,
    )
