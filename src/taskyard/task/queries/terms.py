"""Statements on what a project lays down about the labels and fields of its tasks."""

from collections.abc import Sequence

import msgspec

from taskyard.contracts.fields import FieldDefinition
from taskyard.kit.database import Statements
from taskyard.task.models.tasks import Task
from taskyard.task.models.terms import Forgotten, KnownLabel, Terms
from taskyard.task.queries.columns import TASK, task_of

TERMS = """
    (SELECT jsonb_agg(jsonb_build_object('id', l.label_id, 'group', l.group_folded))
       FROM project.labels_v1 l
      WHERE l.workspace_id = p.workspace_id AND l.project_id = p.project_id AND l.label_id = ANY({labels}::uuid[])
    ) AS labels,
    (SELECT jsonb_agg(jsonb_build_object('key', f.key, 'kind', f.kind, 'is_required', f.is_required,
                                         'options', f.options, 'default', f.default_value))
       FROM project.fields_v1 f WHERE f.workspace_id = p.workspace_id AND f.project_id = p.project_id
    ) AS fields
"""
"""The columns of Terms for the project ``p`` of a statement; format with the parameter of the labels asked about."""
_HAS = {
    "label": "t.label_ids <> '{}' AND t.label_ids @> ARRAY[$3::uuid]",
    "field": "t.custom <> '{}' AND t.custom ? $3",
}
_FIND = f"""
    -- tenant: the caller may change tasks of this project
    SELECT {TERMS.format(labels="$3")} FROM project.projects_v1 p WHERE p.workspace_id = $1 AND p.project_id = $2
"""


def terms_of(row: Sequence[str | None]) -> Terms:
    """The terms of a row that has the columns TERMS; where there are none of a kind, it has NULL."""
    labels, fields = row
    return Terms(
        [] if labels is None else msgspec.json.decode(labels, type=list[KnownLabel]),
        [] if fields is None else msgspec.json.decode(fields, type=list[FieldDefinition]),
    )


async def find_terms(db: Statements, task: Task) -> Terms:
    """What the project of a task lays down, about the labels the task has among others."""
    row = await db.fetch_row(_FIND, task.workspace_id, task.project_id, task.label_ids)
    return Terms([], []) if row is None else terms_of((row[0], row[1]))


async def lock_holders(tx: Statements, part: Forgotten, limit: int) -> list[Task]:
    """Tasks out of the trash that still have a label, or a value of a field, that is no more: locked."""
    has = _HAS[part.kind]
    rows = await tx.fetch(
        f"""
        -- tenant: what a change of the project entails, whoever sees the tasks
        SELECT {TASK} FROM tasks t
         WHERE t.workspace_id = $1 AND t.project_id = $2 AND t.deleted_at IS NULL AND {has}
         ORDER BY t.id LIMIT $4 FOR UPDATE
        """,  # by tasks_by_label and tasks_by_custom
        part.workspace_id,
        part.project_id,
        part.name,
        limit,
    )
    return [task_of(row) for row in rows]


async def store_without(tx: Statements, task: Task) -> None:
    """Store the labels and values that a task has left."""
    await tx.execute(
        """
        -- tenant: the task was locked by lock_holders
        UPDATE tasks SET label_ids = $3, custom = $4::jsonb, updated_at = $5, version = $6
         WHERE workspace_id = $1 AND id = $2
        """,
        task.workspace_id,
        task.id,
        task.label_ids,
        msgspec.json.encode(task.custom).decode(),
        task.updated_at,
        task.version,
    )
