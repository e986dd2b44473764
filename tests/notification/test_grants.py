"""Who was given a single task is told of it, for as long as they have it."""

from datetime import UTC, date, datetime

import pytest

from taskyard.contracts.grants import GRANT_CREATED
from taskyard.contracts.task import TASK_TRANSITIONED, TASK_UPDATED
from taskyard.kit import clock
from taskyard.kit.changelog import FieldChange
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.notification.actions.due import tell_of_due_tasks
from tests.notification.company import Company, Grant, Task
from tests.notification.door import Door


@pytest.fixture
async def gail(company: Company) -> str:
    """Somebody of the workspace who sees no project."""
    person_id = new_id()
    await company.act_as(person_id, person_id)
    return person_id


async def reasons(door: Door, person_id: str) -> list[str]:
    return [item["reason"] for item in await door.items(person_id, "/notifications")]


async def test_who_is_given_a_task_is_told(company: Company, door: Door, gail: str) -> None:
    task_id = await company.add_task()
    for person_id in (gail, company.stranger):
        await company.give(task_id, person_id)
        await company.announce(GRANT_CREATED, task=Grant(new_id(), task_id, person_id), actor_id=company.boss)
    await company.announce(GRANT_CREATED, task=Grant(new_id(), task_id, gail), workspace_id=None)
    await company.listen()
    [told] = await door.items(gail, "/notifications")
    assert (told["reason"], told["task_id"], told["actor_id"]) == ("shared", task_id, company.boss)
    assert await reasons(door, company.stranger) == []


async def test_they_are_told_what_who_sees_the_project_is_told(
    company: Company, door: Door, gail: str, databases: dict[str, Database]
) -> None:
    mine = Task(await company.add_task(), "Repair the lift", [gail])
    other = Task(await company.add_task(), "Repair the stairs", [gail])
    await company.give(mine.id, gail)
    for task in (mine, other):
        await company.announce(TASK_UPDATED, task=task, changes={"assignee_ids": FieldChange([], [gail])})
    await company.announce(TASK_TRANSITIONED, task=mine, changes={"status": FieldChange("todo", "done")})
    await company.listen()
    assert [item["task_id"] for item in await door.items(gail, "/notifications")] == [mine.id]
    await databases["owner"].execute(
        "UPDATE task.tasks SET assignee_ids = $2 WHERE id = ANY($1)", [mine.id, other.id], [gail]
    )
    await company.announce(TASK_TRANSITIONED, task=mine, changes={"status": FieldChange("todo", "done")})
    await company.listen()
    assert await reasons(door, gail) == ["status_changed", "assigned"]


async def test_what_was_told_is_gone_with_the_task(
    company: Company, door: Door, gail: str, databases: dict[str, Database]
) -> None:
    task_id = await company.add_task()
    await company.give(task_id, gail)
    await company.announce(GRANT_CREATED, task=Grant(new_id(), task_id, gail))
    await company.listen()
    [told] = await door.items(gail, "/notifications")
    await databases["owner"].execute("DELETE FROM task.grants WHERE task_id = $1", task_id)
    assert await reasons(door, gail) == []
    assert (await door.send(gail, "POST", f"/notifications/{told['id']}/read")).status_code == 404


async def test_they_mute_it_and_are_told_when_it_is_due(
    company: Company, door: Door, gail: str, databases: dict[str, Database]
) -> None:
    tasks = [await company.add_task(gail, due_on=date(2027, 2, 11)) for _ in range(3)]
    for task_id in tasks[:2]:
        await company.give(task_id, gail)
    mutes = "/notification-preferences/mutes/tasks"
    answers = [(await door.send(gail, "PUT", f"{mutes}/{task_id}")).status_code for task_id in tasks[1:]]
    assert answers == [204, 404]
    clock.travel(datetime(2027, 2, 10, 9, tzinfo=UTC) - clock.now())
    await tell_of_due_tasks(databases["notification"], "r")
    told = await door.items(gail, "/notifications")
    assert [(item["reason"], item["task_id"]) for item in told] == [("due_soon", tasks[0])]
