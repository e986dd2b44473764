"""Who is told what, once, and how they mark it as read."""

from typing import Literal

import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.notification.company import Company, Task
from tests.notification.door import Door


async def test_assigned_person_is_told(company: Company, door: Door) -> None:
    task_id = await company.assign(company.colleague)
    await company.listen()
    [told] = await door.items(company.colleague, "/notifications?unread=true")
    assert (told["reason"], told["task_id"], told["actor_id"]) == ("assigned", task_id, company.boss)
    assert (told["read_at"], told["version"]) == (None, 1)
    assert (told["workspace_id"], told["project_id"]) == (company.workspace, company.project)


@pytest.mark.parametrize("kind", ["task.updated.v1", "task.transitioned.v1"])
async def test_person_assigned_later_is_told(company: Company, door: Door, kind: str) -> None:
    await company.assign(company.colleague, company.guest, kind=kind)
    await company.listen()
    assert len(await door.items(company.colleague, "/notifications")) == 1
    assert len(await door.items(company.guest, "/notifications")) == 1


async def test_nobody_is_told_of_their_own_act(company: Company, door: Door) -> None:
    await company.assign(company.boss, company.colleague)
    await company.listen()
    assert await door.items(company.boss, "/notifications") == []


@pytest.mark.parametrize(("origin", "told"), [("import", 0), ("automation", 1)])
async def test_what_comes_from_elsewhere_is_no_news(
    company: Company, door: Door, origin: Literal["import", "automation"], told: int
) -> None:
    task = Task(new_id(), "Other", [company.colleague])
    await company.announce("task.created.v1", task=task, origin=origin)
    await company.place()
    await company.listen()
    assert len(await door.items(company.colleague, "/notifications")) == told


async def test_a_change_of_something_else_tells_nobody(company: Company, door: Door) -> None:
    await company.announce(task=Task(new_id(), "Other", [company.colleague]))
    await company.listen()
    assert await door.items(company.colleague, "/notifications") == []


async def test_an_event_without_a_workspace_tells_nobody(company: Company, door: Door) -> None:
    task = Task(new_id(), "Lost", [company.colleague])
    await company.announce("task.created.v1", task=task, workspace_id=None, project_id=None)
    await company.listen()
    assert await door.items(company.colleague, "/notifications") == []


async def test_telling_is_once_however_often_the_consumer_runs(company: Company, door: Door) -> None:
    await company.assign(company.colleague)
    await company.listen()
    await company.rewind()
    await company.listen()
    assert len(await door.items(company.colleague, "/notifications")) == 1
    announced = await door.items(company.colleague, "/events?type=notification.created.v1")
    assert len(announced) == 1


async def test_removed_member_sees_no_notification(company: Company, door: Door) -> None:
    await company.assign(company.colleague)
    await company.listen()
    [told] = await door.items(company.colleague, "/notifications")
    await company.remove(company.colleague)
    assert await door.items(company.colleague, "/notifications") == []
    refused = await door.send(company.colleague, "POST", f"/notifications/{told['id']}/read")
    assert refused.status_code == 404


async def test_reading_marks_and_announces_once(company: Company, door: Door) -> None:
    await company.assign(company.colleague)
    await company.listen()
    [told] = await door.items(company.colleague, "/notifications")
    first = await door.send(company.colleague, "POST", f"/notifications/{told['id']}/read")
    again = await door.send(company.colleague, "POST", f"/notifications/{told['id']}/read")
    assert (first.status_code, first.json()) == (200, again.json())
    assert (first.headers["etag"], first.json()["version"]) == ('"2"', 2)
    assert await door.items(company.colleague, "/notifications?unread=true") == []
    await company.place()
    [event] = await door.items(company.colleague, "/events?type=notification.read.v1")
    assert event["changes"]["read_at"] == {"from": None, "to": first.json()["read_at"]}
    assert await door.items(company.boss, "/events?type=notification.read.v1") == []


async def test_reading_refuses_others_old_versions_and_nonsense(company: Company, door: Door) -> None:
    await company.assign(company.colleague)
    await company.listen()
    [told] = await door.items(company.colleague, "/notifications")
    path = f"/notifications/{told['id']}/read"
    assert (await door.send(company.boss, "POST", path)).status_code == 404
    assert (await door.send(company.colleague, "POST", path, if_match='"9"')).status_code == 412
    assert (await door.send(company.colleague, "POST", "/notifications/nonsense/read")).status_code == 404
    assert (await door.send(None, "POST", path)).status_code == 401


async def test_reading_all_says_how_many(company: Company, door: Door) -> None:
    for _ in range(3):
        await company.assign(company.colleague)
    await company.listen()
    answer = await door.send(company.colleague, "POST", "/notifications/read-all")
    assert (answer.status_code, answer.json()) == (200, {"read": 3})
    assert (await door.send(company.colleague, "POST", "/notifications/read-all")).json() == {"read": 0}
    assert len(await door.items(company.colleague, "/notifications")) == 3


async def test_a_repeated_read_with_a_key_is_replayed(company: Company, door: Door) -> None:
    await company.assign(company.colleague)
    await company.listen()
    [told] = await door.items(company.colleague, "/notifications")
    path = f"/notifications/{told['id']}/read"
    await door.send(company.colleague, "POST", path, idempotency_key="k")
    replay = await door.send(company.colleague, "POST", path, idempotency_key="k")
    assert (replay.status_code, replay.headers["idempotency-replayed"]) == (200, "true")
    await company.remove(company.colleague)
    assert (await door.send(company.colleague, "POST", path, idempotency_key="k")).status_code == 404


async def test_list_pages_newest_first(company: Company, door: Door) -> None:
    tasks = [await company.assign(company.colleague) for _ in range(5)]
    await company.listen()
    found, cursor = [], ""
    while cursor is not None:
        path = "/notifications?limit=2" + (f"&cursor={cursor}" if cursor else "")
        page = (await door.send(company.colleague, "GET", path)).json()
        found += [item["task_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert found == tasks[::-1]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=x", "unread=maybe", "colour=red"])
async def test_malformed_lists_are_refused(company: Company, door: Door, query: str) -> None:
    assert (await door.send(company.boss, "GET", f"/notifications?{query}")).status_code == 422


async def test_scopes_and_project_limits_narrow(company: Company, door: Door) -> None:
    await company.assign(company.colleague)
    await company.listen()
    elsewhere = Principal(id=company.colleague, project_ids=frozenset({company.secret_project}))
    here = Principal(id=company.colleague, project_ids=frozenset({company.project}))
    unscoped = Principal(id=company.colleague, scopes=frozenset({"tasks:read"}))
    service = Principal(id="gateway", kind="service")
    assert await door.items(elsewhere, "/notifications") == []
    assert len(await door.items(here, "/notifications")) == 1
    assert (await door.send(elsewhere, "POST", "/notifications/read-all")).json() == {"read": 0}
    for caller in (unscoped, service):
        assert (await door.send(caller, "GET", "/notifications")).status_code == 403
        assert (await door.send(caller, "POST", "/notifications/read-all")).status_code == 403
        assert (await door.send(caller, "GET", "/events")).status_code == 403
