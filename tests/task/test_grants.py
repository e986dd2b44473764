"""Giving single tasks to people: by whom, at which level, and until when."""

import httpx
import msgspec
import pytest

from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.consumers import catch_up
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.task.listeners import consumers
from taskyard.task.models.grants import MOST_GRANTS
from tests.kit.log_writers import pass_over_log, place_all

from .conftest import As, NewTaskOf, World
from .sharing import Sharing


class Place(msgspec.Struct, frozen=True):
    """What an event of a membership says."""

    workspace_id: str
    user_id: str


@pytest.fixture
async def sharing(world: World, as_person: As) -> Sharing:
    sharing = Sharing(world, as_person)
    await sharing.begin()
    return sharing


async def test_a_task_is_given_and_read_by_id_and_key(
    as_person: As, new_task: NewTaskOf, sharing: Sharing, world: World
) -> None:
    task = await new_task()
    assert (await sharing.gail.get(f"/tasks/{task['id']}")).status_code == 404
    grant = await sharing.give(task["id"], "view")
    assert (grant["level"], grant["version"], grant["task_id"]) == ("view", 1, task["id"])
    assert (await sharing.gail.get(f"/tasks/{task['id']}")).json() == task
    assert (await sharing.gail.get(f"/tasks/{task['key']}?workspace={world.slug}")).json() == task
    limited = as_person(sharing.gail_id, project_ids=frozenset({world.hidden_project_id}))
    assert (await limited.get(f"/tasks/{task['id']}")).status_code == 404


async def test_nobody_gives_what_is_not_theirs_to_give(
    as_person: As, new_task: NewTaskOf, sharing: Sharing, world: World
) -> None:
    path, body = f"/tasks/{(await new_task())['id']}/grants", {"user_id": world.bob}
    statuses = [(await as_person(one).post(path, json=body)).status_code for one in (world.ann, world.vera, world.otto)]
    assert statuses == [403, 403, 404]
    await sharing.give(path.split("/")[2], "edit")
    assert (await sharing.gail.post(path, json=body)).status_code == 403
    assert (await as_person(None).post(path, json=body)).status_code == 401
    unscoped = as_person(sharing.boss_id, scopes=frozenset({"tasks:write"}))
    assert (await unscoped.post(path, json=body)).status_code == 403
    assert (await sharing.boss.post(f"/tasks/{new_id()}/grants", json=body)).status_code == 404


async def test_nobody_gives_more_than_they_hold(
    as_person: As, new_task: NewTaskOf, sharing: Sharing, world: World
) -> None:
    keeper = new_id()
    await sharing.take_in(keeper)
    await world.owner.execute(  # sees, comments and says who works there, and changes no task
        "INSERT INTO project.access VALUES ($1, $2, $3, 1 | 16 | 64)", world.workspace_id, world.project_id, keeper
    )
    path = f"/tasks/{(await new_task())['id']}/grants"
    body = {"user_id": sharing.gail_id, "level": "edit"}
    assert (await as_person(keeper).post(path, json=body)).status_code == 403
    assert (await as_person(keeper).post(path, json={**body, "level": "comment"})).status_code == 201
    one = f"{path}/{sharing.gail_id}"
    assert (await as_person(keeper).patch(one, json={"level": "edit"})).status_code == 403
    assert (await as_person(keeper).patch(one, json={"level": "view"})).json()["version"] == 2


async def test_only_who_belongs_to_the_workspace_is_given_a_task_and_once(
    new_task: NewTaskOf, sharing: Sharing, world: World
) -> None:
    path = f"/tasks/{(await new_task())['id']}/grants"
    refused = await sharing.boss.post(path, json={"user_id": world.otto})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/user_id")
    await sharing.give(path.split("/")[2])
    again = await sharing.boss.post(path, json={"user_id": sharing.gail_id, "level": "edit"})
    assert (again.status_code, again.json()["code"]) == (409, "already_shared")


@pytest.mark.parametrize("body", [{}, {"user_id": "gail"}, {"user_id": new_id(), "level": "own"}, {"team_id": "x"}])
async def test_what_makes_no_sense_is_refused(new_task: NewTaskOf, sharing: Sharing, body: dict[str, str]) -> None:
    assert (await sharing.boss.post(f"/tasks/{(await new_task())['id']}/grants", json=body)).status_code == 422


async def test_a_task_is_shared_with_so_many_and_no_more(new_task: NewTaskOf, sharing: Sharing, world: World) -> None:
    task = await new_task()
    await world.owner.execute(
        "INSERT INTO task.grants SELECT $1, $2, gen_random_uuid(), gen_random_uuid(), 1, $3, $4 "
        "FROM generate_series(1, $5)",
        *(world.workspace_id, task["id"], world.ann, clock.now(), MOST_GRANTS),
    )
    answer = await sharing.boss.post(f"/tasks/{task['id']}/grants", json={"user_id": sharing.gail_id})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_grants")


async def test_nothing_is_given_in_an_archived_project_but_taken_back(
    new_task: NewTaskOf, sharing: Sharing, world: World
) -> None:
    task = await new_task()
    await sharing.give(task["id"])
    await world.archive()
    path = f"/tasks/{task['id']}/grants"
    assert (await sharing.boss.post(path, json={"user_id": world.bob})).json()["code"] == "project_archived"
    assert (await sharing.boss.delete(f"{path}/{sharing.gail_id}")).status_code == 204


async def test_another_level_counts_from_the_next_request(new_task: NewTaskOf, sharing: Sharing, world: World) -> None:
    task = await new_task()
    await sharing.give(task["id"], "edit")
    one = f"/tasks/{task['id']}/grants/{sharing.gail_id}"
    assert (await sharing.gail.patch(f"/tasks/{task['id']}", json={"title": "Mine"})).status_code == 200
    assert (await sharing.boss.patch(one, json={"level": "view"}, headers={"If-Match": '"7"'})).status_code == 412
    assert (await sharing.boss.patch(one, json={})).json()["version"] == 1
    assert (await sharing.boss.patch(one, json={"level": "view"}, headers={"If-Match": '"1"'})).json()["version"] == 2
    assert (await sharing.gail.patch(f"/tasks/{task['id']}", json={"title": "Mine again"})).status_code == 403
    assert (await sharing.gail.patch(one, json={"level": "edit"})).status_code == 403
    assert (await sharing.boss.patch(one, json={"level": "own"})).status_code == 422
    assert (await sharing.boss.patch(f"/tasks/{task['id']}/grants/{world.bob}", json={})).json()[
        "code"
    ] == "grant_not_found"
    assert (await sharing.boss.patch(f"/tasks/{task['id']}/grants/gail", json={})).status_code == 404


async def test_a_task_is_taken_back_or_given_up(
    as_person: As, new_task: NewTaskOf, sharing: Sharing, world: World
) -> None:
    task = await new_task()
    one = f"/tasks/{task['id']}/grants/{sharing.gail_id}"
    for by in (sharing.boss, sharing.gail):
        await sharing.give(task["id"])
        assert (await as_person(world.ann).delete(one)).status_code == 403
        assert (await as_person(world.otto).delete(one)).status_code == 404
        assert (await by.delete(one, headers={"If-Match": '"2"'})).status_code == 412
        assert (await by.delete(one)).status_code == 204
        assert (await sharing.gail.get(f"/tasks/{task['id']}")).status_code == 404
        assert (await by.delete(one)).status_code == 404


async def test_stored_answers_are_for_who_may_still_share(new_task: NewTaskOf, sharing: Sharing, world: World) -> None:
    path = f"/tasks/{(await new_task())['id']}/grants"
    one, key = f"{path}/{sharing.gail_id}", {"Idempotency-Key": "k"}
    body = {"user_id": sharing.gail_id}
    sent: list[tuple[str, str, dict[str, str] | None]] = [
        ("POST", path, body),
        ("PATCH", one, {"level": "edit"}),
        ("DELETE", one, None),
    ]
    for method, url, asked in sent:
        assert (await sharing.boss.request(method, url, json=asked, headers=key)).is_success
        again = await sharing.boss.request(method, url, json=asked, headers=key)
        assert again.headers["idempotency-replayed"] == "true"
    await sharing.give(path.split("/")[2])
    assert (await sharing.gail.delete(one, headers=key)).status_code == 204
    assert (await sharing.gail.delete(one, headers=key)).headers["idempotency-replayed"] == "true"
    await world.revoke(sharing.boss_id)
    lost = [
        (await sharing.boss.request(method, url, json=asked, headers=key)).status_code for method, url, asked in sent
    ]
    assert lost == [404] * 3


async def test_who_sees_the_project_is_told_of_all_and_others_of_themselves(
    as_person: As, new_task: NewTaskOf, sharing: Sharing, world: World
) -> None:
    path = f"/tasks/{(await new_task())['id']}/grants"
    assert (await as_person(world.vera).get(path)).json()["items"] == []
    assert (await sharing.gail.get(path)).status_code == 404
    both = sorted([sharing.gail_id, world.bob])
    for person_id in both:
        await sharing.give(path.split("/")[2], person_id=person_id)
    first = (await as_person(world.vera).get(path, params={"limit": 1})).json()
    rest = (await as_person(world.vera).get(path, params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [item["user_id"] for item in first["items"] + rest["items"]] == both
    assert [item["user_id"] for item in (await sharing.gail.get(path)).json()["items"]] == [sharing.gail_id]
    assert (await as_person(world.otto).get(path)).status_code == 404
    assert (await as_person(sharing.gail_id, scopes=frozenset({"comments:read"})).get(path)).status_code == 403


async def test_what_was_given_is_listed_for_whom_latest_first(
    as_person: As, new_task: NewTaskOf, sharing: Sharing, world: World
) -> None:
    tasks = [await new_task(title=f"Task {number}") for number in range(3)]
    for task in tasks:
        await sharing.give(task["id"], "comment")
    first = (await sharing.gail.get("/tasks/shared", params={"limit": 2})).json()
    rest = (await sharing.gail.get("/tasks/shared", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    items = first["items"] + rest["items"]
    assert [item["id"] for item in items] == [task["id"] for task in reversed(tasks)]
    assert (items[0]["level"], items[0]["shared_by"]) == ("comment", sharing.boss_id)
    assert {name: items[0][name] for name in tasks[2]} == tasks[2]
    assert (await as_person(world.otto).get("/tasks/shared")).json()["items"] == []
    limited = as_person(sharing.gail_id, project_ids=frozenset({world.hidden_project_id}))
    assert (await limited.get("/tasks/shared")).json()["items"] == []
    assert (
        await as_person(sharing.gail_id, scopes=frozenset({"comments:read"})).get("/tasks/shared")
    ).status_code == 403


async def test_what_is_in_the_trash_is_shared_with_nobody_until_it_is_back(
    ann: httpx.AsyncClient, new_task: NewTaskOf, sharing: Sharing, world: World
) -> None:
    task = await new_task()
    await sharing.give(task["id"])
    path = f"/tasks/{task['id']}"
    await ann.delete(path)
    assert (await sharing.gail.get(path)).status_code == (await sharing.gail.get(f"{path}/grants")).status_code == 404
    assert (await sharing.gail.get("/tasks/shared")).json()["items"] == []
    assert (await ann.post(f"{path}/restore")).status_code == 200
    assert (await sharing.gail.get(path)).status_code == 200
    await world.owner.execute(
        "UPDATE project.projects SET deleted_at = $2 WHERE id = $1", world.project_id, clock.now()
    )
    assert (await sharing.gail.get(path)).status_code == 404
    assert (await sharing.gail.get("/tasks/shared")).json()["items"] == []


async def test_a_grant_follows_its_task_into_another_project(
    new_task: NewTaskOf, sharing: Sharing, world: World
) -> None:
    task = await new_task()
    await sharing.give(task["id"])
    await world.owner.execute(
        "UPDATE task.tasks SET project_id = $2 WHERE id = $1", task["id"], world.hidden_project_id
    )
    assert (await sharing.gail.get(f"/tasks/{task['id']}")).json()["project_id"] == world.hidden_project_id
    assert (await sharing.gail.get(f"/tasks/{task['id']}/grants")).json()["items"][0][
        "project_id"
    ] == world.hidden_project_id


@pytest.mark.parametrize("kind", ["member.removed.v1", "service_account.deleted.v1", "member.added.v1"])
async def test_who_left_the_workspace_has_nothing_at_once_nor_when_they_return(
    databases: dict[str, Database],
    new_task: NewTaskOf,
    sharing: Sharing,
    world: World,
    kind: str,
) -> None:
    task = await new_task()
    grant = await sharing.give(task["id"])
    await world.owner.execute("DELETE FROM project.subjects WHERE person_id = $1", sharing.gail_id)
    assert (await sharing.gail.get(f"/tasks/{task['id']}")).status_code == 404
    assert (await sharing.gail.get("/tasks/shared")).json()["items"] == []
    await sharing.take_in(sharing.gail_id)
    assert (await sharing.gail.get(f"/tasks/{task['id']}")).status_code == 200
    place = Place(world.workspace_id, sharing.gail_id)
    await pass_over_log(databases, "task", "end_grants")
    async with world.task.transaction() as tx:
        await announce(tx, Change(type=kind, resource_id=sharing.gail_id, version=2, data=place))
    await place_all(databases)
    (ender,) = (one for one in consumers() if one.name == "end_grants")
    await catch_up(databases["task"], ender)
    assert (await sharing.gail.get(f"/tasks/{task['id']}")).status_code == 404
    assert [event[:2] for event in await world.events_of(grant["id"])] == [
        ("grant.created.v1", 1),
        ("shared_task.created.v1", 1),
        ("grant.deleted.v1", 2),
        ("shared_task.deleted.v1", 2),
    ]
