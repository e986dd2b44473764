"""Statements on attachments. Whoever asks is part of each; the project is that of the task."""

from datetime import datetime

from taskyard.contracts.access import CAN_AT_TASK, PERMISSIONS_AT_TASK, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.anchors import Footing
from taskyard.task.models.attachments import Attachment, LockedAttachment
from taskyard.task.queries.anchors import ARCHIVED

_ATTACHMENT = """
    a.id::text, a.workspace_id::text, t.project_id::text, a.task_id::text, a.name, a.media_type, a.size, a.sha256,
    a.created_by::text, a.created_at, a.version
"""
_WITH_TASK = "attachments a JOIN tasks t ON t.workspace_id = a.workspace_id AND t.id = a.task_id"
_SEES = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_PERMISSIONS = PERMISSIONS_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2")
_LIST = f"""
    SELECT {_ATTACHMENT} FROM {_WITH_TASK}
     WHERE t.id = $3 AND t.deleted_at IS NULL AND a.deleted_at IS NULL AND a.id > $4 AND {_SEES}
     ORDER BY a.id LIMIT $5
"""  # by attachments_of_task
_FIND = f"""
    SELECT {_ATTACHMENT} FROM {_WITH_TASK}
     WHERE t.id = $3 AND a.id = $4 AND t.deleted_at IS NULL AND a.deleted_at IS NULL AND {_SEES}
"""
_LOCK = f"""
    SELECT {_ATTACHMENT}, {ARCHIVED}, {_PERMISSIONS}
      FROM {_WITH_TASK} JOIN project.projects_v1 p ON p.workspace_id = t.workspace_id AND p.project_id = t.project_id
     WHERE t.id = $3 AND a.id = $4 AND t.deleted_at IS NULL AND a.deleted_at IS NULL
       FOR NO KEY UPDATE OF a
"""
_SUM = """
    -- tenant: the workspace of a task that was found with the caller's permissions by find_anchor
    SELECT coalesce(sum(size), 0)::bigint FROM attachments WHERE workspace_id = $1 AND deleted_at IS NULL
"""  # by attachments_sizes
_INSERT = """
    -- tenant: the task was found with the caller's permissions by find_anchor
    INSERT INTO attachments (workspace_id, id, task_id, name, media_type, size, sha256, created_by, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_DELETE = """
    -- tenant: the attachment was locked with the caller's permissions by lock_attachment
    UPDATE attachments SET deleted_at = $3, version = $4 WHERE workspace_id = $1 AND id = $2
"""
_KEPT = """
    -- tenant: which of our files are still needed, of whatever workspace; nobody is shown them
    SELECT id::text FROM attachments WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL
"""  # by attachments_by_id


async def list_attachments(db: Statements, caller: Principal, task_id: str, after: str, limit: int) -> list[Attachment]:
    """One page of a visible task's attachments, first ones first."""
    rows = await db.fetch(_LIST, caller.access_id, caller.project_ids, task_id, after, limit)
    return [Attachment(*row) for row in rows]


async def find_attachment(db: Statements, caller: Principal, task_id: str, attachment_id: str) -> Attachment | None:
    """One attachment of a visible task."""
    row = await db.fetch_row(_FIND, caller.access_id, caller.project_ids, task_id, attachment_id)
    return None if row is None else Attachment(*row)


async def lock_attachment(
    tx: Statements, caller: Principal, task_id: str, attachment_id: str
) -> LockedAttachment | None:
    """One attachment, locked, with what decides whether it may be taken off."""
    row = await tx.fetch_row(_LOCK, caller.access_id, caller.project_ids, task_id, attachment_id)
    return None if row is None else LockedAttachment(Attachment(*row[:-2]), Footing(*row[-2:]))


async def lock_quota(tx: Statements, workspace_id: str) -> None:
    """Let one attachment at a time be added to what a workspace keeps."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('task.attachments ' || $1, 0))", workspace_id)


async def sum_sizes(db: Statements, workspace_id: str) -> int:
    """How many bytes a workspace keeps in attachments, those of tasks in the trash too."""
    kept: int = await db.fetch_value(_SUM, workspace_id)
    return kept


async def insert_attachment(tx: Statements, attachment: Attachment) -> None:
    """Store an attachment."""
    names = (attachment.workspace_id, attachment.id, attachment.task_id)
    values = (attachment.name, attachment.media_type, attachment.size, attachment.sha256)
    await tx.execute(_INSERT, *names, *values, attachment.created_by, attachment.created_at)


async def mark_deleted(tx: Statements, attachment: Attachment, at: datetime) -> None:
    """Take a locked attachment off."""
    await tx.execute(_DELETE, attachment.workspace_id, attachment.id, at, attachment.version)


async def list_kept(db: Statements, ids: list[str]) -> set[str]:
    """Which of these files an attachment still needs."""
    return {row[0] for row in await db.fetch(_KEPT, ids)}
