"""Statements on what a project lays down about what its tasks have of it."""

import msgspec
from asyncpg import Record

from taskyard.contracts.access import CAN_IN_PROJECT, VISIBLE_PROJECTS, Permission
from taskyard.contracts.fields import FieldDefinition
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.kit.rows import with_json
from taskyard.task.models.tasks import Task
from taskyard.task.models.terms import NO_TERMS, Forgotten, KnownLabel, Template, Terms
from taskyard.task.queries.columns import TASK, task_of

_FIELDS = """
    (SELECT jsonb_agg(jsonb_build_object('key', f.key, 'kind', f.kind, 'is_required', f.is_required,
                                         'options', f.options, 'default', f.default_value))
       FROM project.fields_v1 f WHERE f.workspace_id = p.workspace_id AND f.project_id = p.project_id
    ) AS fields
"""
TERMS = f"""
    (SELECT jsonb_agg(jsonb_build_object('id', l.label_id, 'group', l.group_folded))
       FROM project.labels_v1 l
      WHERE l.workspace_id = p.workspace_id AND l.project_id = p.project_id AND l.label_id = ANY({{labels}}::uuid[])
    ) AS labels, {_FIELDS},
    EXISTS (SELECT FROM project.milestones_v1 m
             WHERE m.workspace_id = p.workspace_id AND m.project_id = p.project_id
               AND m.milestone_id = {{milestone}}::uuid
    ) AS has_milestone,
    (SELECT i.state FROM project.iterations_v1 i
      WHERE i.workspace_id = p.workspace_id AND i.project_id = p.project_id AND i.iteration_id = {{iteration}}::uuid
    ) AS iteration_state
"""
"""The columns of Terms for the project ``p`` of a statement; format with the parameters of what is asked about."""
TERMS_OF_NOTHING = f"NULL::jsonb AS labels, {_FIELDS}, false AS has_milestone, NULL::text AS iteration_state"
"""The same where nothing is asked about, as for most tasks: 20 us less of a create than with three empty looks."""
_HAS = {
    "label": "t.label_ids <> '{}' AND t.label_ids @> ARRAY[$3::uuid]",
    "field": "t.custom <> '{}' AND t.custom ? $3",
    "milestone": "t.milestone_id = $3::uuid",
    "iteration": "t.iteration_id = $3::uuid",
    "closed_iteration": "t.iteration_id = $3::uuid AND t.completed_at IS NULL AND t.archived_at IS NULL",
}
_FIND = f"""
    -- tenant: the caller may change tasks of this project
    SELECT {TERMS.format(labels="$3", milestone="$4", iteration="$5")}
      FROM project.projects_v1 p WHERE p.workspace_id = $1 AND p.project_id = $2
"""

_FIND_TEMPLATE = f"""
    SELECT x.description, x.priority,
           ARRAY(SELECT l.label_id::text FROM project.labels_v1 l
                  WHERE l.workspace_id = x.workspace_id AND l.project_id = x.project_id
                    AND l.label_id = ANY(x.label_ids) ORDER BY array_position(x.label_ids, l.label_id)),
           x.estimate::float8,
           (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{{}}') FROM jsonb_each(x.custom) e
              JOIN project.fields_v1 f ON f.workspace_id = x.workspace_id AND f.project_id = x.project_id
                                      AND f.key = e.key)::text
      FROM project.templates_v1 x
     WHERE x.project_id = $3 AND x.template_id = $4
       AND {CAN_IN_PROJECT.format(row="x", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))}
"""


_LIST_NAMED = f"""
    WITH visible AS MATERIALIZED ({VISIBLE_PROJECTS.format(who="$1", projects="$2")})
    SELECT l.name_folded, array_agg(l.label_id::text)
      FROM visible v JOIN project.labels_v1 l ON l.workspace_id = v.workspace_id AND l.project_id = v.project_id
     WHERE l.name_folded = ANY($3::text[]) GROUP BY l.name_folded
"""


async def find_labels_named(db: Statements, caller: Principal, names: list[str]) -> dict[str, list[str]]:
    """The labels of visible projects by their names, without case."""
    rows = await db.fetch(_LIST_NAMED, caller.access_id, caller.project_ids, names)
    return {row[0]: row[1] for row in rows}


def terms_of(row: Record) -> Terms:
    """The terms of a row that has the columns TERMS; where there is nothing of a kind, it has NULL."""
    labels, fields = row["labels"], row["fields"]
    return Terms(
        [] if labels is None else msgspec.json.decode(labels, type=list[KnownLabel]),
        [] if fields is None else msgspec.json.decode(fields, type=list[FieldDefinition]),
        row["has_milestone"],
        row["iteration_state"],
    )


async def find_terms(db: Statements, task: Task) -> Terms:
    """What the project of a task lays down, about what the task has among others."""
    row = await db.fetch_row(
        _FIND, task.workspace_id, task.project_id, task.label_ids, task.milestone_id, task.iteration_id
    )
    return NO_TERMS if row is None else terms_of(row)


async def find_template(db: Statements, caller: Principal, project_id: str, template_id: str) -> Template | None:
    """A template of a project that the caller sees, without the labels and fields that are no more."""
    row = await db.fetch_row(_FIND_TEMPLATE, caller.access_id, caller.project_ids, project_id, template_id)
    return None if row is None else Template(*with_json(row, 4))


async def lock_holders(tx: Statements, part: Forgotten, limit: int) -> list[Task]:
    """Tasks out of the trash that still have what is no more: locked."""
    has = _HAS[part.kind]
    rows = await tx.fetch(
        f"""
        -- tenant: what a change of the project entails, whoever sees the tasks
        SELECT {TASK} FROM tasks t
         WHERE t.workspace_id = $1 AND t.project_id = $2 AND t.deleted_at IS NULL AND {has}
         ORDER BY t.id LIMIT $4 FOR UPDATE
        """,  # by tasks_by_label, tasks_by_custom, tasks_by_milestone and tasks_by_iteration
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
        UPDATE tasks SET label_ids = $3, custom = $4::jsonb, milestone_id = $5, iteration_id = $6, updated_at = $7,
                         version = $8
         WHERE workspace_id = $1 AND id = $2
        """,
        task.workspace_id,
        task.id,
        task.label_ids,
        msgspec.json.encode(task.custom).decode(),
        task.milestone_id,
        task.iteration_id,
        task.updated_at,
        task.version,
    )
