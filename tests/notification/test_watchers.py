"""Who is told of a new status, a membership, and what people do not want to hear of."""

import pytest

from taskyard.contracts.task import TASK_CREATED, TASK_TRANSITIONED
from taskyard.kit.changelog import FieldChange
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.notification.company import AT, Company, Member, Task
from tests.notification.door import Door

MOVED = {"status": FieldChange("todo", "done")}


@pytest.fixture
async def task(company: Company) -> Task:
    """A task of the boss, given to the colleague."""
    return Task(await company.add_task(company.colleague), "Repair the lift", [company.colleague])


async def watch(company: Company, databases: dict[str, Database], task: Task, person_id: str, *, yes: bool) -> None:
    await databases["owner"].execute(
        "INSERT INTO task.watches VALUES ($1, $2, $3, gen_random_uuid(), $4, $5)",
        company.workspace,
        task.id,
        person_id,
        yes,
        AT,
    )


async def reasons(door: Door, person_id: str) -> list[str]:
    return [item["reason"] for item in await door.items(person_id, "/notifications")]


async def test_a_new_status_is_told_to_who_watches_but_not_to_who_made_it(
    company: Company, door: Door, task: Task, databases: dict[str, Database]
) -> None:
    await watch(company, databases, task, company.guest, yes=True)
    await watch(company, databases, task, company.stranger, yes=True)
    await company.announce(TASK_TRANSITIONED, task=task, changes=MOVED, actor_id=company.boss)
    await company.listen()
    assert await reasons(door, company.colleague) == ["status_changed"]
    assert await reasons(door, company.guest) == ["status_changed"]
    assert await reasons(door, company.boss) == []
    statement = "SELECT count(*) FROM notification.notifications WHERE person_id = $1"
    assert await databases["owner"].fetch_value(statement, company.stranger) == 0


async def test_who_declined_to_watch_is_not_told_of_a_new_status(
    company: Company, door: Door, task: Task, databases: dict[str, Database]
) -> None:
    await watch(company, databases, task, company.colleague, yes=False)
    await company.announce(TASK_TRANSITIONED, task=task, changes=MOVED)
    await company.announce(TASK_CREATED, task=task)
    await company.listen()
    assert await reasons(door, company.colleague) == ["assigned"]


async def test_one_change_is_told_once_for_the_stronger_reason(company: Company, door: Door, task: Task) -> None:
    changes = {**MOVED, "assignee_ids": FieldChange([], [company.colleague])}
    await company.announce(TASK_TRANSITIONED, task=task, changes=changes)
    await company.listen()
    await company.rewind()
    await company.listen()
    assert await reasons(door, company.colleague) == ["assigned"]
    assert len(await door.items(company.colleague, "/events?type=notification.created.v1")) == 1


@pytest.mark.parametrize("kind", ["member.added.v1", "project_member.added.v1"])
async def test_who_is_taken_in_is_told(company: Company, door: Door, kind: str) -> None:
    project_id = company.project if kind.startswith("project") else None
    await company.announce(kind, project_id=project_id, task=Member(new_id(), company.colleague))
    await company.announce(kind, project_id=project_id, task=Member(new_id(), None))
    await company.announce(kind, project_id=project_id, task=Member(new_id(), company.boss), actor_id=company.boss)
    await company.listen()
    [told] = await door.items(company.colleague, "/notifications")
    assert (told["reason"], told["project_id"], told["task_id"]) == ("invited", project_id, None)
    assert await reasons(door, company.boss) == []


async def test_telling_takes_two_statements_and_an_unrelated_change_none(
    company: Company, task: Task, databases: dict[str, Database], statements: list[str]
) -> None:
    await watch(company, databases, task, company.guest, yes=True)
    await company.place()
    counts = []
    for kind, changes in (("task.updated.v1", {"title": FieldChange("a", "b")}), (TASK_TRANSITIONED, MOVED)):
        await company.announce(kind, task=task, changes=changes)
        statements.clear()
        await company.listen()
        counts.append(sum("notifications" in sql or "wanted" in sql for sql in statements))
    assert counts == [0, 2]


async def test_ones_own_act_takes_no_statement(company: Company, task: Task, statements: list[str]) -> None:
    await company.announce(TASK_CREATED, task=task, actor_id=company.colleague)
    statements.clear()
    await company.listen()
    assert not any("notifications" in sql or "wanted" in sql for sql in statements)


@pytest.mark.parametrize("kind", ["tasks", "projects"])
async def test_what_is_muted_is_not_told(company: Company, door: Door, task: Task, kind: str) -> None:
    path = f"/notification-preferences/mutes/{kind}/{task.id if kind == 'tasks' else company.project}"
    for _ in range(2):
        assert (await door.send(company.colleague, "PUT", path)).status_code == 204
    await company.announce(TASK_CREATED, task=task)
    await company.listen()
    assert await reasons(door, company.colleague) == []
    [muted] = await door.items(company.colleague, "/notification-preferences/mutes")
    assert (muted["kind"], muted["subject_id"]) == (kind[:-1], path.rpartition("/")[2])
    for _ in range(2):
        assert (await door.send(company.colleague, "DELETE", path)).status_code == 204
    await company.announce(TASK_CREATED, task=task)
    await company.listen()
    assert await reasons(door, company.colleague) == ["assigned"]
    events = await door.items(company.colleague, "/events?type=mute.created.v1&type=mute.deleted.v1")
    assert [(event["type"], event["version"]) for event in events] == [("mute.created.v1", 1), ("mute.deleted.v1", 2)]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_muting_is_for_who_sees_it(company: Company, door: Door, task: Task, method: str) -> None:
    unscoped = Principal(id=company.colleague, scopes=frozenset({"notifications:read"}))
    for path in (f"projects/{company.project}", f"tasks/{task.id}"):
        url = f"/notification-preferences/mutes/{path}"
        assert (await door.send(company.stranger, method, url)).status_code == 404
        assert (await door.send(unscoped, method, url)).status_code == 403
        assert (await door.send(None, method, url)).status_code == 401
    for path in ("projects/x", "tasks/x", f"tasks/{company.project}", f"projects/{company.secret_project}"):
        assert (await door.send(company.guest, method, f"/notification-preferences/mutes/{path}")).status_code == 404
