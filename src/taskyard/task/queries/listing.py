"""Statements that list tasks, in a few fixed shapes.

An optional filter inside one statement (``$1 IS NULL OR ...``) would keep its generic plan from
using an index, so a filter that is not given is not in the statement.

Without an assignee, a label or a plan the page is found along an index (``walks``); with one, its own index leads.
"""

from datetime import datetime
from functools import lru_cache
from itertools import count

from taskyard.contracts.access import CAN_IN_PROJECT, VISIBLE_PROJECTS, Permission
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.kit.rows import with_json
from taskyard.task.models.tasks import TaskFilter, TrashedTask
from taskyard.task.queries.archived import LIVE
from taskyard.task.queries.columns import CUSTOM, TASK
from taskyard.task.queries.conditions import Values
from taskyard.task.queries.known_tasks import KnownTask, KnownTasks
from taskyard.task.queries.walks import (
    PageStatement,
    Path,
    along_own,
    along_workspace,
    led,
    merged,
    narrowed,
    walk,
    with_room,
)

After = tuple[datetime | int, str]
"""The sort value and the id of the last task of the page before."""

VISIBLE = VISIBLE_PROJECTS.format(who="$1", projects="$2")
ONE_PROJECT = f"""
    SELECT p.workspace_id, p.project_id FROM project.projects_v1 p
     WHERE p.project_id = {{project}}
       AND {CAN_IN_PROJECT.format(row="p", who="$1", projects="$2", needed=int(Permission.PROJECT_VIEW))}
"""
_FIRST_ASSIGNEE = "t.assignee_ids <> '{{}}' AND t.assignee_ids[1] = {0}::uuid"
_LATER_ASSIGNEE = "cardinality(t.assignee_ids) > 1 AND t.assignee_ids[2:50] @> ARRAY[{0}::uuid]"
CONDITIONS = {
    "status": "t.status = {0}::text",
    "assignee_id": f"({_FIRST_ASSIGNEE} OR {_LATER_ASSIGNEE})",
    "label_id": "t.label_ids <> '{{}}' AND t.label_ids @> ARRAY[{0}::uuid]",
    "milestone_id": "t.milestone_id = {0}::uuid",
    "iteration_id": "t.iteration_id = {0}::uuid",
}
"""What each wish asks of a task."""
_IN_ORDER = {
    "assignee_id": (_FIRST_ASSIGNEE, f"{_LATER_ASSIGNEE} AND t.assignee_ids[1] <> {{0}}::uuid"),
    "milestone_id": (CONDITIONS["milestone_id"],),
    "iteration_id": (CONDITIONS["iteration_id"],),
}
"""The wishes with an index that has the order of the latest change too. The first of a task's people has one of his
own, for a task is mostly one person's."""
LOOKED_AT = 10
"""How many times its page a list looks at the latest tasks of a workspace."""
LEADING = frozenset(CONDITIONS) - {"status"}
"""The wishes whose own index finds fewer tasks than a walk through the visible projects."""


async def list_tasks(
    known: KnownTasks, caller: Principal, wanted: TaskFilter, after: After | None, limit: int
) -> list[KnownTask]:
    """One page of the tasks a caller sees, out of the trash."""
    wishes, project = wanted.wishes, [] if wanted.project_id is None else [wanted.project_id]
    statement = _list_statement(
        by_project=wanted.project_id is not None, wishes=tuple(wishes), sort=wanted.sort, is_first=after is None
    )
    values = (caller.access_id, caller.project_ids, limit, *project, *wishes.values(), *(after or ()))
    return await known.read_page(statement, values)


@lru_cache(maxsize=256)
def _list_statement(*, by_project: bool, wishes: tuple[str, ...], sort: str, is_first: bool) -> PageStatement:
    """The statement of a list in one of its few shapes; wishes are parameters from the fourth on."""
    numbers = count(4 + by_project)
    column = sort.removeprefix("-")
    direction, beyond = ("DESC", "<") if sort.startswith("-") else ("ASC", ">")
    names = {wish: f"${next(numbers)}" for wish in wishes}
    path = Path(
        visible=ONE_PROJECT.format(project="$4::uuid") if by_project else VISIBLE,
        conditions=[LIVE, *(CONDITIONS[wish].format(name) for wish, name in names.items())],
        beyond="" if is_first else f"(t.{column}, t.id) {beyond} (${next(numbers)}, ${next(numbers)}::uuid)",
        columns=f", t.{column} AS place",
        order=f"t.{column} {direction}, t.id {direction}",
        merged=f"k.place {direction}, k.id {direction}",
        placed=f"page.place {direction}, page.id {direction}",
        limit="$3",
    )
    in_order = next((wish for wish in wishes if wish in _IN_ORDER and column == "updated_at"), None)
    if in_order is not None:
        return along_own(path, [lead.format(names[in_order]) for lead in _IN_ORDER[in_order]])
    if LEADING.intersection(wishes):
        return led(path)
    if by_project:
        return merged(path, walk(path))
    if column != "updated_at":
        return narrowed(path, walk(with_room(path)))
    return along_workspace(path, walk(path), LOOKED_AT)


async def list_trash(
    db: Statements, caller: Principal, container: tuple[str | None, str | None], after: After | None, limit: int
) -> list[TrashedTask]:
    """One page of the deleted tasks a caller sees, latest first; ``container`` is a workspace and a project."""
    workspace_id, project_id = container
    values = Values(caller.access_id, caller.project_ids)
    conditions = ["t.deleted_at IS NOT NULL"]
    if workspace_id is not None:
        conditions.append(f"t.workspace_id = {values.bind(workspace_id, 'uuid')}")
    path = Path(
        visible=VISIBLE if project_id is None else ONE_PROJECT.format(project=values.bind(project_id, "uuid")),
        conditions=conditions,
        beyond="" if after is None else _deleted_before(after, values),
        columns=", t.deleted_at AS place",
        order="t.deleted_at DESC, t.id DESC",
        merged="k.place DESC, k.id DESC",
        placed="page.place DESC, page.id DESC",
        limit=values.bind(limit, "bigint"),
    )
    sql = narrowed(path, walk(with_room(path))).rows(f"{TASK}, t.deleted_at")
    rows = await db.fetch(sql, *values.all)  # by tasks_in_trash_of_project
    return [TrashedTask(*with_json(row, CUSTOM)) for row in rows]


def _deleted_before(after: After, values: Values) -> str:
    at, task_id = after
    return f"(t.deleted_at, t.id) < ({values.bind(at, 'timestamptz')}, {values.bind(task_id, 'uuid')})"
