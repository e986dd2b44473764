"""Statements that list tasks, in a few fixed shapes.

An optional filter inside one statement (``$1 IS NULL OR ...``) would keep its generic plan from
using an index, so a filter that is not given is not in the statement.

Without an assignee the newest tasks of each visible project are found in an index and merged, so the
cost grows with projects and page size, not with tasks. With one, the index on assignees leads.
"""

from datetime import datetime
from functools import lru_cache
from itertools import count

from taskyard.contracts.access import CAN_IN_PROJECT, VISIBLE_PROJECTS, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.kit.rows import with_json
from taskyard.task.models.tasks import Task, TaskFilter, TrashedTask
from taskyard.task.queries.columns import CUSTOM, TASK, task_of

After = tuple[datetime | int, str]
"""The sort value and the id of the last task of the page before."""

VISIBLE = VISIBLE_PROJECTS.format(person="$1", projects="$2")
ONE_PROJECT = f"""
    SELECT p.workspace_id, p.project_id FROM project.projects_v1 p
     WHERE p.project_id = {{project}}
       AND {CAN_IN_PROJECT.format(row="p", person="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))}
"""
CONDITIONS = {
    "status": "t.status = {}::text",
    "assignee_id": "t.assignee_ids @> ARRAY[{}::uuid]",
    "label_id": "t.label_ids <> '{{}}' AND t.label_ids @> ARRAY[{}::uuid]",
    "milestone_id": "t.milestone_id = {}::uuid",
    "iteration_id": "t.iteration_id = {}::uuid",
}
"""What each wish asks of a task."""
LEADING = frozenset(CONDITIONS) - {"status"}
"""The wishes whose own index finds fewer tasks than a walk through the visible projects."""


async def list_tasks(
    db: Statements, caller: Principal, wanted: TaskFilter, after: After | None, limit: int
) -> list[Task]:
    """One page of the tasks a caller sees, out of the trash."""
    wishes, project = wanted.wishes, [] if wanted.project_id is None else [wanted.project_id]
    sql = _list_statement(
        by_project=wanted.project_id is not None, wishes=tuple(wishes), sort=wanted.sort, is_first=after is None
    )
    rows = await db.fetch(sql, caller.id, caller.project_ids, limit, *project, *wishes.values(), *(after or ()))
    return [task_of(row) for row in rows]


@lru_cache(maxsize=256)
def _list_statement(*, by_project: bool, wishes: tuple[str, ...], sort: str, is_first: bool) -> str:
    """The statement of a list in one of its few shapes; wishes are parameters from the fourth on."""
    numbers = count(4 + by_project)
    conditions = ["t.deleted_at IS NULL", *(CONDITIONS[wish].format(f"${next(numbers)}") for wish in wishes)]
    column = sort.removeprefix("-")
    direction, beyond = ("DESC", "<") if sort.startswith("-") else ("ASC", ">")
    if not is_first:
        conditions.append(f"(t.{column}, t.id) {beyond} (${next(numbers)}, ${next(numbers)}::uuid)")
    return (_ASSIGNED if LEADING.intersection(wishes) else _MERGED).format(
        visible=ONE_PROJECT.format(project="$4::uuid") if by_project else VISIBLE,
        conditions=" AND ".join(conditions),
        column=column,
        direction=direction,
        task=TASK,
    )


_MERGED = """
    WITH visible AS MATERIALIZED ({visible}),
    page AS (
        SELECT k.* FROM visible v CROSS JOIN LATERAL (
            SELECT t.workspace_id, t.id, t.{column} AS place FROM tasks t
             WHERE t.workspace_id = v.workspace_id AND t.project_id = v.project_id AND {conditions}
             ORDER BY t.{column} {direction}, t.id {direction} LIMIT $3
        ) k
        ORDER BY k.place {direction}, k.id {direction} LIMIT $3
    )
    SELECT {task} FROM page JOIN tasks t ON t.workspace_id = page.workspace_id AND t.id = page.id
     ORDER BY page.place {direction}, page.id {direction}
"""  # by tasks_by_update, tasks_by_status, tasks_by_creation or the numbers' unique index

_ASSIGNED = """
    WITH visible AS MATERIALIZED ({visible}),
    assigned AS MATERIALIZED (
        SELECT t.workspace_id, t.project_id, t.id, t.{column} AS place FROM tasks t WHERE {conditions}
    ),
    page AS (
        SELECT a.workspace_id, a.id, a.place
          FROM assigned a JOIN visible v ON v.workspace_id = a.workspace_id AND v.project_id = a.project_id
         ORDER BY a.place {direction}, a.id {direction} LIMIT $3
    )
    SELECT {task} FROM page JOIN tasks t ON t.workspace_id = page.workspace_id AND t.id = page.id
     ORDER BY page.place {direction}, page.id {direction}
"""  # by the index of a wish that is LEADING; materialized, or the planner would rather walk every visible project

_JOINED = """
    WITH visible AS MATERIALIZED ({visible})
    SELECT {task} FROM tasks t
      JOIN visible v ON v.workspace_id = t.workspace_id AND v.project_id = t.project_id
     WHERE {conditions}
     ORDER BY t.{column} {direction}, t.id {direction} LIMIT $3
"""  # by tasks_in_trash


async def list_trash(
    db: Statements, caller: Principal, container: tuple[str | None, str | None], after: After | None, limit: int
) -> list[TrashedTask]:
    """One page of the deleted tasks a caller sees, latest first; ``container`` is a workspace and a project."""
    values: list[object] = [caller.id, caller.project_ids, limit]
    conditions = ["t.deleted_at IS NOT NULL"]
    for column, value in zip(("workspace_id", "project_id"), container, strict=True):
        if value is not None:
            values.append(value)
            conditions.append(f"t.{column} = ${len(values)}")
    if after is not None:
        values.extend(after)
        conditions.append(f"(t.deleted_at, t.id) < (${len(values) - 1}, ${len(values)}::uuid)")
    sql = _JOINED.format(
        visible=VISIBLE,
        conditions=" AND ".join(conditions),
        column="deleted_at",
        direction="DESC",
        task=f"{TASK}, t.deleted_at",
    )
    return [TrashedTask(*with_json(row, CUSTOM)) for row in await db.fetch(sql, *values)]
