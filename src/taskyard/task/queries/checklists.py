"""Statements on the steps of tasks. Whoever asks is part of each; the project is that of the task."""

from collections.abc import Sequence

import msgspec

from taskyard.contracts.access import CAN_AT_TASK, PERMISSIONS_AT_TASK, Permission
from taskyard.contracts.task import CHECKLIST_ITEM_CREATED
from taskyard.kit.changelog import announce_rows
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.principal import Principal
from taskyard.kit.queries.changelog import with_events
from taskyard.task.models.anchors import Footing
from taskyard.task.models.checklists import ChecklistItem, LockedItem
from taskyard.task.queries.anchors import ARCHIVED

_ITEM = """
    i.id::text, i.workspace_id::text, t.project_id::text, i.task_id::text, i.title, i.is_done, i.rank,
    i.created_by::text, i.created_at, i.updated_at, i.version
"""
_WITH_TASK = "checklist_items i JOIN tasks t ON t.workspace_id = i.workspace_id AND t.id = i.task_id"
_SEES = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_PERMISSIONS = PERMISSIONS_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2")
_LIST = f"""
    SELECT {_ITEM} FROM {_WITH_TASK}
     WHERE t.id = $3 AND t.deleted_at IS NULL AND i.deleted_at IS NULL AND i.rank > $4 AND {_SEES}
     ORDER BY i.rank LIMIT $5
"""  # by checklist_items_of_task
_FIND = f"""
    SELECT {_ITEM} FROM {_WITH_TASK}
     WHERE t.id = $3 AND i.id = $4 AND t.deleted_at IS NULL AND i.deleted_at IS NULL AND {_SEES}
"""
_LOCK = f"""
    SELECT {_ITEM}, {ARCHIVED}, {_PERMISSIONS}
      FROM {_WITH_TASK}
      JOIN project.projects_v1 p ON p.workspace_id = t.workspace_id AND p.project_id = t.project_id
     WHERE t.id = $3 AND i.id = $4 AND t.deleted_at IS NULL AND i.deleted_at IS NULL
       FOR NO KEY UPDATE OF t, i
"""
_RANKS = """
    -- tenant: the task was locked with the caller's permissions by lock_anchor or lock_item
    SELECT i.id::text, i.rank FROM checklist_items i
     WHERE i.workspace_id = $1 AND i.task_id = $2 AND i.deleted_at IS NULL ORDER BY i.rank
"""
_INSERT = """
    -- tenant: the task was locked with the caller's permissions by lock_anchor
    INSERT INTO checklist_items (workspace_id, id, task_id, title, rank, created_by, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
"""
_INSERT_ALL = f"""
    -- tenant: the task was locked with the caller's permissions by lock_anchor
    WITH given AS (
        SELECT i.*, g.data
          FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS g (data, place)
         CROSS JOIN LATERAL jsonb_to_record(g.data) AS i (workspace_id uuid, project_id uuid, task_id uuid, id uuid,
             title text, rank text, created_by uuid, created_at timestamptz, version integer)
         ORDER BY g.place
    ), written AS (
        INSERT INTO checklist_items (workspace_id, id, task_id, title, rank, created_by, created_at, updated_at)
        SELECT workspace_id, id, task_id, title, rank, created_by, created_at, created_at FROM given
    ), announced AS (
        SELECT workspace_id, project_id, NULL::uuid AS audience_id, id AS resource_id, version, data FROM given
    ), {with_events("announced", 2)}
    SELECT count(*) FROM event
"""
_UPDATE = """
    -- tenant: the item was locked with the caller's permissions by lock_item
    UPDATE checklist_items SET title = $3, is_done = $4, rank = $5, updated_at = $6, version = $7
     WHERE workspace_id = $1 AND id = $2
"""
_DELETE = """
    -- tenant: the item was locked with the caller's permissions by lock_item
    UPDATE checklist_items SET deleted_at = $3, updated_at = $3, version = $4 WHERE workspace_id = $1 AND id = $2
"""


async def list_items(db: Statements, caller: Principal, task_id: str, after: str, limit: int) -> list[ChecklistItem]:
    """One page of a visible task's steps, in their order."""
    rows = await db.fetch(_LIST, caller.access_id, caller.project_ids, task_id, after, limit)
    return [ChecklistItem(*row) for row in rows]


async def find_item(db: Statements, caller: Principal, task_id: str, item_id: str) -> ChecklistItem | None:
    """One step of a visible task."""
    row = await db.fetch_row(_FIND, caller.access_id, caller.project_ids, task_id, item_id)
    return None if row is None else ChecklistItem(*row)


async def lock_item(tx: Statements, caller: Principal, task_id: str, item_id: str) -> LockedItem | None:
    """One step, locked together with its task, so that nobody else moves any of the list."""
    row = await tx.fetch_row(_LOCK, caller.access_id, caller.project_ids, task_id, item_id)
    return None if row is None else LockedItem(ChecklistItem(*row[:-2]), Footing(*row[-2:]))


async def list_ranks(tx: Statements, workspace_id: str, task_id: str) -> list[tuple[str, str]]:
    """The ids and ranks of all steps of a locked task, in their order."""
    return [(row[0], row[1]) for row in await tx.fetch(_RANKS, workspace_id, task_id)]


async def insert_item(tx: Statements, item: ChecklistItem) -> None:
    """Store a new step of a locked task."""
    names = (item.workspace_id, item.id, item.task_id)
    await tx.execute(_INSERT, *names, item.title, item.rank, item.created_by, item.created_at)


async def insert_items(tx: Transaction, items: Sequence[ChecklistItem]) -> None:
    """Store the first steps of a locked task, and announce them, in their order."""
    await announce_rows(tx, CHECKLIST_ITEM_CREATED, _INSERT_ALL, msgspec.json.encode(items).decode())


async def update_item(tx: Statements, item: ChecklistItem) -> None:
    """Store the next version of a locked step."""
    values = (item.title, item.is_done, item.rank, item.updated_at, item.version)
    await tx.execute(_UPDATE, item.workspace_id, item.id, *values)


async def mark_deleted(tx: Statements, item: ChecklistItem) -> None:
    """Take a locked step off the list."""
    await tx.execute(_DELETE, item.workspace_id, item.id, item.updated_at, item.version)
