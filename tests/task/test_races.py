"""What happens between a look and a write."""

import pytest

from taskyard.contracts.access import Permission
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, PermissionDenied
from taskyard.task.actions.create import create_task, prepare_task
from taskyard.task.actions.numbers import TaskNumbers
from taskyard.task.models import NewTask, Task, TaskFilter
from taskyard.task.permissions import require_held, require_place
from taskyard.task.queries import tasks as queries
from taskyard.task.queries.listing import list_tasks

from .conftest import NewTaskOf, World


@pytest.mark.parametrize("loss", ["revoke", "archive"])
async def test_permission_lost_after_the_look_is_refused_by_the_insert(
    databases: dict[str, Database], world: World, loss: str
) -> None:
    database, caller = databases["task"], Principal(id=world.ann)
    new = NewTask(project_id=world.project_id, title="Late")
    draft = await prepare_task(database, TaskNumbers(database), caller, new)
    await (world.revoke(world.ann) if loss == "revoke" else world.archive())

    with pytest.raises(PermissionDenied):
        async with database.transaction() as tx:
            await create_task(tx, caller, draft)
    assert await world.owner.fetch_value("SELECT count(*) FROM task.tasks WHERE title = 'Late'") == 0


async def test_task_that_is_not_there_cannot_be_stored(
    databases: dict[str, Database], world: World, new_task: NewTaskOf
) -> None:
    await new_task()
    [task] = await list_tasks(databases["task"], Principal(id=world.ann), TaskFilter(), None, 10)
    other = Task(**{**{name: getattr(task, name) for name in task.__struct_fields__}, "id": new_id()})

    with pytest.raises(LookupError):
        await queries.update_task(databases["task"], other)


def test_nothing_is_allowed_where_nothing_is_seen() -> None:
    for permissions in (None, 0, int(Permission.TASK_EDIT)):
        with pytest.raises(NotFound):
            require_held(permissions, Permission.TASK_EDIT)
    with pytest.raises(NotFound):
        require_place(None)
