"""Why somebody who signed in without a second factor is not shown what there is."""

from taskyard.contracts.access import (
    CAN_AT_TASK,
    DEMANDED_TASKS,
    DEMANDED_WORKSPACE,
    PERMISSIONS_IN_WORKSPACE,
    Permission,
)
from taskyard.kit.database import Statements
from taskyard.kit.ids import is_id

_HELD = PERMISSIONS_IN_WORKSPACE.format(workspace="x.workspace_id", who="$1")
_SEEN = CAN_AT_TASK.format(row="x", task="x.task_id", who="$1", projects="NULL", needed=int(Permission.PROJECT_VIEW))
_FIND = DEMANDED_WORKSPACE.format(
    elsewhere=f"""{DEMANDED_TASKS.format(tasks="task.headlines_v1")}
            OR EXISTS (SELECT FROM webhooks x
                        WHERE x.workspace_id = w.workspace_id AND x.id = ANY($3::uuid[]) AND x.deleted_at IS NULL
                          AND {_HELD} & {Permission.WORKSPACE_VIEW:d} <> 0)
            OR EXISTS (SELECT FROM notifications x
                        WHERE x.workspace_id = w.workspace_id AND x.id = ANY($3::uuid[]) AND x.person_id = $1::uuid
                          AND {_SEEN})"""
)


async def find_demanding_workspace(db: Statements, person_id: str, names: list[str]) -> str | None:
    """The name of the workspace that asks for a second factor before it shows them what is named; None for none."""
    name: str | None = await db.fetch_value(_FIND, person_id, names, [name for name in names if is_id(name)])
    return name
