"""Statements on a service's own ``fences``. Time is the database's: locks are infrastructure, not business."""

from datetime import timedelta

from taskyard.kit.database import Statements

_TAKE = """
    INSERT INTO fences AS fence (name, number, held_until) VALUES ($1, 1, clock_timestamp() + $2)
    ON CONFLICT (name) DO UPDATE SET number = fence.number + 1, held_until = clock_timestamp() + $2
"""


async def raise_fence(db: Statements, name: str, duration: timedelta) -> int:
    """The next number, whoever had the one before: what they write from now on fails."""
    number: int = await db.fetch_value(f"{_TAKE} RETURNING number", name, duration)
    return number


async def raise_free_fence(db: Statements, name: str, duration: timedelta) -> int | None:
    """The next number where nobody holds the one before, or not any more; None where somebody does."""
    number: int | None = await db.fetch_value(
        f"{_TAKE} WHERE fence.held_until <= clock_timestamp() RETURNING number", name, duration
    )
    return number


async def hold_fence(db: Statements, name: str, number: int, duration: timedelta) -> bool:
    """Hold a number for so long from now; False when there is a higher one."""
    tag = await db.execute(
        "UPDATE fences SET held_until = clock_timestamp() + $3 WHERE name = $1 AND number = $2", name, number, duration
    )
    return tag == "UPDATE 1"


async def is_behind_fence(tx: Statements, name: str, number: int) -> bool:
    """Whether a number is still the highest; nobody gets a higher one before this transaction ends."""
    return bool(await tx.fetch_value("SELECT true FROM fences WHERE name = $1 AND number = $2 FOR SHARE", name, number))
