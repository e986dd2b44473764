"""How a row becomes a task: the columns of every statement that reads one, in the order of Task's fields."""

from typing import get_args

from asyncpg import Record

from taskyard.contracts.task import Priority
from taskyard.kit.rows import with_json
from taskyard.task.models.tasks import Task

PRIORITIES: tuple[Priority, ...] = get_args(Priority)
"""A priority is stored as its place in this order, so that it sorts."""

TASK = f"""
    t.id::text, t.workspace_id::text, t.project_id::text, t.key, t.number, t.title, t.description, t.status,
    ('{{{",".join(PRIORITIES)}}}'::text[])[t.priority + 1], t.assignee_ids::text[], t.parent_id::text,
    t.label_ids::text[], t.milestone_id::text, t.iteration_id::text, t.start_on, t.due_on, t.due_at,
    t.estimate::float8, t.custom::text, t.created_by::text, t.created_at, t.updated_at, t.completed_at, t.archived_at,
    t.version
"""
WIDTH, CUSTOM = len(Task.__struct_fields__), Task.__struct_fields__.index("custom")


def task_of(row: Record) -> Task:
    """The task that a row begins with, whatever else it holds."""
    return Task(*with_json(row[:WIDTH], CUSTOM))
