"""Lists in the order that people gave a column: page by page, whatever a task was moved past meanwhile."""

from typing import Any

import httpx
import pytest

from .conftest import NewTaskOf, World

TITLES = ["a", "b", "c", "d", "e"]


async def pages(client: httpx.AsyncClient, limit: int, **params: Any) -> list[str]:
    found: list[str] = []
    while True:
        answer = await client.get("/tasks", params={"limit": limit, **params})
        assert answer.status_code == 200, answer.text
        found += [task["title"] for task in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            return found
        params["cursor"] = answer.json()["next_cursor"]


@pytest.fixture
async def column(ann: httpx.AsyncClient, new_task: NewTaskOf) -> list[str]:
    """Five tasks of one column, of which the last was moved after the first; their titles in order."""
    ids = [(await new_task(title=title))["id"] for title in TITLES]
    await ann.post(f"/tasks/{ids[-1]}/move", json={"after_id": ids[0]})
    await new_task(title="elsewhere", status="done")
    return ["a", "e", "b", "c", "d"]


@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_a_column_is_listed_as_its_board_shows_it(
    vera: httpx.AsyncClient, world: World, column: list[str], limit: int
) -> None:
    of_project = {"project_id": world.project_id}
    board = (await vera.get(f"/boards/{world.project_id}/columns/todo")).json()["items"]

    assert await pages(vera, limit, sort="rank", status="todo", **of_project) == column
    assert await pages(vera, limit, sort="-rank", status="todo", **of_project) == column[::-1]
    assert await pages(vera, limit, filter="status = todo order by rank", **of_project) == column
    assert await pages(vera, limit, filter="title != c and status in (todo)", sort="rank", **of_project) == list("aebd")
    assert [task["title"] for task in board] == column


async def test_ranks_mean_nothing_across_columns(ann: httpx.AsyncClient, world: World) -> None:
    of_project = {"project_id": world.project_id}
    asked: list[tuple[dict[str, str], str]] = [
        ({"sort": "rank"}, "/sort"),
        ({"sort": "rank", "status": "todo"}, "/sort"),
        ({"sort": "-rank", **of_project}, "/sort"),
        ({"filter": "status in (todo, done) order by rank", **of_project}, "/filter"),
        ({"filter": "status = todo or title = a order by rank", **of_project}, "/filter"),
        ({"filter": "rank = a"}, "/filter"),
    ]
    answers = [await ann.get("/tasks", params=params) for params, _ in asked]

    assert [(one.status_code, one.json()["errors"][0]["pointer"]) for one in answers] == [
        (422, pointer) for _, pointer in asked
    ]
    assert "one column of a board" in answers[0].json()["errors"][0]["detail"]
    assert answers[-1].json()["errors"][0]["detail"].endswith("rank gives an order, and cannot be asked about.")


async def test_a_view_keeps_the_order_of_a_column(ann: httpx.AsyncClient, world: World, column: list[str]) -> None:
    body = {"name": "Next", "project_id": world.project_id, "filter": "status = todo", "sort": "rank"}
    view = (await ann.post("/views", json=body)).json()
    items = (await ann.get(f"/views/{view['id']}/tasks")).json()["items"]

    assert [task["title"] for task in items] == column
    assert (await ann.post("/views", json={**body, "filter": ""})).status_code == 422
