"""Statements on reactions to comments. Whoever asks is part of each; the project is that of the task."""

from taskyard.contracts.access import CAN_AT_TASK, PERMISSIONS_AT_TASK, PERSON, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.anchors import Footing
from taskyard.task.models.reactions import Reacting, Reaction
from taskyard.task.queries.anchors import ARCHIVED

_REACTION = """
    r.id::text, r.workspace_id::text, t.project_id::text, c.task_id::text, r.comment_id::text, r.person_id::text,
    r.emoji, r.created_at
"""
_COMMENT = "comments c JOIN tasks t ON t.workspace_id = c.workspace_id AND t.id = c.task_id"
_OF_COMMENT = f"{_COMMENT} JOIN reactions r ON r.workspace_id = c.workspace_id AND r.comment_id = c.id"
_PERSON = PERSON.format(who="$1")
_SEES = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_PERMISSIONS = PERMISSIONS_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2")
_LIST = f"""
    SELECT {_REACTION} FROM {_OF_COMMENT}
     WHERE c.id = $3 AND c.deleted_at IS NULL AND t.deleted_at IS NULL AND r.id > $4 AND {_SEES}
     ORDER BY r.id LIMIT $5
"""  # by comments_by_id and the primary key of reactions
_FIND = f"""
    SELECT {_REACTION} FROM {_OF_COMMENT} WHERE c.id = $3 AND r.person_id = {_PERSON} AND r.emoji = $4 AND {_SEES}
"""
_LOCK = f"""
    SELECT t.workspace_id::text, t.project_id::text, t.id::text, c.id::text,
           (SELECT count(*) FROM reactions r
             WHERE r.workspace_id = c.workspace_id AND r.comment_id = c.id AND r.person_id = {_PERSON}),
           {ARCHIVED}, {_PERMISSIONS}
      FROM {_COMMENT} JOIN project.projects_v1 p ON p.workspace_id = t.workspace_id AND p.project_id = t.project_id
     WHERE c.id = $3 AND c.deleted_at IS NULL AND t.deleted_at IS NULL
       FOR NO KEY UPDATE OF c
"""
_INSERT = """
    -- tenant: the comment was locked with the caller's permissions by lock_for_reaction
    INSERT INTO reactions (workspace_id, id, comment_id, person_id, emoji, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
_DELETE = """
    -- tenant: the reaction is the caller's own, found with their permissions by find_reaction
    DELETE FROM reactions WHERE workspace_id = $1 AND comment_id = $2 AND id = $3
"""


async def list_reactions(db: Statements, caller: Principal, comment_id: str, after: str, limit: int) -> list[Reaction]:
    """One page of the reactions to a visible comment, oldest first."""
    rows = await db.fetch(_LIST, caller.access_id, caller.project_ids, comment_id, after, limit)
    return [Reaction(*row) for row in rows]


async def find_reaction(tx: Statements, caller: Principal, comment_id: str, emoji: str) -> Reaction | None:
    """What the caller said to a comment with one sign."""
    row = await tx.fetch_row(_FIND, caller.access_id, caller.project_ids, comment_id, emoji)
    return None if row is None else Reaction(*row)


async def lock_for_reaction(tx: Statements, caller: Principal, comment_id: str) -> Reacting | None:
    """A comment that the caller reacts to, to which nobody else reacts meanwhile."""
    row = await tx.fetch_row(_LOCK, caller.access_id, caller.project_ids, comment_id)
    return None if row is None else Reacting(Footing(*row[5:]), *row[:5])


async def insert_reaction(tx: Statements, reaction: Reaction) -> None:
    """Store a reaction that is not there."""
    names = (reaction.workspace_id, reaction.id, reaction.comment_id, reaction.person_id)
    await tx.execute(_INSERT, *names, reaction.emoji, reaction.created_at)


async def delete_reaction(tx: Statements, reaction: Reaction) -> bool:
    """Take a reaction back; False where it was taken back already."""
    return await tx.execute(_DELETE, reaction.workspace_id, reaction.comment_id, reaction.id) == "DELETE 1"
