"""Statements that list and count the tasks a query asks for, in any order.

As in ``listing``, the page of each visible project is found and the pages are merged. A condition that names a project
or an assignee leads; others are asked of the rows that the order walks through.
"""

from collections.abc import Sequence

import msgspec

from taskyard.contracts.language.tree import AllOf, Condition, OneOf
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.tasks import Task, TaskFilter
from taskyard.task.queries.columns import TASK, task_of
from taskyard.task.queries.conditions import Values, condition_sql
from taskyard.task.queries.listing import CONDITIONS, LEADING, ONE_PROJECT, VISIBLE
from taskyard.task.queries.orders import Place, beyond, order_by, order_columns

MOST_COUNTED = 1_000
"""Up to how many an estimate counts."""

_NAMED_PROJECTS = f"""
    SELECT v.workspace_id, v.project_id
      FROM ({VISIBLE}) v JOIN project.projects_v1 p ON p.workspace_id = v.workspace_id AND p.project_id = v.project_id
     WHERE ARRAY[p.key, p.project_id::text] && {{names}}
"""
_MERGED = """
    WITH visible AS MATERIALIZED ({visible}),
    page AS (
        SELECT k.* FROM visible v CROSS JOIN LATERAL (
            SELECT t.workspace_id, t.id{columns} FROM tasks t
             WHERE t.workspace_id = v.workspace_id AND t.project_id = v.project_id AND {conditions}
             ORDER BY {order} LIMIT {limit}
        ) k
        ORDER BY {merged} LIMIT {limit}
    )
    SELECT {task} FROM page JOIN tasks t ON t.workspace_id = page.workspace_id AND t.id = page.id
     ORDER BY {placed}
"""
_ASSIGNED = """
    WITH visible AS MATERIALIZED ({visible}),
    assigned AS MATERIALIZED (
        SELECT t.workspace_id, t.project_id, t.id{columns} FROM tasks t WHERE {conditions}
    ),
    page AS (
        SELECT k.* FROM assigned k JOIN visible v ON v.workspace_id = k.workspace_id AND v.project_id = k.project_id
         ORDER BY {merged} LIMIT {limit}
    )
    SELECT {task} FROM page JOIN tasks t ON t.workspace_id = page.workspace_id AND t.id = page.id
     ORDER BY {placed}
"""
_ROWS = """
    WITH visible AS MATERIALIZED ({visible})
    SELECT 1 FROM tasks t JOIN visible v ON v.workspace_id = t.workspace_id AND v.project_id = t.project_id
     WHERE {conditions}
"""


async def list_filtered(
    db: Statements, caller: Principal, wanted: TaskFilter, after: Place | None, limit: int
) -> list[Task]:
    """One page of the tasks a caller sees and a query asks for, out of the trash."""
    values = Values(caller.id, caller.project_ids)
    visible = _visible(wanted, values)
    conditions = _conditions(wanted, values)
    if after is not None:
        conditions.append(beyond(wanted.order, after, values))
    sql = (_ASSIGNED if _is_assigned(wanted) else _MERGED).format(
        visible=visible,
        columns=order_columns(wanted.order),
        conditions=" AND ".join(conditions),
        order=order_by(wanted.order, "t"),
        merged=order_by(wanted.order, "k", merged=True),
        placed=order_by(wanted.order, "page", merged=True),
        limit=values.bind(limit, "bigint"),
        task=TASK,
    )
    return [task_of(row) for row in await db.fetch(sql, *values.all)]


async def count_filtered(db: Statements, caller: Principal, wanted: TaskFilter, most: int | None = None) -> int:
    """How many tasks a query asks for; at most ``most``, or all."""
    values = Values(caller.id, caller.project_ids)
    rows = _ROWS.format(visible=_visible(wanted, values), conditions=" AND ".join(_conditions(wanted, values)))
    sql = f"SELECT count(*) FROM ({rows} LIMIT {values.bind(most, 'bigint')}) counted"
    count: int = await db.fetch_value(sql, *values.all)
    return count


async def estimate_filtered(db: Statements, caller: Principal, wanted: TaskFilter) -> int:
    """How many tasks the planner expects a query to find."""
    values = Values(caller.id, caller.project_ids)
    rows = _ROWS.format(visible=_visible(wanted, values), conditions=" AND ".join(_conditions(wanted, values)))
    plan = await db.fetch_value(f"EXPLAIN (FORMAT JSON) {rows}", *values.all)
    return round(msgspec.json.decode(plan, type=list[_Explained])[0].plan.rows)


class _Plan(msgspec.Struct, frozen=True):
    rows: float = msgspec.field(name="Plan Rows")


class _Explained(msgspec.Struct, frozen=True):
    plan: _Plan = msgspec.field(name="Plan")


def _visible(wanted: TaskFilter, values: Values) -> str:
    """The projects to look into."""
    if wanted.project_id is not None:
        return ONE_PROJECT.format(project=values.bind(wanted.project_id, "uuid"))
    if names := _named_projects(wanted.condition):
        return _NAMED_PROJECTS.format(names=values.bind(names, "text[]"))
    return VISIBLE


def _conditions(wanted: TaskFilter, values: Values) -> list[str]:
    """What their tasks are asked."""
    conditions = ["t.deleted_at IS NULL"]
    for wish, value in wanted.wishes.items():
        conditions.append(CONDITIONS[wish].format(values.bind(value, "text")))
    if wanted.condition is not None:
        conditions.append(condition_sql(wanted.condition, values))
    return conditions


def _named_projects(condition: Condition | None) -> list[str]:
    """The projects outside which nothing can meet the condition; none when it may be met anywhere."""
    return next((list(map(str, part.values)) for part in _required(condition, "project")), [])


def _is_assigned(wanted: TaskFilter) -> bool:
    return bool(LEADING.intersection(wanted.wishes)) or bool(_required(wanted.condition, "assignee"))


def _required(condition: Condition | None, field: str) -> Sequence[OneOf]:
    """What everything that meets the condition has in a field."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    return [part for part in parts if isinstance(part, OneOf) and part.field == field]
