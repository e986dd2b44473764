"""The access relation, rebuilt from its causes: the one place that writes ``access`` and ``subjects``.

Causes of ``access``: a project that is not in the trash, its visibility, the workspace's roles, and
roles given in the project itself. A role that may manage members sees private projects too; a role
without WORKSPACE_VIEW (guest) sees none by itself. The public sees public ones that are not archived. Causes of
``subjects``: memberships and teams; the public is none of its people, and let in by a trigger on the workspace.

Whoever changes a cause locks the workspace first, so that two rebuilds never see half of each other.
"""

from taskyard.contracts.access import IN_PROJECT, Permission
from taskyard.contracts.public import THE_PUBLIC
from taskyard.kit.database import Statements

_REBUILD_ACCESS = """
    -- tenant: rebuilt in the transaction of a cause, while the workspace is locked
    WITH causes AS (
        SELECT p.workspace_id, p.id AS project_id, r.id AS subject_id, r.permissions & {in_project} AS permissions
          FROM projects p
          JOIN workspaces w ON w.id = p.workspace_id AND w.deleted_at IS NULL
          JOIN roles r ON r.workspace_id = p.workspace_id
         WHERE p.deleted_at IS NULL
           AND (r.permissions & {sees_private} <> 0
                OR p.visibility <> 'private' AND r.permissions & {sees_workspace} <> 0)
         UNION ALL
        SELECT p.workspace_id, p.id, m.subject_id, r.permissions & {in_project}
          FROM project_members m
          JOIN projects p ON p.workspace_id = m.workspace_id AND p.id = m.project_id AND p.deleted_at IS NULL
          JOIN workspaces w ON w.id = p.workspace_id AND w.deleted_at IS NULL
          JOIN roles r ON r.workspace_id = m.workspace_id AND r.id = m.role_id
         UNION ALL
        SELECT p.workspace_id, p.id, '{the_public}'::uuid, {view}
          FROM projects p
          JOIN workspaces w ON w.id = p.workspace_id AND w.deleted_at IS NULL
         WHERE p.deleted_at IS NULL AND p.archived_at IS NULL AND p.visibility = 'public'
    ), wanted AS (
        SELECT * FROM causes WHERE workspace_id = $1 AND {column} = $2 AND permissions <> 0
    ), gone AS (
        DELETE FROM access a
         WHERE a.workspace_id = $1 AND {column} = $2
           AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.project_id = a.project_id AND w.subject_id = a.subject_id)
    )
    INSERT INTO access (workspace_id, project_id, subject_id, permissions)
    SELECT workspace_id, project_id, subject_id, permissions FROM wanted
    ON CONFLICT (workspace_id, project_id, subject_id) DO UPDATE SET permissions = EXCLUDED.permissions
     WHERE access.permissions <> EXCLUDED.permissions
"""

_REBUILD_SUBJECTS = """
    -- tenant: rebuilt in the transaction of a cause, while the workspace is locked
    WITH causes AS (
        SELECT m.workspace_id, m.person_id, s.subject_id
          FROM members m
          JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
         CROSS JOIN LATERAL (VALUES (m.person_id), (m.role_id)) AS s (subject_id)
         UNION ALL
        SELECT tm.workspace_id, tm.person_id, tm.team_id
          FROM team_members tm
          JOIN teams t ON t.workspace_id = tm.workspace_id AND t.id = tm.team_id AND t.deleted_at IS NULL
          JOIN workspaces w ON w.id = tm.workspace_id AND w.deleted_at IS NULL
    ), wanted AS (
        SELECT * FROM causes WHERE workspace_id = $1 AND {column} = $2
    ), gone AS (
        DELETE FROM subjects s
         WHERE s.workspace_id = $1 AND {column} = $2
           AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.person_id = s.person_id AND w.subject_id = s.subject_id)
    )
    INSERT INTO subjects (workspace_id, person_id, subject_id)
    SELECT workspace_id, person_id, subject_id FROM wanted
    ON CONFLICT (person_id, workspace_id, subject_id) DO NOTHING
"""


def _access_by(column: str) -> str:
    return _REBUILD_ACCESS.format(
        column=column,
        in_project=int(IN_PROJECT),
        sees_private=int(Permission.WORKSPACE_MEMBERS),
        sees_workspace=int(Permission.WORKSPACE_VIEW),
        the_public=THE_PUBLIC.id,
        view=int(Permission.PROJECT_VIEW),
    )


_ACCESS_OF_PROJECT = _access_by("project_id")
_ACCESS_OF_SUBJECT = _access_by("subject_id")
_ACCESS_OF_WORKSPACE = _access_by("workspace_id")
_SUBJECTS_OF_PERSON = _REBUILD_SUBJECTS.format(column="person_id")
_SUBJECTS_OF_TEAM = _REBUILD_SUBJECTS.format(column="subject_id")
_SUBJECTS_OF_WORKSPACE = _REBUILD_SUBJECTS.format(column="workspace_id")


async def lock_workspace(tx: Statements, workspace_id: str) -> None:
    """Change who may see what in a workspace one after another. Creating tasks does not wait for it."""
    await tx.execute(
        """
        -- tenant: reads nothing; what the caller may do is found under this lock
        SELECT 1 FROM workspaces WHERE id = $1::uuid FOR NO KEY UPDATE
        """,
        workspace_id,
    )


async def rebuild_access_of_project(tx: Statements, workspace_id: str, project_id: str) -> None:
    """After a project was created, archived, trashed, restored, opened or closed, or its own members changed."""
    await tx.execute(_ACCESS_OF_PROJECT, workspace_id, project_id)


async def rebuild_access_of_subject(tx: Statements, workspace_id: str, subject_id: str) -> None:
    """After a person or team lost its own roles in projects."""
    await tx.execute(_ACCESS_OF_SUBJECT, workspace_id, subject_id)


async def rebuild_access_of_workspace(tx: Statements, workspace_id: str) -> None:
    """After a workspace was trashed."""
    await tx.execute(_ACCESS_OF_WORKSPACE, workspace_id, workspace_id)


async def rebuild_subjects_of_person(tx: Statements, workspace_id: str, person_id: str) -> None:
    """After somebody joined or left a workspace or a team, or changed role."""
    await tx.execute(_SUBJECTS_OF_PERSON, workspace_id, person_id)


async def rebuild_subjects_of_team(tx: Statements, workspace_id: str, team_id: str) -> None:
    """After a team was dissolved."""
    await tx.execute(_SUBJECTS_OF_TEAM, workspace_id, team_id)


async def rebuild_subjects_of_workspace(tx: Statements, workspace_id: str) -> None:
    """After a workspace was trashed."""
    await tx.execute(_SUBJECTS_OF_WORKSPACE, workspace_id, workspace_id)


async def list_sights(
    tx: Statements, workspace_id: str, project_ids: list[str] | None, person_ids: list[str] | None
) -> list[tuple[str, str | None]]:
    """Who sees which project of a workspace, and with None who belongs to it; of some projects and people only."""
    rows = await tx.fetch(
        f"""
        -- tenant: asked while the workspace is locked, before and after a change of who may see what
        SELECT s.person_id::text, NULL::text FROM subjects s
         WHERE s.workspace_id = $1 AND ($3::uuid[] IS NULL OR s.person_id = ANY($3::uuid[]))
         UNION
        SELECT s.person_id::text, a.project_id::text
          FROM access a JOIN subjects s ON s.workspace_id = a.workspace_id AND s.subject_id = a.subject_id
         WHERE a.workspace_id = $1 AND a.permissions & {Permission.PROJECT_VIEW:d} <> 0
           AND ($2::uuid[] IS NULL OR a.project_id = ANY($2::uuid[]))
           AND ($3::uuid[] IS NULL OR s.person_id = ANY($3::uuid[]))
        """,
        workspace_id,
        project_ids,
        person_ids,
    )
    return [(row[0], row[1]) for row in rows]
