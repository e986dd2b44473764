"""What people, named by access id, may see; asked for all of them at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from taskyard.contracts.access import PERSON, Permission
from taskyard.kit.database import Statements

Whereabouts: TypeAlias = tuple[str, str | None]
"""A workspace, and a project in it or None for the workspace itself."""


async def list_viewers(
    db: Statements, whereabouts: list[Whereabouts], access_ids: list[str]
) -> list[tuple[Whereabouts, str]]:
    """Which of some people may see events of which places, as pairs."""
    rows = await db.fetch(
        f"""
        WITH place AS (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS p (workspace_id, project_id)),
        subject AS (SELECT * FROM project.subjects_v2 WHERE access_id = ANY($3::uuid[]))
        SELECT p.workspace_id::text, p.project_id::text, s.access_id::text
          FROM place p
          JOIN project.access_v1 a ON a.workspace_id = p.workspace_id AND a.project_id = p.project_id
          JOIN subject s ON s.subject_id = a.subject_id AND s.workspace_id = a.workspace_id
         WHERE a.permissions & {Permission.PROJECT_VIEW:d} <> 0
        UNION
        SELECT p.workspace_id::text, NULL, s.access_id::text
          FROM place p
          JOIN project.workspace_access_v1 a ON a.workspace_id = p.workspace_id
          JOIN subject s ON s.subject_id = a.subject_id AND s.workspace_id = a.workspace_id
         WHERE p.project_id IS NULL AND a.permissions & {Permission.WORKSPACE_VIEW:d} <> 0
        """,
        [workspace_id for workspace_id, _ in whereabouts],
        [project_id for _, project_id in whereabouts],
        access_ids,
    )
    return [((row[0], row[1]), row[2]) for row in rows]


async def list_visible(db: Statements, wanted: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Those of some pairs of a person and a project where the person sees it, with the workspace of the project."""
    rows = await db.fetch(
        f"""
        SELECT DISTINCT w.access_id::text, w.project_id::text, a.workspace_id::text
          FROM unnest($1::uuid[], $2::uuid[]) AS w (access_id, project_id)
          JOIN project.subjects_v2 s ON s.access_id = w.access_id
          JOIN project.access_v1 a ON a.workspace_id = s.workspace_id AND a.project_id = w.project_id
                                  AND a.subject_id = s.subject_id
         WHERE a.permissions & {Permission.PROJECT_VIEW:d} <> 0
        """,
        [access_id for access_id, _ in wanted],
        [project_id for _, project_id in wanted],
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def list_access_versions(db: Statements, workspace_ids: list[str]) -> dict[str, int]:
    """The version of access in each of some workspaces; it grows with every change of who may see what there."""
    rows = await db.fetch(
        "SELECT workspace_id::text, version FROM project.access_versions_v1 WHERE workspace_id = ANY($1::uuid[])",
        workspace_ids,
    )
    return {row[0]: row[1] for row in rows}


async def list_shut_out(db: Statements, workspace_ids: list[str], access_ids: list[str]) -> list[str]:
    """Who of some people belongs to one of some workspaces that is open only to their sign-ins with a second factor."""
    rows = await db.fetch(
        f"""
        SELECT DISTINCT a.access_id::text
          FROM unnest($2::uuid[]) AS a (access_id)
          JOIN project.subjects_v1 s ON s.person_id = {PERSON.format(who="a.access_id")}
         WHERE s.workspace_id = ANY($1::uuid[]) AND s.person_id <> a.access_id
           AND NOT EXISTS (SELECT FROM project.subjects_v2 v
                            WHERE v.access_id = a.access_id AND v.workspace_id = s.workspace_id)
        """,
        workspace_ids,
        access_ids,
    )
    return [row[0] for row in rows]


async def list_revoked(db: Statements, credential_ids: list[str]) -> list[str]:
    """Those of some sessions, API keys and OAuth clients that were revoked or deleted."""
    rows = await db.fetch(
        """
        SELECT credential_id::text FROM auth.revoked_credentials_v3 WHERE credential_id = ANY($1::uuid[])
        UNION ALL SELECT client_id::text FROM auth.deleted_clients_v1 WHERE client_id = ANY($1::uuid[])
        """,
        credential_ids,
    )
    return [row[0] for row in rows]


async def list_changed(db: Statements, opened: Mapping[str, datetime]) -> list[str]:
    """Those of some API keys that were changed since an instant each; a second before it counts, for clocks differ."""
    rows = await db.fetch(
        """
        SELECT c.credential_id::text
          FROM unnest($1::uuid[], $2::timestamptz[]) AS o (credential_id, opened_at)
          JOIN auth.changed_credentials_v1 c ON c.credential_id = o.credential_id
         WHERE c.version > 1 AND c.changed_at > o.opened_at - interval '1 second'
        """,
        list(opened),
        list(opened.values()),
    )
    return [row[0] for row in rows]
