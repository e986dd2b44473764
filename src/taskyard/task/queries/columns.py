"""How a row becomes a task: the columns of every statement that reads one, in the order of Task's fields."""

from typing import get_args

from taskyard.contracts.task import Priority

PRIORITIES: tuple[Priority, ...] = get_args(Priority)
"""A priority is stored as its place in this order, so that it sorts."""

TASK = f"""
    t.id::text, t.workspace_id::text, t.project_id::text, t.key, t.number, t.title, t.description, t.status,
    ('{{{",".join(PRIORITIES)}}}'::text[])[t.priority + 1], t.assignee_ids::text[], t.parent_id::text, t.start_on,
    t.due_on, t.due_at, t.estimate::float8, t.created_by::text, t.created_at, t.updated_at, t.completed_at, t.version
"""
