"""Statements on what comes from elsewhere with a whole workspace: what there is to name, and the things themselves."""

from collections.abc import Sequence

import msgspec

from taskyard.contracts.access import CAN_IN_PROJECT, Permission
from taskyard.contracts.task import (
    ChecklistItemSnapshot,
    CommentSnapshot,
    ReactionSnapshot,
    RelationSnapshot,
    TimeEntrySnapshot,
)
from taskyard.kit.database import Statements
from taskyard.kit.json_response import encode_json
from taskyard.kit.principal import Principal
from taskyard.task.models.arrivals import Document, StoredTask
from taskyard.task.models.relations import INVERSE
from taskyard.task.queries.columns import PRIORITIES

_MAY = int(Permission.PROJECT_EDIT)
_DOCUMENTS = f"""
    SELECT x.kind, x.id::text, x.data::text FROM project.portable_v2 x
     WHERE x.workspace_id = $4 AND x.project_id = $3
       AND {CAN_IN_PROJECT.format(row="x", who="$1", projects="$2", needed=_MAY)}
"""
_INSIDERS = f"""
    SELECT DISTINCT s.person_id::text FROM project.subjects_v1 s
      JOIN project.access_v1 a ON a.workspace_id = s.workspace_id AND a.subject_id = s.subject_id
     WHERE s.workspace_id = $1 AND a.project_id = $2 AND a.permissions & {int(Permission.PROJECT_VIEW)} <> 0
"""
_KNOWN = """
    -- tenant: says only which ids can be named, inside the workspace they were made for
    SELECT t.id::text, t.project_id::text FROM tasks t
     WHERE t.workspace_id = $1 AND t.id = ANY($2::uuid[]) AND t.deleted_at IS NULL
     UNION ALL
    SELECT c.id::text, t.project_id::text
      FROM comments c JOIN tasks t ON t.workspace_id = c.workspace_id AND t.id = c.task_id
     WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) AND c.deleted_at IS NULL
"""
_TABLES = {
    "task": "tasks x WHERE true",
    "relation": "relations x WHERE x.task_id = ANY($3::uuid[])",
    "checklist_item": "checklist_items x WHERE true",
    "comment": "comments x WHERE true",
    "reaction": "reactions x WHERE x.comment_id = ANY($3::uuid[])",
    "time_entry": "time_entries x WHERE true",
    "view": "views x WHERE true",
    "recurrence": "recurrences x WHERE true",
}
_PRESENT = {
    kind: f"""
    -- tenant: says only which ids are taken, inside the workspace they were made for
    SELECT x.id::text FROM {table} AND x.workspace_id = $1 AND x.id = ANY($2::uuid[]) AND $3::uuid[] IS NOT NULL
    """
    for kind, table in _TABLES.items()
}
_INSERT_TASK = f"""
    INSERT INTO tasks (workspace_id, project_id, id, number, key, title, description, status, priority,
                       assignee_ids, parent_id, label_ids, milestone_id, iteration_id, start_on, due_on, due_at,
                       estimate, custom, completed_at, created_by, created_at, updated_at, rank, archived_at)
    SELECT p.workspace_id, p.project_id, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
           $20::float8, $21::jsonb, $22, $23, $24, $25, $26, $27
      FROM project.projects_v1 p
     WHERE p.project_id = $3 AND p.workspace_id = $4
       AND {CAN_IN_PROJECT.format(row="p", who="$1", projects="$2", needed=_MAY)}
       AND ($13::uuid IS NULL OR EXISTS (SELECT FROM tasks o WHERE o.workspace_id = p.workspace_id
                                            AND o.project_id = p.project_id AND o.id = $13::uuid))
    ON CONFLICT DO NOTHING
"""
_OF_TASK = f"""
      FROM tasks t
     WHERE t.workspace_id = $3 AND t.project_id = $4 AND t.id = $5 AND t.deleted_at IS NULL
       AND {CAN_IN_PROJECT.format(row="t", who="$1", projects="$2", needed=_MAY)}
"""
_COMMENT_OF_TASK = """EXISTS (
    SELECT FROM comments o WHERE o.workspace_id = t.workspace_id AND o.task_id = t.id AND o.id = {id}::uuid)"""
_INSERT_RELATION = f"""
    INSERT INTO relations (workspace_id, id, task_id, kind, target_id, created_by, created_at)
    SELECT t.workspace_id, $6, e.task_id, e.kind, e.target_id, $7, $8
    {
    _OF_TASK.replace(
        "FROM tasks t",
        "FROM tasks t CROSS JOIN unnest($9::uuid[], $10::text[], $11::uuid[]) AS e (task_id, kind, target_id)",
    )
}
    ON CONFLICT DO NOTHING
"""
_INSERT_ITEM = f"""
    INSERT INTO checklist_items (workspace_id, id, task_id, title, is_done, rank, created_by, created_at, updated_at)
    SELECT t.workspace_id, $6, t.id, $7, $8, $9, $10, $11, $12 {_OF_TASK}
    ON CONFLICT DO NOTHING
"""
_INSERT_COMMENT = f"""
    INSERT INTO comments (workspace_id, id, task_id, author_id, reply_to, body, mentioned_ids, created_at, updated_at,
                          edited_at)
    SELECT t.workspace_id, $6, t.id, $7, $8, $9, $10, $11, $12, $13 {_OF_TASK}
       AND ($8::uuid IS NULL OR {_COMMENT_OF_TASK.format(id="$8")})
    ON CONFLICT DO NOTHING
"""
_INSERT_REACTION = f"""
    INSERT INTO reactions (workspace_id, id, comment_id, person_id, emoji, created_at)
    SELECT t.workspace_id, $6, $7, $8, $9, $10 {_OF_TASK} AND {_COMMENT_OF_TASK.format(id="$7")}
    ON CONFLICT DO NOTHING
"""
_INSERT_ENTRY = f"""
    INSERT INTO time_entries (workspace_id, id, task_id, person_id, started_at, seconds, note, created_at, updated_at)
    SELECT t.workspace_id, $6, t.id, $7, $8, $9, $10, $11, $12 {_OF_TASK}
    ON CONFLICT DO NOTHING
"""


async def list_documents(db: Statements, caller: Principal, workspace_id: str, project_id: str) -> list[Document]:
    """What a project is arranged with that the caller runs, and the project itself; nothing where there is none."""
    rows = await db.fetch(_DOCUMENTS, caller.access_id, caller.project_ids, project_id, workspace_id)
    return [Document(row[0], row[1], msgspec.json.decode(row[2], type=dict[str, object])) for row in rows]


async def list_insiders(db: Statements, workspace_id: str, project_id: str) -> list[str]:
    """Who sees a project."""
    return [row[0] for row in await db.fetch(_INSIDERS, workspace_id, project_id)]


async def list_known(db: Statements, workspace_id: str, ids: Sequence[str]) -> dict[str, str]:
    """The tasks and comments among some ids, which others can name, each with its project."""
    return {row[0]: row[1] for row in await db.fetch(_KNOWN, workspace_id, ids)}


async def list_present(
    db: Statements, kind: str, workspace_id: str, ids: Sequence[str], owner_ids: Sequence[str]
) -> list[str]:
    """Those of some ids under which there is or was something, at one of its owners."""
    return [row[0] for row in await db.fetch(_PRESENT[kind], workspace_id, ids, owner_ids)]


async def raise_counter(db: Statements, workspace_id: str, project_id: str, number: int) -> None:
    """Let new tasks of a project be numbered from behind those that arrive."""
    await db.execute(
        """
        -- tenant: the project was found as one that the person runs by list_documents
        INSERT INTO project_counters AS c (workspace_id, project_id, last_number) VALUES ($1, $2, $3)
        ON CONFLICT (workspace_id, project_id) DO UPDATE SET last_number = greatest(c.last_number, $3)
        """,
        workspace_id,
        project_id,
        number,
    )


async def insert_task(tx: Statements, caller: Principal, stored: StoredTask) -> bool:
    """Store a task; False where the caller does not run its project, or its number or id is taken."""
    task = stored.task
    tag = await tx.execute(
        _INSERT_TASK,
        *(caller.access_id, caller.project_ids, task.project_id, task.workspace_id, task.id, task.number, task.key),
        *(task.title, task.description, task.status, PRIORITIES.index(task.priority), task.assignee_ids),
        *(task.parent_id, task.label_ids, task.milestone_id, task.iteration_id, task.start_on, task.due_on),
        *(task.due_at, task.estimate, encode_json(task.custom).decode(), task.completed_at, task.created_by),
        *(task.created_at, task.updated_at, stored.rank, task.archived_at),
    )
    return tag == "INSERT 0 1"


async def insert_relation(tx: Statements, caller: Principal, one: RelationSnapshot) -> bool:
    """Store both ends of a relation; False where the caller does not run the project, or there is one like it."""
    tag = await tx.execute(
        _INSERT_RELATION,
        *(caller.access_id, caller.project_ids, one.workspace_id, one.project_id, one.task_id, one.id),
        *(one.created_by, one.created_at, [one.task_id, one.target_id], [one.kind, INVERSE[one.kind]]),
        [one.target_id, one.task_id],
    )
    return tag == "INSERT 0 2"


async def insert_item(tx: Statements, caller: Principal, one: ChecklistItemSnapshot) -> bool:
    """Store a step; False where the caller does not run the project, or another stands in its place."""
    tag = await tx.execute(
        _INSERT_ITEM,
        *(caller.access_id, caller.project_ids, one.workspace_id, one.project_id, one.task_id, one.id),
        *(one.title, one.is_done, one.rank, one.created_by, one.created_at, one.updated_at),
    )
    return tag == "INSERT 0 1"


async def insert_comment(tx: Statements, caller: Principal, one: CommentSnapshot) -> bool:
    """Store a comment; False where the caller does not run the project."""
    tag = await tx.execute(
        _INSERT_COMMENT,
        *(caller.access_id, caller.project_ids, one.workspace_id, one.project_id, one.task_id, one.id),
        *(one.author_id, one.reply_to, one.body, one.mentioned_ids, one.created_at, one.updated_at, one.edited_at),
    )
    return tag == "INSERT 0 1"


async def insert_reaction(tx: Statements, caller: Principal, one: ReactionSnapshot) -> bool:
    """Store a reaction; False where the caller does not run the project, or there is one like it."""
    tag = await tx.execute(
        _INSERT_REACTION,
        *(caller.access_id, caller.project_ids, one.workspace_id, one.project_id, one.task_id, one.id),
        *(one.comment_id, one.person_id, one.emoji, one.created_at),
    )
    return tag == "INSERT 0 1"


async def insert_entry(tx: Statements, caller: Principal, one: TimeEntrySnapshot) -> bool:
    """Store spent time; False where the caller does not run the project."""
    tag = await tx.execute(
        _INSERT_ENTRY,
        *(caller.access_id, caller.project_ids, one.workspace_id, one.project_id, one.task_id, one.id),
        *(one.person_id, one.started_at, one.seconds, one.note, one.created_at, one.updated_at),
    )
    return tag == "INSERT 0 1"
