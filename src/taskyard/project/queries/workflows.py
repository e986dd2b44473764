"""Statements on workflows: which ways a project's tasks may go, and who may go them."""

import msgspec

from taskyard.kit.database import Statements
from taskyard.project.models.projects import Project
from taskyard.project.models.states import Transition, Workflow

ANY = ""
"""How the state that a transition starts from is stored where it is any."""
_FIND = """
    -- tenant: the project was found with the caller's permissions
    SELECT w.id::text, w.workspace_id::text, w.project_id::text, w.is_enforced,
           coalesce((
               SELECT jsonb_agg(jsonb_build_object(
                          'from', nullif(t.from_key, ''), 'to', t.to_key, 'required_fields', t.required_fields,
                          'roles', ARRAY(
                              SELECT coalesce(r.key, x.id::text) FROM unnest(t.role_ids) AS x (id)
                                LEFT JOIN roles r ON r.workspace_id = w.workspace_id AND r.id = x.id
                               ORDER BY r.permissions DESC NULLS LAST, r.key, x.id))
                      ORDER BY t.from_key, t.to_key)
                 FROM transitions t
                WHERE t.workspace_id = w.workspace_id AND t.project_id = w.project_id), '[]'),
           w.version
      FROM workflows w WHERE w.workspace_id = $1::uuid AND w.project_id = $2::uuid
"""


async def get_workflow(db: Statements, project: Project) -> Workflow:
    """The workflow of a project: every project has one."""
    row = await db.fetch_row(_FIND, project.workspace_id, project.id)
    if row is None:
        raise LookupError(f"project {project.id} has no workflow")
    return Workflow(
        id=row[0],
        workspace_id=row[1],
        project_id=row[2],
        is_enforced=row[3],
        transitions=msgspec.json.decode(row[4], type=list[Transition]),
        version=row[5],
    )


async def insert_workflow(tx: Statements, workflow: Workflow) -> None:
    """The workflow of a new project, without transitions."""
    await tx.execute(
        """
        -- tenant: the project is new
        INSERT INTO workflows (workspace_id, project_id, id, is_enforced) VALUES ($1::uuid, $2::uuid, $3::uuid, $4)
        """,
        workflow.workspace_id,
        workflow.project_id,
        workflow.id,
        workflow.is_enforced,
    )


async def update_workflow(tx: Statements, workflow: Workflow) -> None:
    """Write the present form of a workflow, its transitions apart."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        UPDATE workflows SET is_enforced = $3, version = $4 WHERE workspace_id = $1::uuid AND project_id = $2::uuid
        """,
        workflow.workspace_id,
        workflow.project_id,
        workflow.is_enforced,
        workflow.version,
    )


async def delete_transitions(tx: Statements, workflow: Workflow) -> None:
    """Forget every transition of a workflow."""
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions
        DELETE FROM transitions WHERE workspace_id = $1::uuid AND project_id = $2::uuid
        """,
        workflow.workspace_id,
        workflow.project_id,
    )


async def insert_transitions(tx: Statements, workflow: Workflow) -> None:
    """Store the transitions of a workflow that has none.

    A role that the workspace no longer has stays as its id, so that a way that was for its people is not for all.
    """
    await tx.execute(
        """
        -- tenant: the project is locked with the caller's permissions, or new
        INSERT INTO transitions (workspace_id, project_id, from_key, to_key, role_ids, required_fields)
        SELECT $1::uuid, $2::uuid, coalesce(t."from", ''), t."to",
               ARRAY(SELECT coalesce(r.id, x.key::uuid) FROM unnest(t.roles) AS x (key)
                       LEFT JOIN roles r ON r.workspace_id = $1::uuid AND r.key = x.key),
               t.required_fields
          FROM jsonb_to_recordset($3::jsonb) AS t ("from" text, "to" text, roles text[], required_fields text[])
        """,
        workflow.workspace_id,
        workflow.project_id,
        msgspec.json.encode(workflow.transitions).decode(),
    )


async def list_roles_held(db: Statements, project: Project, person_id: str) -> list[str]:
    """The keys of the roles that a person has in a project, the strongest first."""
    rows = await db.fetch(
        """
        -- tenant: the project was found with the caller's permissions
        SELECT r.key FROM roles r
         WHERE r.workspace_id = $1::uuid
           AND EXISTS (SELECT FROM project.roles_held_v1 h
                        WHERE h.workspace_id = $1::uuid AND h.project_id = $2::uuid AND h.person_id = $3::uuid
                          AND h.role_id = r.id)
         ORDER BY r.permissions DESC, r.key
        """,
        project.workspace_id,
        project.id,
        person_id,
    )
    return [row[0] for row in rows]
