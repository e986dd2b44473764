"""What everybody may read of the tasks of a public project, signed in or not."""

from typing import Any

import httpx
import pytest

from taskyard.contracts.public import THE_PUBLIC
from taskyard.kit.ids import new_id
from tests.task.conftest import As, NewCommentOf, NewTaskOf, World


@pytest.fixture
async def open_project(world: World) -> None:
    """The project is public: what the project service writes then."""
    await world.owner.execute("UPDATE project.workspaces SET public_projects = true WHERE id = $1", world.workspace_id)
    await world.owner.execute(
        "INSERT INTO project.access VALUES ($1, $2, $3, 1)", world.workspace_id, world.project_id, THE_PUBLIC.id
    )


@pytest.fixture
def anybody(as_person: As) -> httpx.AsyncClient:
    return as_person(None)


def of(world: World) -> str:
    return f"/public/tasks?project_id={world.project_id}"


@pytest.mark.usefixtures("open_project")
async def test_lists_and_reads_show_what_members_see(
    anybody: httpx.AsyncClient, ann: httpx.AsyncClient, world: World, new_task: NewTaskOf
) -> None:
    tasks = [await new_task(title=title) for title in ("Fix the lift", "Paint the door")]
    listed = await anybody.get(of(world))
    assert listed.json() == (await ann.get(f"/tasks?project_id={world.project_id}")).json()
    for task in tasks:
        for path in (f"/public/tasks/{task['id']}", f"/public/tasks/{task['key']}?workspace={world.slug}"):
            answer = await anybody.get(path)
            assert answer.json() == task
            assert answer.headers["cache-control"] == "public, max-age=30"
            again = await anybody.get(path, headers={"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
    again = await anybody.get(of(world), headers={"If-None-Match": f"W/{listed.headers['etag']}"})
    assert again.status_code == 304


@pytest.mark.usefixtures("open_project")
async def test_lists_are_narrowed_ordered_and_paged(
    anybody: httpx.AsyncClient, world: World, new_task: NewTaskOf
) -> None:
    made = [(await new_task(title=title, priority=level))["id"] for title, level in [("A", "low"), ("B", "high")]]
    first = (await anybody.get(f"{of(world)}&sort=number&limit=1")).json()
    second = (await anybody.get(f"{of(world)}&sort=number&limit=1&cursor={first['next_cursor']}")).json()
    assert [page["items"][0]["id"] for page in (first, second)] == made
    upwards = (await anybody.get(f"{of(world)}&sort=-priority")).json()["items"]
    assert [task["id"] for task in upwards] == made[::-1]
    assert (await anybody.get(f"{of(world)}&status=done")).json()["items"] == []
    assert (await anybody.get(f"{of(world)}&label={new_id()}")).json()["items"] == []


@pytest.mark.usefixtures("open_project")
@pytest.mark.parametrize("query", ["", "?project_id=nonsense"])
async def test_a_list_is_of_one_project(anybody: httpx.AsyncClient, query: str) -> None:
    assert (await anybody.get(f"/public/tasks{query}")).status_code in {400, 422}


@pytest.mark.usefixtures("open_project")
@pytest.mark.parametrize("asked", ["filter=assignee = me", "assignee=me", "count=exact", "expand=html"])
async def test_there_is_no_query_language(anybody: httpx.AsyncClient, world: World, asked: str) -> None:
    refused = await anybody.get(f"{of(world)}&{asked}")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/{asked.split('=', maxsplit=1)[0]}")


@pytest.mark.usefixtures("open_project")
async def test_comments_are_read_by_everybody(
    anybody: httpx.AsyncClient, ann: httpx.AsyncClient, new_comment: NewCommentOf
) -> None:
    comment = await new_comment("Leaks again")
    path = f"/tasks/{comment['task_id']}/comments"
    answer = await anybody.get(f"/public{path}")
    assert answer.json() == (await ann.get(path)).json()
    assert (await anybody.get(f"/public{path}?limit=1&cursor=nonsense")).status_code == 422
    assert (await anybody.get(path)).status_code == 401


async def everywhere(client: httpx.AsyncClient, world: World, task: dict[str, Any]) -> set[int]:
    """How everything that could show a task answers."""
    one = f"/public/tasks/{task['id']}"
    paths = [one, f"{one}/comments", f"/public/tasks/{task['key']}?workspace={world.slug}", of(world)]
    paths += [f"{of(world)}&sort=-priority", f"/public/tasks/{task['key']}/comments?workspace={world.slug}"]
    return {(await client.get(path)).status_code for path in paths}


async def test_what_is_not_public_is_not_there(
    anybody: httpx.AsyncClient, ann: httpx.AsyncClient, world: World, new_task: NewTaskOf
) -> None:
    task = await new_task()
    assert await everywhere(anybody, world, task) == {404}
    assert await everywhere(ann, world, task) == {404}, "a credential makes no difference"
    assert (await anybody.get(f"/public/tasks/{task['key']}")).status_code == 422


@pytest.mark.usefixtures("open_project")
async def test_it_closes_with_the_relation(anybody: httpx.AsyncClient, world: World, new_task: NewTaskOf) -> None:
    task = await new_task()
    assert await everywhere(anybody, world, task) == {200}
    switch = "UPDATE project.workspaces SET public_projects = NOT public_projects WHERE id = $1"
    for expected in (404, 200):
        await world.owner.execute(switch, world.workspace_id)
        assert await everywhere(anybody, world, task) == {expected}
    await world.revoke(THE_PUBLIC.id)
    assert await everywhere(anybody, world, task) == {404}


@pytest.mark.usefixtures("open_project")
async def test_what_is_in_the_trash_is_gone(
    anybody: httpx.AsyncClient, ann: httpx.AsyncClient, new_task: NewTaskOf
) -> None:
    task = await new_task()
    assert (await ann.delete(f"/tasks/{task['id']}")).is_success
    assert (await anybody.get(f"/public/tasks/{task['id']}")).status_code == 404


@pytest.mark.usefixtures("open_project")
async def test_other_projects_stay_shut(
    anybody: httpx.AsyncClient, ann: httpx.AsyncClient, world: World, new_task: NewTaskOf
) -> None:
    other = await world.add_project("OTHER")
    await world.grant(world.ann, other, "admin")
    hidden = await new_task(project_id=other)
    grants = f"/tasks/{hidden['id']}/grants"
    assert (await ann.post(grants, json={"user_id": world.bob})).is_success
    assert (await ann.post(grants, json={"user_id": THE_PUBLIC.id})).status_code == 422
    for path in ("", "/comments"):
        assert (await anybody.get(f"/public/tasks/{hidden['id']}{path}")).status_code == 404
    assert (await anybody.get(f"/public/tasks?project_id={other}")).status_code == 404


@pytest.mark.usefixtures("open_project")
async def test_the_public_is_nobody(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    task = await new_task()
    refused = await ann.patch(f"/tasks/{task['id']}", json={"assignee_ids": [THE_PUBLIC.id]})
    assert refused.status_code == 422
    assert (await ann.post(f"/tasks/{task['id']}/comments", json={"body": f"@{THE_PUBLIC.id}"})).status_code == 422


@pytest.mark.usefixtures("open_project")
async def test_nothing_changes_there(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    path = f"/public/tasks/{(await new_task())['id']}"
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await ann.request(method, path, json={"title": "Mine"})).status_code == 405
    assert (await ann.post(f"{path}/comments", json={"body": "Mine"})).status_code == 405
