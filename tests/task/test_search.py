"""Searching by words: what is found, in which order, and what never is."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from taskyard.kit import clock
from taskyard.kit.consumers import catch_up
from taskyard.kit.database import Database
from taskyard.task.actions import search as actions
from taskyard.task.listeners import consumers
from taskyard.task.queries import search as queries
from taskyard.task.queries.search_index import CONSUMER
from tests.kit.log_writers import place_all

from .conftest import As, NewCommentOf, NewTaskOf, World

Search = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def index(databases: dict[str, Database]) -> Callable[[], Awaitable[None]]:
    """Let the index take in what happened."""

    async def run() -> None:
        await place_all(databases)
        (keeper,) = (one for one in consumers() if one.name == CONSUMER)
        await catch_up(databases["task"], keeper)

    return run


@pytest.fixture
def find(ann: httpx.AsyncClient, index: Callable[[], Awaitable[None]]) -> Search:
    """Search as Ann, or as somebody else, in an index that is up to date."""

    async def search(q: str, client: httpx.AsyncClient = ann, **params: Any) -> list[dict[str, Any]]:
        await index()
        response = await client.get("/search", params={"q": q, **params})
        assert response.status_code == 200, response.text
        items: list[dict[str, Any]] = response.json()["items"]
        return items

    return search


async def test_tasks_and_comments_are_found_by_their_words(
    find: Search, new_task: NewTaskOf, new_comment: NewCommentOf
) -> None:
    task = await new_task(title="Mend the roof", description="Water drips on the piano")
    comment = await new_comment("Plumbers dislike pianos", task["id"])

    (by_title,) = await find("ROOF mend")
    by_text = await find("piano")
    assert {**by_title, "score": 0} == {
        "kind": "task",
        "id": task["id"],
        "task_id": task["id"],
        "key": task["key"],
        "title": "Mend the roof",
        "highlight": "<mark>Mend</mark> the <mark>roof</mark>\nWater drips on the piano",
        "score": 0,
    }
    assert [found["id"] for found in by_text] == [task["id"], comment["id"]]
    assert (by_text[1]["kind"], by_text[1]["key"]) == ("comment", task["key"])
    assert by_text[1]["highlight"] == "Plumbers dislike <mark>pianos</mark>"


async def test_title_counts_more_than_text(find: Search, new_task: NewTaskOf) -> None:
    await new_task(title="Else", description="roof")
    await new_task(title="Roof")

    found = await find("roof")
    assert [one["title"] for one in found] == ["Roof", "Else"]
    assert found[0]["score"] > found[1]["score"]


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("ops-1", "Mend the roof"),
        ("rel", "Release v1.2.3 (beta)"),
        ("v1.2", "Release v1.2.3 (beta)"),
        ("beta release", "Release v1.2.3 (beta)"),
        ("straße", "STRASSE und Straße"),
        ("हिन्दी", "हिन्दी में"),
        ("foo_bar", "call foo_bar()"),
        ("releese", "Release v1.2.3 (beta)"),
        ("reelase", "Release v1.2.3 (beta)"),
        ("relase", "Release v1.2.3 (beta)"),
        ("releasee beta", "Release v1.2.3 (beta)"),
    ],
)
async def test_words_are_found_as_people_type_them(find: Search, new_task: NewTaskOf, q: str, title: str) -> None:
    for one in ("Mend the roof", "Release v1.2.3 (beta)", "STRASSE und Straße", "हिन्दी में", "call foo_bar()"):
        await new_task(title=one)

    assert [found["title"] for found in await find(q)] == [title]


@pytest.mark.parametrize("q", ["mend wall", "oof", "xyzzyx", "re", "🎈", "(mend) & wall | !roof"])
async def test_what_is_not_there_is_not_found(find: Search, new_task: NewTaskOf, q: str) -> None:
    await new_task(title="Mend the roof 🎉")

    assert await find(q) == []


async def test_text_cannot_break_out_of_its_highlight(find: Search, new_task: NewTaskOf) -> None:
    await new_task(title="<script>alert('roof')</script> & \"roof\" <mark>")

    (found,) = await find("roof")
    rest = found["highlight"].replace("<mark>roof</mark>", "")
    assert "<" not in rest
    assert ">" not in rest
    assert "&lt;mark" in rest


async def test_index_follows_every_change(
    find: Search, ann: httpx.AsyncClient, new_task: NewTaskOf, new_comment: NewCommentOf
) -> None:
    task = await new_task(title="Roof")
    comment = await new_comment("Gutter", task["id"])
    assert len(await find("roof")) == len(await find("gutter")) == 1

    await ann.patch(f"/tasks/{task['id']}", json={"title": "Cellar"})
    await ann.patch(f"/comments/{comment['id']}", json={"body": "Stairs"})
    assert await find("roof") == await find("gutter") == []
    assert len(await find("cellar")) == len(await find("stairs")) == 1

    await ann.delete(f"/tasks/{task['id']}")
    assert await find("cellar") == await find("stairs") == []
    await ann.post(f"/tasks/{task['id']}/restore")
    assert len(await find("cellar")) == len(await find("stairs")) == 1
    await ann.delete(f"/comments/{comment['id']}")
    assert await find("stairs") == []


async def test_archived_tasks_and_their_comments_are_found_where_that_is_asked_for(
    find: Search, ann: httpx.AsyncClient, new_task: NewTaskOf, new_comment: NewCommentOf, world: World
) -> None:
    task = await new_task(title="Roof")
    await new_comment("Gutter", task["id"])
    await find("roof")
    await ann.post(f"/tasks/{task['id']}/archive")
    at_once = await ann.get("/search", params={"q": "roof"})

    assert at_once.json()["items"] == await find("roof") == await find("gutter") == []
    for more in ({}, {"project_id": world.project_id}):
        assert len(await find("roof", include_archived=True, **more)) == 1
        assert len(await find("gutter", include_archived=True, **more)) == 1
    await ann.post(f"/tasks/{task['id']}/unarchive")
    assert len(await find("roof")) == len(await find("gutter")) == len(await find("roof", include_archived=True)) == 1


async def test_what_was_deleted_is_not_found_even_before_the_index_knows(
    find: Search,
    ann: httpx.AsyncClient,
    new_task: NewTaskOf,
    new_comment: NewCommentOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(actions, "PATIENCE", 0.0)
    comment = await new_comment("Gutter")
    task = await new_task(title="Attic")
    await find("attic")
    await ann.delete(f"/tasks/{task['id']}")
    await ann.delete(f"/comments/{comment['id']}")

    for q in ("attic", "gutter"):
        assert (await ann.get("/search", params={"q": q})).json()["items"] == []


async def test_a_status_alone_does_not_touch_the_index(
    find: Search, ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task(title="Roof")
    await find("roof")
    await ann.post(f"/tasks/{task['id']}/transition", json={"status": "done"})
    number = await world.owner.fetch_value("SELECT last_value FROM task.search_numbers")
    await find("roof")

    assert await world.owner.fetch_value("SELECT last_value FROM task.search_numbers") == number


async def test_only_what_is_visible_is_found(
    find: Search, as_person: As, otto: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    await world.grant(world.bob, world.hidden_project_id, "member")
    bob = as_person(world.bob)
    hidden = await bob.post("/tasks", json={"project_id": world.hidden_project_id, "title": "Secret roof"})
    await bob.post(f"/tasks/{hidden.json()['id']}/comments", json={"body": "Secret gutter"})
    await new_task(title="Open roof")

    assert [found["title"] for found in await find("roof")] == ["Open roof"]
    assert await find("gutter") == await find("roof", otto) == await find("secert") == []
    assert len(await find("roof", bob)) == 2
    assert len(await find("roof", as_person(world.bob, project_ids=frozenset({world.project_id})))) == 1
    assert [found["title"] for found in await find("roof", bob, project_id=world.project_id)] == ["Open roof"]
    await world.revoke(world.bob)
    assert await find("roof", bob) == []


async def test_who_sees_many_projects_searches_their_workspaces(
    find: Search, new_task: NewTaskOf, world: World
) -> None:
    for n in range(queries.FEW_PROJECTS + 1):
        await world.grant(world.ann, await world.add_project(f"P{n}"), "member")
    await new_task(title="Roof")

    assert len(await find("roof")) == 1


async def test_pages_hold_every_find_once(find: Search, ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    for n in range(7):
        await new_task(title="roof " * (n % 3 + 1))
    for q in ("roof", "rooof"):
        whole = [found["id"] for found in await find("roof")]
        walked, cursor = list[str](), ""
        for _ in range(4):
            params = {"q": q, "limit": "2", **({"cursor": cursor} if cursor else {})}
            page = (await ann.get("/search", params=params)).json()
            walked += [found["id"] for found in page["items"]]
            cursor = page["next_cursor"]
        assert cursor is None
        assert walked == whole
        assert len(set(whole)) == 7


async def test_longer_words_are_looked_for_where_few_have_the_very_word(find: Search, new_task: NewTaskOf) -> None:
    await new_task(title="Roofing")
    for _ in range(queries.ENOUGH - 1):
        await new_task(title="Roof")
    assert len(await find("roof", limit=200)) == queries.ENOUGH

    await new_task(title="Roof")
    assert {found["title"] for found in await find("roof", limit=200)} == {"Roof"}
    assert len(await find("roof", limit=200)) == queries.ENOUGH


async def test_search_waits_for_the_index(
    ann: httpx.AsyncClient, new_task: NewTaskOf, index: Callable[[], Awaitable[None]], databases: dict[str, Database]
) -> None:
    await index()
    await new_task(title="Roof")
    assert await queries.get_place_to_reach(databases["task"]) > (
        await queries.find_reached_place(databases["task"]) or 0
    )
    started = clock.now()
    assert (await ann.get("/search?q=roof")).json()["items"] == []
    assert clock.now() - started >= timedelta(seconds=actions.PATIENCE * 0.8)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("q=", "/q"),
        ("q=.%2C-", "/q"),
        ("q=%00", "/q"),
        ("q=" + "a" * 501, "/q"),
        ("q=a+b+c+d+e+f+g+h+i+j+k", "/q"),
        ("q=a&limit=0", "/limit"),
        ("q=a&cursor=x", "/cursor"),
        ("q=a&project_id=OPS", "/project_id"),
        ("q=a&status=todo", "/status"),
    ],
)
async def test_malformed_search_names_the_parameter(ann: httpx.AsyncClient, query: str, pointer: str) -> None:
    response = await ann.get(f"/search?{query}")

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_search_needs_both_scopes_and_a_visible_project(
    ann: httpx.AsyncClient, as_person: As, world: World
) -> None:
    for scope in ("tasks:read", "comments:read"):
        narrow = as_person(world.ann, scopes=frozenset({scope}))
        assert (await narrow.get("/search?q=a")).status_code == 403
    response = await ann.get("/search", params={"q": "a", "project_id": world.hidden_project_id})
    assert (response.status_code, response.json()["code"]) == (404, "project_not_found")
