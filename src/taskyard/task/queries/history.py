"""Statements on the change log as the history of tasks. Who sees a task sees what happened to it."""

from datetime import datetime

import msgspec
from asyncpg import Record

from taskyard.contracts.access import CAN_AT_TASK, PERSON, Permission
from taskyard.kit.changelog import FieldChange
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.history import Activity, CommentVersion, NumberedChange, PastChange

_PERSON = PERSON.format(who="$1")
_SEES = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_PAGE = "id, type, resource_id, version, actor_id, at, origin, request_id, changes"
_LIST = f"""
    SELECT h.id::text, h.type, h.resource_id::text, h.version, h.actor_id::text, h.at, h.origin, h.request_id,
           CASE WHEN h.type LIKE 'comment.%' THEN '{{}}' ELSE h.changes END
      FROM tasks t CROSS JOIN LATERAL (
          SELECT * FROM (
              (SELECT {_PAGE} FROM log.history_v1 e
                WHERE e.resource_id = t.id AND e.id < $4 ORDER BY e.id DESC LIMIT $5)
              UNION ALL
              (SELECT {_PAGE} FROM log.history_v1 e
                WHERE e.task_id = t.id::text AND e.audience_id IS NULL AND e.id < $4 ORDER BY e.id DESC LIMIT $5)
          ) both_kinds ORDER BY id DESC LIMIT $5
      ) h
     WHERE t.id = $3 AND t.deleted_at IS NULL AND {_SEES}
     ORDER BY h.id DESC
"""  # by events_of_resource and events_about_task
_AS_OF = f"""
    SELECT h.type, h.data
      FROM tasks t CROSS JOIN LATERAL (
          SELECT type, data FROM log.history_v1 e
           WHERE e.resource_id = t.id AND (e.data ->> 'updated_at')::timestamptz <= $4 ORDER BY e.id DESC LIMIT 1
      ) h
     WHERE t.id = $3 AND {_SEES}
"""  # by events_of_resource
_VERSIONS = f"""
    SELECT h.version, h.data ->> 'body', h.actor_id::text, h.at
      FROM comments c
      JOIN tasks t ON t.workspace_id = c.workspace_id AND t.id = c.task_id
      JOIN log.history_v1 h ON h.resource_id = c.id
     WHERE c.id = $3 AND c.deleted_at IS NULL AND t.deleted_at IS NULL AND h.version < $4 AND {_SEES}
     ORDER BY h.version DESC LIMIT $5
"""  # by events_of_resource
_CHANGE = "h.id, h.type, t.id::text, t.workspace_id::text, h.request_id, h.actor_id::text, h.changes"
_FIND = f"""
    SELECT {_CHANGE} FROM log.history_v1 h JOIN tasks t ON t.id IN (h.resource_id, h.task_id::uuid)
     WHERE h.id = $3 AND h.audience_id IS NULL AND {_SEES}
"""
_OF_REQUEST = f"""
    SELECT {_CHANGE} FROM log.history_v1 h JOIN tasks t ON t.id = h.resource_id
     WHERE h.request_id = $3 AND h.actor_id = {_PERSON} AND {_SEES}
     ORDER BY h.id DESC LIMIT $4
"""  # by events_of_request
_NUMBERS = f"""
    SELECT h.id, t.id::text, t.workspace_id::text FROM log.history_v1 h JOIN tasks t ON t.id = h.resource_id
     WHERE h.request_id = $3 AND h.actor_id = {_PERSON} AND {_SEES}
     ORDER BY h.id DESC LIMIT $4
"""  # by events_of_request
_decode = msgspec.json.Decoder(dict[str, FieldChange]).decode


async def list_activity(db: Statements, caller: Principal, task_id: str, before: int, limit: int) -> list[Activity]:
    """One page of what happened to a visible task, latest first; what comments said is no part of it."""
    rows = await db.fetch(_LIST, caller.access_id, caller.project_ids, task_id, before, limit)
    return [_activity(row) for row in rows]


async def find_as_of(db: Statements, caller: Principal, task_id: str, at: datetime) -> tuple[str, str] | None:
    """The last event of a task until some instant, by type, and the task after it."""
    row = await db.fetch_row(_AS_OF, caller.access_id, caller.project_ids, task_id, at)
    return None if row is None else (row[0], row[1])


async def list_versions(
    db: Statements, caller: Principal, comment_id: str, before: int, limit: int
) -> list[CommentVersion]:
    """One page of what a visible comment says and said, latest first."""
    rows = await db.fetch(_VERSIONS, caller.access_id, caller.project_ids, comment_id, before, limit)
    return [CommentVersion(*row) for row in rows]


async def find_change(tx: Statements, caller: Principal, change_id: int) -> PastChange | None:
    """A change of a task that the caller sees, or of what hangs on it."""
    row = await tx.fetch_row(_FIND, caller.access_id, caller.project_ids, change_id)
    return None if row is None else _change(row)


async def list_changes_of_request(tx: Statements, caller: Principal, request_id: str, limit: int) -> list[PastChange]:
    """What the caller changed in tasks they see in one request, latest first."""
    return [
        _change(row) for row in await tx.fetch(_OF_REQUEST, caller.access_id, caller.project_ids, request_id, limit)
    ]


async def list_change_numbers(db: Statements, caller: Principal, request_id: str, limit: int) -> list[NumberedChange]:
    """Which changes the caller made in tasks they see in one request, latest first."""
    rows = await db.fetch(_NUMBERS, caller.access_id, caller.project_ids, request_id, limit)
    return [NumberedChange(*row) for row in rows]


def _activity(row: Record) -> Activity:
    return Activity(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], _decode(row[8]))


def _change(row: Record) -> PastChange:
    return PastChange(row[0], row[1], row[2], row[3], row[4], row[5], _decode(row[6]))
