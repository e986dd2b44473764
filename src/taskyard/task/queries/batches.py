"""Statements on many tasks at once."""

from taskyard.contracts.access import CAN_AT_TASK, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal

_SEES = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_LOCK = f"SELECT t.id FROM tasks t WHERE t.id = ANY($3::uuid[]) AND {_SEES} ORDER BY t.id FOR UPDATE OF t"


async def lock_tasks(tx: Statements, caller: Principal, task_ids: list[str]) -> None:
    """Lock those tasks that the caller sees, always in the same order, so that batches never wait in a circle."""
    await tx.execute(_LOCK, caller.access_id, caller.project_ids, task_ids)
