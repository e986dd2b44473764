"""Counts of people and sessions for monitoring, each up to a bound."""

from datetime import datetime

from taskyard.kit.database import Statements
from taskyard.kit.queries.census import MOST


async def count_people(db: Statements) -> int:
    """How many accounts there are."""
    count: int = await db.fetch_value("SELECT count(*) FROM (SELECT FROM people LIMIT $1) AS people", MOST)
    return count


async def count_live_sessions(db: Statements, at: datetime) -> int:
    """How many sign-ins are neither ended nor expired."""
    count: int = await db.fetch_value(
        """
        SELECT count(*) FROM
            (SELECT FROM sessions WHERE revoked_at IS NULL AND expires_at > $1 LIMIT $2) AS live
        """,
        at,
        MOST,
    )
    return count
