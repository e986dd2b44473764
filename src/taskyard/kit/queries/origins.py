"""Statements on where events were caused from."""

from datetime import datetime

from taskyard.kit.database import Statements


async def delete_origins_before(db: Statements, instant: datetime) -> None:
    """Forget where old events were caused from. Uses event_origins_by_age."""
    await db.execute("DELETE FROM log.event_origins WHERE at < $1", instant)
