"""Statements on how tasks relate. Whoever asks is part of each; of the other end they see what they see of any task."""

import msgspec
from asyncpg import Record

from taskyard.contracts.access import CAN_AT_TASK, PERMISSIONS_AT_TASK, Permission
from taskyard.contracts.task import RelationKind, RelationSnapshot
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.relations import INVERSE, Ends, FoundRelation, Related, Relation
from taskyard.task.queries.anchors import ARCHIVED

_SEES_TASK = CAN_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_SEES_OTHER = CAN_AT_TASK.format(row="o", task="o.id", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))
_PERMISSIONS = PERMISSIONS_AT_TASK.format(row="t", task="t.id", who="$1", projects="$2")
_RELATION = """
    r.id::text, r.workspace_id::text, t.project_id::text, r.task_id::text, r.kind, r.target_id::text,
    r.created_by::text, r.created_at
"""
_OTHER = "o.id::text, o.project_id::text, o.key, o.title, o.status, o.completed_at"
_BOTH_ENDS = f"""
    tasks t
    JOIN relations r ON r.workspace_id = t.workspace_id AND r.task_id = t.id
    JOIN tasks o ON o.workspace_id = r.workspace_id AND o.id = r.target_id AND o.deleted_at IS NULL AND {_SEES_OTHER}
"""
_LIST = f"""
    SELECT {_RELATION}, {_OTHER} FROM {_BOTH_ENDS}
     WHERE t.id = $3 AND t.deleted_at IS NULL AND r.id > $4 AND {_SEES_TASK}
     ORDER BY r.id LIMIT $5
"""  # by the primary key of relations
_FIND_ENDS = f"""
    SELECT t.workspace_id::text, t.project_id::text, t.id::text, t.key, {ARCHIVED}, {_PERMISSIONS},
           {_OTHER}
      FROM tasks t
      JOIN project.projects_v1 p ON p.workspace_id = t.workspace_id AND p.project_id = t.project_id
      LEFT JOIN tasks o ON o.workspace_id = t.workspace_id AND o.id = $4 AND o.deleted_at IS NULL AND {_SEES_OTHER}
     WHERE t.id = $3 AND t.deleted_at IS NULL
"""
_FIND = f"""
    SELECT {_RELATION}, {_OTHER}, {ARCHIVED}, {_PERMISSIONS}
      FROM {_BOTH_ENDS}
      JOIN project.projects_v1 p ON p.workspace_id = t.workspace_id AND p.project_id = t.project_id
     WHERE t.id = $3 AND r.id = $4 AND t.deleted_at IS NULL
"""
_EDGES = """
    -- tenant: the caller may change the first task; what they do not see of the others is left out by list_keys
    WITH RECURSIVE edges AS (
        SELECT r.task_id, r.target_id FROM relations r
         WHERE r.workspace_id = $1 AND r.task_id = $2 AND r.kind = $3
         UNION
        SELECT r.task_id, r.target_id
          FROM edges e JOIN relations r ON r.workspace_id = $1 AND r.task_id = e.target_id AND r.kind = $3
    )
    SELECT task_id::text, target_id::text FROM edges
"""
_KEYS = f"SELECT t.id::text, t.key FROM tasks t WHERE t.id = ANY($3::uuid[]) AND {_SEES_TASK}"
_INSERT = """
    -- tenant: both ends were found with the caller's permissions by find_ends
    INSERT INTO relations (workspace_id, id, task_id, kind, target_id, created_by, created_at)
    SELECT $1, $2, e.task_id, e.kind, e.target_id, $3, $4
      FROM unnest($5::uuid[], $6::text[], $7::uuid[]) AS e (task_id, kind, target_id)
    ON CONFLICT DO NOTHING
"""
_DELETE = """
    -- tenant: the relation was found with the caller's permissions by find_relation
    DELETE FROM relations WHERE workspace_id = $1 AND id = $2 AND task_id = ANY($3::uuid[])
"""


async def list_relations(db: Statements, caller: Principal, task_id: str, after: str, limit: int) -> list[Relation]:
    """One page of what a visible task is related to, as far as the caller sees it, oldest first."""
    rows = await db.fetch(_LIST, caller.access_id, caller.project_ids, task_id, after, limit)
    return [_relation(row) for row in rows]


async def find_ends(tx: Statements, caller: Principal, task_id: str, target_id: str) -> Ends | None:
    """A task that is to be related to another, unless it is in the trash."""
    row = await tx.fetch_row(_FIND_ENDS, caller.access_id, caller.project_ids, task_id, target_id)
    if row is None:
        return None
    return Ends(None if row[6] is None else Related(*row[6:]), *row[:6])


async def find_relation(db: Statements, caller: Principal, task_id: str, relation_id: str) -> FoundRelation | None:
    """A relation from one of its ends, where the caller sees the other end."""
    row = await db.fetch_row(_FIND, caller.access_id, caller.project_ids, task_id, relation_id)
    return None if row is None else FoundRelation(_relation(row), *row[-2:])


async def list_edges(tx: Statements, workspace_id: str, task_id: str, kind: RelationKind) -> list[tuple[str, str]]:
    """All ties of one kind that can be reached from a task, each once."""
    return [(row[0], row[1]) for row in await tx.fetch(_EDGES, workspace_id, task_id, kind)]


async def list_keys(tx: Statements, caller: Principal, task_ids: list[str]) -> dict[str, str]:
    """The keys of those tasks that the caller sees."""
    return {row[0]: row[1] for row in await tx.fetch(_KEYS, caller.access_id, caller.project_ids, task_ids)}


async def insert_relation(tx: Statements, relation: Relation) -> bool:
    """Store both rows of a relation; False when the tasks are related in this way already."""
    tag = await tx.execute(
        _INSERT,
        relation.workspace_id,
        relation.id,
        relation.created_by,
        relation.created_at,
        [relation.task_id, relation.target_id],
        [relation.kind, INVERSE[relation.kind]],
        [relation.target_id, relation.task_id],
    )
    return tag == "INSERT 0 2"


async def delete_relation(tx: Statements, relation: Relation) -> None:
    """End a relation at both ends."""
    await tx.execute(_DELETE, relation.workspace_id, relation.id, [relation.task_id, relation.target_id])


def _relation(row: Record) -> Relation:
    snapshot = RelationSnapshot(*row[:8])
    return Relation(**msgspec.structs.asdict(snapshot), target=Related(*row[8:14]))
