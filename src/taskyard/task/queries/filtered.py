"""Statements that list and count the tasks a query asks for, in any order.

As in ``listing``, the page is found along an index that has the order (``walks``). A condition that names a project or
an assignee leads; others are asked of the rows on the way.
"""

from collections.abc import Callable, Sequence

import msgspec

from taskyard.contracts.language.fields import FIELDS
from taskyard.contracts.language.tree import AllOf, Condition, OneOf, SortKey
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.tasks import TaskFilter
from taskyard.task.queries.archived import LIVE, PRESENT, looked_at
from taskyard.task.queries.conditions import Values, condition_sql
from taskyard.task.queries.known_tasks import KnownTask, KnownTasks
from taskyard.task.queries.listing import CONDITIONS, LEADING, ONE_PROJECT, VISIBLE
from taskyard.task.queries.orders import (
    Place,
    beyond,
    beyond_value,
    expression_of,
    order_by,
    order_columns,
    order_of_missing,
    order_of_present,
)
from taskyard.task.queries.walks import (
    PageStatement,
    Path,
    along_workspace,
    either,
    led,
    merged,
    narrowed,
    present_first,
    walk,
    with_room,
)

LOOKED_AT = 100
"""How many times its page a list looks at the latest tasks of a workspace, most of which may not meet the query."""
MOST_COUNTED = 1_000
"""Up to how many an estimate counts."""

_NAMED_PROJECTS = f"""
    SELECT v.workspace_id, v.project_id
      FROM ({VISIBLE}) v JOIN project.projects_v1 p ON p.workspace_id = v.workspace_id AND p.project_id = v.project_id
     WHERE ARRAY[p.key, p.project_id::text] && {{names}}
"""
_ROWS = """
    WITH visible AS MATERIALIZED ({visible})
    SELECT {columns} FROM tasks t JOIN visible v ON v.workspace_id = t.workspace_id AND v.project_id = t.project_id
     WHERE {conditions}
"""


async def list_filtered(
    known: KnownTasks, caller: Principal, wanted: TaskFilter, after: Place | None, limit: int
) -> list[KnownTask]:
    """One page of the tasks a caller sees and a query asks for, out of the trash."""
    values, order = Values(caller.access_id, caller.project_ids), wanted.order
    path = Path(
        visible=_visible(wanted, values),
        conditions=_conditions(wanted, values),
        beyond="",
        columns=order_columns(order),
        order=order_by(order, "t"),
        merged=order_by(order, "k", merged=True),
        placed=order_by(order, "page", merged=True),
        limit=values.bind(limit, "bigint"),
    )
    statement = _statement(path, wanted, after, values)
    return await known.read_page(statement, values.all)


async def count_filtered(db: Statements, caller: Principal, wanted: TaskFilter, most: int | None = None) -> int:
    """How many tasks a query asks for; at most ``most``, or all."""
    values = Values(caller.access_id, caller.project_ids)
    rows = rows_wanted(wanted, values)
    sql = f"SELECT count(*) FROM ({rows} LIMIT {values.bind(most, 'bigint')}) counted"
    count: int = await db.fetch_value(sql, *values.all)
    return count


async def estimate_filtered(db: Statements, caller: Principal, wanted: TaskFilter) -> int:
    """How many tasks the planner expects a query to find."""
    values = Values(caller.access_id, caller.project_ids)
    rows = rows_wanted(wanted, values)
    plan = await db.fetch_value(f"EXPLAIN (FORMAT JSON) {rows}", *values.all)
    return round(msgspec.json.decode(plan, type=list[_Explained])[0].plan.rows)


def rows_wanted(wanted: TaskFilter, values: Values, columns: str = "1") -> str:
    """A statement of the tasks a query asks for, to be gone on with; the first values are those of the caller."""
    conditions = " AND ".join(_conditions(wanted, values))
    return _ROWS.format(columns=columns, visible=_visible(wanted, values), conditions=conditions)


class _Plan(msgspec.Struct, frozen=True):
    rows: float = msgspec.field(name="Plan Rows")


class _Explained(msgspec.Struct, frozen=True):
    plan: _Plan = msgspec.field(name="Plan")


def _statement(path: Path, wanted: TaskFilter, after: Place | None, values: Values) -> PageStatement:
    order = wanted.order
    kinds = looked_at(wanted.condition)
    is_led = _is_led(wanted, kinds)
    if FIELDS[order[0].field].can_be_empty and not is_led:
        return _merged(
            path,
            wanted,
            lambda path: either(_along_the_order(_among(path, kind), order, after, values) for kind in kinds),
        )
    path = path._replace(beyond="" if after is None else beyond(order, after, values))
    if is_led:
        return led(path)

    def along(path: Path) -> str:
        return either(walk(_among(path, kind)) for kind in kinds)

    if kinds == [LIVE] and wanted.project_id is None and [key.field for key in order] == ["updated_at"]:
        return along_workspace(path, along(path), LOOKED_AT)
    return _merged(path, wanted, along)


def _merged(path: Path, wanted: TaskFilter, along: Callable[[Path], str]) -> PageStatement:
    """What the projects have along some way of one; of many only those that have rows in the page are walked."""
    if wanted.project_id is not None:
        return merged(path, along(path))
    return narrowed(path, along(with_room(path)))


def _among(path: Path, kind: str) -> Path:
    """The same way along indexes that hold tasks of one kind."""
    return path._replace(conditions=[kind, *path.conditions[1:]])


def _along_the_order(path: Path, order: Sequence[SortKey], after: Place | None, values: Values) -> str:
    """Rows with a value in the first field of the order, from its index; where they do not fill the page, the others.

    Rows without are ordered by the rest, so they come from another index.
    """
    column = expression_of(order[0])
    without = path._replace(conditions=[*path.conditions, f"{column} IS NULL"], order=order_of_missing(order))
    if after is not None and after[0] is None:
        return walk(without._replace(beyond=beyond(order, after, values)))
    present = path._replace(
        conditions=[*path.conditions, f"{column} IS NOT NULL"],
        beyond="" if after is None else beyond_value(order, after, values),
        order=order_of_present(order),
    )
    return present_first(walk(present), without)


def _visible(wanted: TaskFilter, values: Values) -> str:
    """The projects to look into."""
    if wanted.project_id is not None:
        return ONE_PROJECT.format(project=values.bind(wanted.project_id, "uuid"))
    if names := _named_projects(wanted.condition):
        return _NAMED_PROJECTS.format(names=values.bind(names, "text[]"))
    return VISIBLE


def _conditions(wanted: TaskFilter, values: Values) -> list[str]:
    """What their tasks are asked, first of all whether they are there."""
    kinds = looked_at(wanted.condition)
    conditions = [kinds[0] if len(kinds) == 1 else PRESENT]
    for wish, value in wanted.wishes.items():
        conditions.append(CONDITIONS[wish].format(values.bind(value, "text")))
    if wanted.condition is not None:
        conditions.append(condition_sql(wanted.condition, values))
    return conditions


def _named_projects(condition: Condition | None) -> list[str]:
    """The projects outside which nothing can meet the condition; none when it may be met anywhere."""
    return next((list(map(str, part.values)) for part in _required(condition, "project")), [])


def _is_led(wanted: TaskFilter, kinds: list[str]) -> bool:
    """Whether an index of what is asked for leads to the tasks; that of people holds no archived ones."""
    if kinds == [LIVE] and ("assignee_id" in wanted.wishes or _required(wanted.condition, "assignee")):
        return True
    return bool(LEADING.intersection(wanted.wishes) - {"assignee_id"})


def _required(condition: Condition | None, field: str) -> Sequence[OneOf]:
    """What everything that meets the condition has in a field."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    return [part for part in parts if isinstance(part, OneOf) and part.field == field]
