"""Statements on comments. Whoever asks is part of each statement; the project is that of the task."""

from datetime import UTC, datetime

from taskyard.contracts.access import CAN_AT_TASK, PERMISSIONS_AT_TASK, PERSON, Permission
from taskyard.kit.database import Statements
from taskyard.kit.ids import HIGHEST_ID, LOWEST_ID
from taskyard.kit.principal import Principal
from taskyard.task.models.comments import Comment, CommentFilter, LockedComment, Standing, Thread
from taskyard.task.queries.anchors import ARCHIVED
from taskyard.task.queries.outsiders import OUTSIDERS_OF_TASK

COMMENT = """
    c.id::text, c.workspace_id::text, t.project_id::text, c.task_id::text, c.author_id::text, c.reply_to::text,
    c.body, c.mentioned_ids::text[], c.created_at, c.updated_at, c.edited_at, c.version
"""
FIRST = {
    "created_at": (datetime(1, 1, 1, tzinfo=UTC), LOWEST_ID),
    "-created_at": (datetime(9999, 12, 31, tzinfo=UTC), HIGHEST_ID),
}
"""What the first page of each order follows, so that one statement with one plan serves all pages."""

_PERSON = PERSON.format(who="$1")
_SEES = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_MAY_COMMENT = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.COMMENT_CREATE))
_PERMISSIONS = PERMISSIONS_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2")
_WITH_TASK = "comments c JOIN tasks t ON t.workspace_id = c.workspace_id AND t.id = c.task_id"
_WITH_PROJECT = "project.projects_v1 p ON p.workspace_id = t.workspace_id AND p.project_id = t.project_id"

_FIND = f"""
    SELECT {COMMENT} FROM {_WITH_TASK} WHERE c.id = $3 AND c.deleted_at IS NULL AND t.deleted_at IS NULL AND {_SEES}
"""  # by comments_by_id
_FIND_THREAD = f"""
    SELECT t.workspace_id::text, t.project_id::text, t.id::text, {ARCHIVED}, {_PERMISSIONS},
           {OUTSIDERS_OF_TASK.format(ids="$4", task="t.id")},
           (SELECT coalesce(r.reply_to, r.id)::text FROM comments r
             WHERE r.workspace_id = t.workspace_id AND r.task_id = t.id AND r.id = $5 AND r.deleted_at IS NULL)
      FROM tasks t JOIN {_WITH_PROJECT}
     WHERE t.id = $3 AND t.deleted_at IS NULL
"""
_FIND_STANDING = f"SELECT c.author_id::text, {_PERMISSIONS} FROM {_WITH_TASK} WHERE c.id = $3"
_LOCK = f"""
    SELECT {COMMENT}, {ARCHIVED}, {_PERMISSIONS}
      FROM {_WITH_TASK} JOIN {_WITH_PROJECT}
     WHERE c.id = $3 AND c.deleted_at IS NULL AND t.deleted_at IS NULL
       FOR UPDATE OF c
"""
_INSERT = f"""
    INSERT INTO comments (workspace_id, id, task_id, author_id, body, mentioned_ids, created_at, updated_at, reply_to)
    SELECT t.workspace_id, $4::uuid, t.id, {_PERSON}, $5::text, $6::uuid[], $7::timestamptz, $7::timestamptz, $8::uuid
      FROM tasks t JOIN {_WITH_PROJECT}
     WHERE t.id = $3 AND t.deleted_at IS NULL AND t.archived_at IS NULL AND p.archived_at IS NULL
       AND {_MAY_COMMENT}
"""
# One page is read from comments_of_task, however many comments there are.
_OF_TASK = f"""
    SELECT {COMMENT}
      FROM tasks t CROSS JOIN LATERAL (
          SELECT * FROM comments o
           WHERE o.workspace_id = t.workspace_id AND o.task_id = t.id AND o.deleted_at IS NULL
             {{thread}} AND (o.created_at, o.id) {{beyond}} ($5::timestamptz, $6::uuid)
           ORDER BY o.created_at {{direction}}, o.id {{direction}} LIMIT $4
      ) c
     WHERE t.id = $3 AND t.deleted_at IS NULL AND {_SEES}
     ORDER BY c.created_at {{direction}}, c.id {{direction}}
"""
_IN_THREAD = "AND o.reply_to = $7"  # from comments_of_thread
_OLDEST_FIRST = _OF_TASK.format(thread="", beyond=">", direction="ASC")
_NEWEST_FIRST = _OF_TASK.format(thread="", beyond="<", direction="DESC")
_OLDEST_REPLY_FIRST = _OF_TASK.format(thread=_IN_THREAD, beyond=">", direction="ASC")
_NEWEST_REPLY_FIRST = _OF_TASK.format(thread=_IN_THREAD, beyond="<", direction="DESC")


async def find_comment(db: Statements, caller: Principal, comment_id: str) -> Comment | None:
    """A comment by its id, unless it or its task is deleted or the caller does not see it."""
    row = await db.fetch_row(_FIND, caller.access_id, caller.project_ids, comment_id)
    return None if row is None else Comment(*row)


async def list_comments(
    db: Statements, caller: Principal, wanted: CommentFilter, page: tuple[tuple[datetime, str], int]
) -> list[Comment]:
    """One page of a visible task's comments, or of the replies in one thread: what it follows, and how many at most."""
    after, limit = page
    values = (caller.access_id, caller.project_ids, wanted.task_id, limit, *after)
    if wanted.reply_to is None:
        rows = await db.fetch(_OLDEST_FIRST if wanted.sort == "created_at" else _NEWEST_FIRST, *values)
    else:
        statement = _OLDEST_REPLY_FIRST if wanted.sort == "created_at" else _NEWEST_REPLY_FIRST
        rows = await db.fetch(statement, *values, wanted.reply_to)
    return [Comment(*row) for row in rows]


async def find_thread(
    db: Statements, caller: Principal, task_id: str, mentioned_ids: list[str], reply_to: str | None
) -> Thread | None:
    """The task that is to be commented on, unless it is in the trash, with the caller's permissions."""
    row = await db.fetch_row(_FIND_THREAD, caller.access_id, caller.project_ids, task_id, mentioned_ids, reply_to)
    return None if row is None else Thread(*row)


async def find_standing(db: Statements, caller: Principal, comment_id: str) -> Standing | None:
    """Whose a comment is, deleted or not, and what the caller may do there."""
    row = await db.fetch_row(_FIND_STANDING, caller.access_id, caller.project_ids, comment_id)
    return None if row is None else Standing(*row)


async def lock_comment(tx: Statements, caller: Principal, comment_id: str) -> LockedComment | None:
    """Lock a comment for change, unless it or its task is deleted, and read what decides about the change."""
    row = await tx.fetch_row(_LOCK, caller.access_id, caller.project_ids, comment_id)
    return None if row is None else LockedComment(Comment(*row[:-2]), *row[-2:])


async def insert_comment(tx: Statements, caller: Principal, comment: Comment) -> bool:
    """Store a new comment; False when the caller may not comment there, or its task or project was closed."""
    tag = await tx.execute(
        _INSERT,
        caller.access_id,
        caller.project_ids,
        comment.task_id,
        comment.id,
        comment.body,
        comment.mentioned_ids,
        comment.created_at,
        comment.reply_to,
    )
    return tag == "INSERT 0 1"


async def update_comment(tx: Statements, comment: Comment) -> None:
    """Store the changed body of a comment that is locked."""
    await tx.execute(
        """
        -- tenant: the row was locked with its permissions by lock_comment
        UPDATE comments SET body = $3, mentioned_ids = $4, updated_at = $5, edited_at = $6, version = $7
         WHERE workspace_id = $1 AND id = $2
        """,
        comment.workspace_id,
        comment.id,
        comment.body,
        comment.mentioned_ids,
        comment.updated_at,
        comment.edited_at,
        comment.version,
    )


async def mark_deleted(tx: Statements, comment: Comment) -> None:
    """Delete a comment that is locked; what it said stays in the history."""
    await tx.execute(
        """
        -- tenant: the row was locked with its permissions by lock_comment
        UPDATE comments SET deleted_at = $3, updated_at = $3, version = $4 WHERE workspace_id = $1 AND id = $2
        """,
        comment.workspace_id,
        comment.id,
        comment.updated_at,
        comment.version,
    )
