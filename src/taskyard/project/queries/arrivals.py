"""Statements on what comes from elsewhere."""

from collections.abc import Sequence

from taskyard.kit.database import Statements

_TABLES = ("projects", "states", "workflows", "labels", "fields", "milestones", "iterations", "templates")
_PRESENT = "-- tenant: says only which ids are taken, inside the workspace they are made for\n" + " UNION ALL ".join(
    f"SELECT x.id::text FROM {table} x WHERE x.workspace_id = $1::uuid AND x.id = ANY($2::uuid[])" for table in _TABLES
)


async def list_present(tx: Statements, workspace_id: str, ids: Sequence[str]) -> list[str]:
    """Those of some ids under which there is or was something in a workspace."""
    return [row[0] for row in await tx.fetch(_PRESENT, workspace_id, ids)]
