"""Who does not see a project, and so can be neither given its tasks nor mentioned in it."""

from taskyard.contracts.access import CAN_IN_PROJECT, PERSON, Permission
from taskyard.kit.database import Statements
from taskyard.task.models.comments import Comment
from taskyard.task.models.tasks import Task

_SEES = CAN_IN_PROJECT.format(row="p", who="named.id", projects="NULL", needed=int(Permission.PROJECT_VIEW))
OUTSIDERS = f"""ARRAY(
    SELECT named.id::text FROM unnest({{ids}}::uuid[]) AS named (id)
     WHERE named.id <> {PERSON.format(who="named.id")} OR NOT {_SEES}
)"""
"""Those of the people ``ids`` who do not see the project ``p`` of the statement. An access id is no person."""
_LIST = f"""
    SELECT {OUTSIDERS.format(ids="$3")} FROM project.projects_v1 p WHERE p.workspace_id = $1 AND p.project_id = $2
"""


async def list_outsiders(db: Statements, named_in: Task | Comment, person_ids: list[str]) -> list[str]:
    """Those of some people who do not see the project of a task or comment."""
    outsiders: list[str] = await db.fetch_value(_LIST, named_in.workspace_id, named_in.project_id, person_ids)
    return outsiders
