"""What happens between a look and a write."""

from typing import Any

import msgspec
import pytest

from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, PermissionDenied, PreconditionFailed
from taskyard.task.actions.change import Plan, plan_update, update_task
from taskyard.task.actions.create import create_task, prepare_task
from taskyard.task.errors import ProjectArchived
from taskyard.task.models.tasks import ChangeableTask, NewTask, Task, TaskFilter, TaskPatch
from taskyard.task.permissions import require_held, require_place
from taskyard.task.queries import tasks as queries
from taskyard.task.queries.known_tasks import KnownTasks
from taskyard.task.queries.listing import list_tasks

from .conftest import NewTaskOf, World


@pytest.mark.parametrize("loss", ["revoke", "archive"])
async def test_permission_lost_after_the_look_is_refused_by_the_insert(
    databases: dict[str, Database], world: World, loss: str
) -> None:
    database, caller = databases["task"], Principal(id=world.ann)
    new = NewTask(project_id=world.project_id, title="Late")
    draft = await prepare_task(database, caller, new)
    await (world.revoke(world.ann) if loss == "revoke" else world.archive())

    with pytest.raises(PermissionDenied):
        async with database.transaction() as tx:
            await create_task(tx, caller, draft)
    assert await world.owner.fetch_value("SELECT count(*) FROM task.tasks WHERE title = 'Late'") == 0


async def test_task_that_is_not_there_cannot_be_stored(
    databases: dict[str, Database], world: World, new_task: NewTaskOf
) -> None:
    await new_task()
    [known] = await list_tasks(KnownTasks(databases["task"]), Principal(id=world.ann), TaskFilter(), None, 10)
    other = msgspec.structs.replace(known.task, id=new_id())

    with pytest.raises(LookupError):
        await queries.mark_deleted(databases["task"], other, clock.now(), clock.now())


async def test_change_that_was_overtaken_is_decided_again(
    databases: dict[str, Database], world: World, new_task: NewTaskOf
) -> None:
    database, caller = databases["task"], Principal(id=world.ann)
    task_id = (await new_task())["id"]
    late = await plan_update(database, caller, task_id, TaskPatch(title="Late"))
    await _update(database, caller, await plan_update(database, caller, task_id, TaskPatch(priority="high")))

    task = await _update(database, caller, late)
    assert (task.title, task.priority, task.version) == ("Late", "high", 3)
    events = await world.owner.fetch(
        "SELECT version, changes FROM log.events WHERE resource_id = $1 ORDER BY id", task_id
    )
    assert [row[0] for row in events] == [1, 2, 3]


async def test_change_of_a_version_that_was_overtaken_is_refused(
    databases: dict[str, Database], world: World, new_task: NewTaskOf
) -> None:
    database, caller = databases["task"], Principal(id=world.ann)
    task_id = (await new_task())["id"]
    late = await plan_update(database, caller, task_id, TaskPatch(title="Late"), expected=1)
    await _update(database, caller, await plan_update(database, caller, task_id, TaskPatch(title="First")))

    with pytest.raises(PreconditionFailed):
        await _update(database, caller, late)


@pytest.mark.parametrize("loss", ["revoke", "archive"])
async def test_change_by_somebody_who_lost_the_right_meanwhile_is_refused(
    databases: dict[str, Database], world: World, new_task: NewTaskOf, loss: str
) -> None:
    database, caller = databases["task"], Principal(id=world.ann)
    task_id = (await new_task(title="Before"))["id"]
    late = await plan_update(database, caller, task_id, TaskPatch(title="Late"))
    await (world.revoke(world.ann) if loss == "revoke" else world.archive())

    with pytest.raises(NotFound if loss == "revoke" else ProjectArchived):
        await _update(database, caller, late)
    assert await world.owner.fetch_value("SELECT title FROM task.tasks WHERE id = $1", task_id) == "Before"


async def test_change_whose_right_is_lost_under_the_lock_is_refused(
    databases: dict[str, Database], world: World, new_task: NewTaskOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, caller = databases["task"], Principal(id=world.ann)
    plan = await plan_update(database, caller, (await new_task())["id"], TaskPatch(title="Late"))
    lock_task = queries.lock_task

    async def lock_and_lose(*args: Any) -> object:
        found = await lock_task(*args)
        await world.revoke(world.ann)
        return found

    monkeypatch.setattr(queries, "lock_task", lock_and_lose)
    stale = msgspec.structs.replace(plan, found=msgspec.structs.replace(_found(plan), task=_older(_found(plan).task)))
    with pytest.raises(PermissionDenied):
        await _update(database, caller, stale)


def _found(plan: Plan) -> ChangeableTask:
    assert plan.found is not None
    return plan.found


def _older(task: Task) -> Task:
    return msgspec.structs.replace(task, version=task.version - 1)


async def _update(database: Database, caller: Principal, plan: Plan) -> Task:
    async with database.transaction() as tx:
        return await update_task(tx, caller, plan)


def test_nothing_is_allowed_where_nothing_is_seen() -> None:
    for permissions in (None, 0, int(Permission.TASK_EDIT)):
        with pytest.raises(NotFound):
            require_held(permissions, Permission.TASK_EDIT)
    with pytest.raises(NotFound):
        require_place(None)
