"""Counts of workspaces and projects for monitoring, each up to a bound."""

from taskyard.kit.database import Statements
from taskyard.kit.queries.census import MOST


async def count_workspaces(db: Statements) -> int:
    """How many workspaces there are."""
    count: int = await db.fetch_value(
        """
        -- tenant: a number of the whole installation, shown to nobody but its operator
        SELECT count(*) FROM (SELECT FROM workspaces WHERE deleted_at IS NULL LIMIT $1) AS workspaces
        """,
        MOST,
    )
    return count


async def count_projects(db: Statements) -> int:
    """How many projects there are."""
    count: int = await db.fetch_value(
        """
        -- tenant: as above
        SELECT count(*) FROM (SELECT FROM projects WHERE deleted_at IS NULL LIMIT $1) AS projects
        """,
        MOST,
    )
    return count
