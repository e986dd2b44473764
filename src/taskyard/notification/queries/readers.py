"""What people may see and are concerned by, asked for all of them at once."""

from typing import TypeAlias

from taskyard.contracts.access import Permission
from taskyard.kit.database import Statements

Whereabouts: TypeAlias = tuple[str, str | None]
"""A workspace, and a project in it or None for the workspace itself."""


async def list_viewers(
    db: Statements, whereabouts: list[Whereabouts], person_ids: list[str]
) -> list[tuple[Whereabouts, str]]:
    """Which of some people may see events of which places, as pairs."""
    rows = await db.fetch(
        f"""
        WITH place AS (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS p (workspace_id, project_id)),
        subject AS (SELECT * FROM project.subjects_v1 WHERE person_id = ANY($3::uuid[]))
        SELECT p.workspace_id::text, p.project_id::text, s.person_id::text
          FROM place p
          JOIN project.access_v1 a ON a.workspace_id = p.workspace_id AND a.project_id = p.project_id
          JOIN subject s ON s.subject_id = a.subject_id AND s.workspace_id = a.workspace_id
         WHERE a.permissions & {Permission.PROJECT_VIEW:d} <> 0
        UNION
        SELECT p.workspace_id::text, NULL, s.person_id::text
          FROM place p
          JOIN project.workspace_access_v1 a ON a.workspace_id = p.workspace_id
          JOIN subject s ON s.subject_id = a.subject_id AND s.workspace_id = a.workspace_id
         WHERE p.project_id IS NULL AND a.permissions & {Permission.WORKSPACE_VIEW:d} <> 0
        """,
        [workspace_id for workspace_id, _ in whereabouts],
        [project_id for _, project_id in whereabouts],
        person_ids,
    )
    return [((row[0], row[1]), row[2]) for row in rows]


async def list_revoked(db: Statements, session_ids: list[str]) -> list[str]:
    """Those of some sessions that were revoked."""
    rows = await db.fetch(
        "SELECT session_id::text FROM auth.revoked_sessions_v1 WHERE session_id = ANY($1::uuid[])", session_ids
    )
    return [row[0] for row in rows]
