"""Who does not see a project or a task, and so can be neither given it nor mentioned there."""

from taskyard.contracts.access import CAN_BY_GRANT, CAN_IN_PROJECT, PERSON, Permission
from taskyard.kit.database import Statements
from taskyard.task.models.comments import Comment
from taskyard.task.models.tasks import Task

_PERSON = PERSON.format(who="named.id")
_SEES = CAN_IN_PROJECT.format(row="p", who="named.id", projects="NULL", needed=int(Permission.PROJECT_VIEW))
OUTSIDERS = f"""ARRAY(
    SELECT named.id::text FROM unnest({{ids}}::uuid[]) AS named (id)
     WHERE named.id <> {_PERSON} OR NOT {_SEES}
)"""
"""Those of the people ``ids`` who do not see the project ``p`` of the statement. An access id is no person."""
_GIVEN = CAN_BY_GRANT.format(
    row="p", task="{task}", who="named.id", projects="NULL", needed=int(Permission.PROJECT_VIEW)
)
OUTSIDERS_OF_TASK = f"""ARRAY(
    SELECT named.id::text FROM unnest({{ids}}::uuid[]) AS named (id)
     WHERE named.id <> {_PERSON} OR NOT ({_SEES} OR {_GIVEN})
)"""
"""Those of them who do not see the task ``task`` of that project either."""
_LIST = f"""
    SELECT {OUTSIDERS_OF_TASK.format(ids="$3", task="$4::uuid")}
      FROM project.projects_v1 p WHERE p.workspace_id = $1 AND p.project_id = $2
"""


async def list_outsiders(db: Statements, named_in: Task | Comment, person_ids: list[str]) -> list[str]:
    """Those of some people who do not see a task, or that of a comment."""
    task_id = named_in.id if isinstance(named_in, Task) else named_in.task_id
    outsiders: list[str] = await db.fetch_value(_LIST, named_in.workspace_id, named_in.project_id, person_ids, task_id)
    return outsiders
