"""Statements on views and recurrences that come from elsewhere with a whole workspace."""

from taskyard.contracts.access import CAN_IN_PROJECT, Permission
from taskyard.kit.database import Statements
from taskyard.kit.json_response import encode_json
from taskyard.kit.principal import Principal
from taskyard.task.models.recurrences import Recurrence
from taskyard.task.models.views import View

_OF_PROJECT = f"""
      FROM project.projects_v1 p
     WHERE p.workspace_id = $3 AND p.project_id = $4
       AND {CAN_IN_PROJECT.format(row="p", who="$1", projects="$2", needed=int(Permission.PROJECT_EDIT))}
    ON CONFLICT DO NOTHING
"""
_INSERT_VIEW = f"""
    INSERT INTO views (workspace_id, project_id, id, name, filter, sort, layout, columns, is_shared, created_by,
                       created_at, updated_at)
    SELECT p.workspace_id, p.project_id, $5, $6, $7, $8, $9, $10, true, $11, $12, $13 {_OF_PROJECT}
"""
_INSERT_RECURRENCE = f"""
    INSERT INTO recurrences (workspace_id, project_id, id, rule, starts_on, at, time_zone, task, state, problem,
                             next_on, last_on, last_task_id, created_by, created_at, updated_at)
    SELECT p.workspace_id, p.project_id, $5, $6, $7, $8, $9, $10::jsonb, $11, $12, $13, $14, $15, $16, $17, $18
    {_OF_PROJECT}
"""


async def insert_view(tx: Statements, caller: Principal, one: View) -> bool:
    """Store a shared view; False where the caller does not run its project."""
    tag = await tx.execute(
        _INSERT_VIEW,
        *(caller.access_id, caller.project_ids, one.workspace_id, one.project_id, one.id),
        *(one.name, one.filter, one.sort, one.layout, one.columns, one.created_by, one.created_at, one.updated_at),
    )
    return tag == "INSERT 0 1"


async def insert_recurrence(tx: Statements, caller: Principal, one: Recurrence) -> bool:
    """Store a recurrence; False where the caller does not run its project."""
    tag = await tx.execute(
        _INSERT_RECURRENCE,
        *(caller.access_id, caller.project_ids, one.workspace_id, one.project_id, one.id),
        *(
            one.rule,
            one.starts_on,
            one.at,
            one.time_zone,
            encode_json(one.task).decode(),
            one.state,
            one.problem,
            one.next_on,
            one.last_on,
        ),
        *(one.last_task_id, one.created_by, one.created_at, one.updated_at),
    )
    return tag == "INSERT 0 1"
