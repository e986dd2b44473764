"""Statements that read a whole workspace for an export: what the person sees who asked, all as of one instant.

Each one opens a cursor, so that a workspace of any size passes through little memory.
"""

from collections.abc import AsyncIterator

import msgspec

from taskyard.contracts.access import VISIBLE_PROJECTS
from taskyard.kit.database import Transaction
from taskyard.task.models.exports import Export, Item
from taskyard.task.queries.columns import PRIORITIES

AT_ONCE = 500
"""Rows that are in memory at a time."""
KINDS_OF_PROJECTS = ["project", "state", "workflow", "label", "field", "milestone", "iteration", "template"]
_VISIBLE = f"WITH visible AS MATERIALIZED ({VISIBLE_PROJECTS.format(who='$1', projects='NULL')})"
_BEGIN = f"DECLARE exported NO SCROLL CURSOR FOR {_VISIBLE}"
_TASKS = """
    FROM visible v
    JOIN tasks t ON t.workspace_id = v.workspace_id AND t.project_id = v.project_id AND t.deleted_at IS NULL
     AND v.workspace_id = $2
"""
_COMMENTS = f"""
    {_TASKS}
    JOIN comments c ON c.workspace_id = t.workspace_id AND c.task_id = t.id AND c.deleted_at IS NULL
"""
_COUNT_TASKS = f"{_VISIBLE} SELECT count(*)::integer {_TASKS}"
_READ_PROJECTS = f"""
    {_BEGIN}
    SELECT x.kind, x.id::text, x.project_id::text, x.data::text
      FROM visible v JOIN project.portable_v3 x ON x.workspace_id = v.workspace_id AND x.project_id = v.project_id
     WHERE v.workspace_id = $2 ORDER BY array_position($3::text[], x.kind), x.project_id, x.id
"""
_READ_TASKS = f"""
    {_BEGIN}
    SELECT 'task', t.id::text, t.project_id::text, json_build_object(
               'key', t.key, 'number', t.number, 'title', t.title, 'description', t.description, 'status', t.status,
               'priority', ('{{{",".join(PRIORITIES)}}}'::text[])[t.priority + 1],
               'assignee_ids', t.assignee_ids, 'parent_id', t.parent_id,
               'parent_key', (SELECT p.key FROM tasks p
                               WHERE p.workspace_id = t.workspace_id AND p.id = t.parent_id AND p.deleted_at IS NULL),
               'label_ids', t.label_ids, 'milestone_id', t.milestone_id, 'iteration_id', t.iteration_id,
               'start_on', t.start_on, 'due_on', t.due_on, 'due_at', t.due_at, 'estimate', t.estimate,
               'custom', t.custom, 'created_by', t.created_by, 'created_at', t.created_at,
               'updated_at', t.updated_at, 'completed_at', t.completed_at, 'archived_at', t.archived_at,
               'rank', t.rank)::text
    {_TASKS} ORDER BY t.project_id, t.number
"""
_READ_RELATIONS = f"""
    {_BEGIN}
    SELECT 'relation', r.id::text, t.project_id::text, json_build_object(
               'task_id', r.task_id, 'kind', r.kind, 'target_id', r.target_id, 'created_by', r.created_by,
               'created_at', r.created_at)::text
    {_TASKS}
    JOIN relations r ON r.workspace_id = t.workspace_id AND r.task_id = t.id
     AND (r.kind IN ('blocks', 'duplicates') OR r.kind = 'relates_to' AND r.task_id < r.target_id)
    JOIN tasks o ON o.workspace_id = r.workspace_id AND o.id = r.target_id AND o.deleted_at IS NULL
    JOIN visible s ON s.workspace_id = o.workspace_id AND s.project_id = o.project_id
    ORDER BY r.id
"""  # each from one of its ends
_READ_CHECKLISTS = f"""
    {_BEGIN}
    SELECT 'checklist_item', i.id::text, t.project_id::text, json_build_object(
               'task_id', i.task_id, 'title', i.title, 'is_done', i.is_done, 'rank', i.rank,
               'created_by', i.created_by, 'created_at', i.created_at, 'updated_at', i.updated_at)::text
    {_TASKS}
    JOIN checklist_items i ON i.workspace_id = t.workspace_id AND i.task_id = t.id AND i.deleted_at IS NULL
    ORDER BY i.task_id, i.rank
"""
_READ_COMMENTS = f"""
    {_BEGIN}
    SELECT 'comment', c.id::text, t.project_id::text, json_build_object(
               'task_id', c.task_id, 'author_id', c.author_id, 'reply_to', c.reply_to, 'body', c.body,
               'mentioned_ids', c.mentioned_ids, 'created_at', c.created_at, 'updated_at', c.updated_at,
               'edited_at', c.edited_at)::text
    {_COMMENTS} ORDER BY c.created_at, c.id
"""
_READ_REACTIONS = f"""
    {_BEGIN}
    SELECT 'reaction', r.id::text, t.project_id::text, json_build_object(
               'task_id', c.task_id, 'comment_id', r.comment_id, 'person_id', r.person_id, 'emoji', r.emoji,
               'created_at', r.created_at)::text
    {_COMMENTS}
    JOIN reactions r ON r.workspace_id = c.workspace_id AND r.comment_id = c.id ORDER BY r.id
"""
_READ_TIME_ENTRIES = f"""
    {_BEGIN}
    SELECT 'time_entry', e.id::text, t.project_id::text, json_build_object(
               'task_id', e.task_id, 'person_id', e.person_id, 'started_at', e.started_at, 'seconds', e.seconds,
               'note', e.note, 'created_at', e.created_at, 'updated_at', e.updated_at)::text
    {_TASKS}
    JOIN time_entries e ON e.workspace_id = t.workspace_id AND e.task_id = t.id AND e.deleted_at IS NULL
     AND e.seconds IS NOT NULL
    ORDER BY e.id
"""
_READ_VIEWS = f"""
    {_BEGIN}
    SELECT 'view', w.id::text, w.project_id::text, json_build_object(
               'name', w.name, 'filter', w.filter, 'sort', w.sort, 'layout', w.layout, 'columns', w.columns,
               'created_by', w.created_by, 'created_at', w.created_at, 'updated_at', w.updated_at)::text
      FROM visible v
      JOIN views w ON w.workspace_id = v.workspace_id AND w.project_id = v.project_id AND w.is_shared
     WHERE v.workspace_id = $2 ORDER BY w.id
"""
_READ_RECURRENCES = f"""
    {_BEGIN}
    SELECT 'recurrence', r.id::text, r.project_id::text, json_build_object(
               'rule', r.rule, 'starts_on', r.starts_on, 'at', r.at, 'time_zone', r.time_zone, 'task', r.task,
               'state', r.state, 'problem', r.problem, 'next_on', r.next_on, 'last_on', r.last_on,
               'last_task_id', r.last_task_id, 'created_by', r.created_by, 'created_at', r.created_at,
               'updated_at', r.updated_at)::text
      FROM visible v
      JOIN recurrences r ON r.workspace_id = v.workspace_id AND r.project_id = v.project_id
     WHERE v.workspace_id = $2 ORDER BY r.id
"""


async def begin_snapshot(tx: Transaction) -> None:
    """Let the statements of a new transaction see one and the same instant, and write it down in UTC."""
    await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    await tx.execute("SET LOCAL TimeZone = 'UTC'")


async def count_tasks(tx: Transaction, export: Export) -> int:
    """How many tasks the file will hold."""
    count: int = await tx.fetch_value(_COUNT_TASKS, export.asked_by, export.workspace_id)
    return count


async def read_projects(tx: Transaction, export: Export) -> AsyncIterator[list[Item]]:
    """The projects, and what they are arranged with."""
    await tx.execute(_READ_PROJECTS, export.asked_by, export.workspace_id, KINDS_OF_PROJECTS)
    async for items in _fetch(tx):
        yield items


async def read_tasks(tx: Transaction, export: Export) -> AsyncIterator[list[Item]]:
    """The tasks, project by project in the order of their numbers."""
    await tx.execute(_READ_TASKS, export.asked_by, export.workspace_id)
    async for items in _fetch(tx):
        yield items


async def read_relations(tx: Transaction, export: Export) -> AsyncIterator[list[Item]]:
    """How the tasks relate."""
    await tx.execute(_READ_RELATIONS, export.asked_by, export.workspace_id)
    async for items in _fetch(tx):
        yield items


async def read_checklists(tx: Transaction, export: Export) -> AsyncIterator[list[Item]]:
    """The items of the tasks' checklists."""
    await tx.execute(_READ_CHECKLISTS, export.asked_by, export.workspace_id)
    async for items in _fetch(tx):
        yield items


async def read_comments(tx: Transaction, export: Export) -> AsyncIterator[list[Item]]:
    """What was said about the tasks, first things first."""
    await tx.execute(_READ_COMMENTS, export.asked_by, export.workspace_id)
    async for items in _fetch(tx):
        yield items


async def read_reactions(tx: Transaction, export: Export) -> AsyncIterator[list[Item]]:
    """How people reacted to that."""
    await tx.execute(_READ_REACTIONS, export.asked_by, export.workspace_id)
    async for items in _fetch(tx):
        yield items


async def read_time_entries(tx: Transaction, export: Export) -> AsyncIterator[list[Item]]:
    """The time that was spent on the tasks."""
    await tx.execute(_READ_TIME_ENTRIES, export.asked_by, export.workspace_id)
    async for items in _fetch(tx):
        yield items


async def read_views(tx: Transaction, export: Export) -> AsyncIterator[list[Item]]:
    """The views that are shared in the projects."""
    await tx.execute(_READ_VIEWS, export.asked_by, export.workspace_id)
    async for items in _fetch(tx):
        yield items


async def read_recurrences(tx: Transaction, export: Export) -> AsyncIterator[list[Item]]:
    """The tasks that are made again and again."""
    await tx.execute(_READ_RECURRENCES, export.asked_by, export.workspace_id)
    async for items in _fetch(tx):
        yield items


async def _fetch(tx: Transaction) -> AsyncIterator[list[Item]]:
    """What the open cursor gives, and close it."""
    while rows := await tx.fetch(f"FETCH {AT_ONCE} FROM exported"):
        yield [Item(row[0], row[1], row[2], msgspec.Raw(row[3].encode())) for row in rows]
    await tx.execute("CLOSE exported")
