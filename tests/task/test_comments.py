"""Commenting on tasks, and reading what was said."""

import asyncio
from typing import Any

import httpx
import pytest

from taskyard.kit.ids import new_id

from .conftest import As, NewCommentOf, NewTaskOf, World


async def test_member_comments_on_a_task(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    task = await new_task()
    response = await ann.post(f"/tasks/{task['id']}/comments", json={"body": "\r\nLeaks **again**.\r\nSee below.  \n"})

    comment = response.json()
    assert (response.status_code, response.headers["etag"]) == (201, '"1"')
    assert response.headers["location"] == f"/api/v1/comments/{comment['id']}"
    assert comment == {
        "id": comment["id"],
        "workspace_id": world.workspace_id,
        "project_id": world.project_id,
        "task_id": task["id"],
        "author_id": world.ann,
        "reply_to": None,
        "body": "Leaks **again**.\nSee below.",
        "mentioned_ids": [],
        "created_at": comment["created_at"],
        "updated_at": comment["created_at"],
        "edited_at": None,
        "version": 1,
    }
    assert await world.events_of(comment["id"]) == [("comment.created.v1", 1, {})]


async def test_task_may_be_named_by_its_key(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    task = await new_task()
    path = f"/tasks/{task['key']}/comments?workspace={world.slug}"
    comment = (await ann.post(path, json={"body": "Here"})).json()

    assert comment["task_id"] == task["id"]
    assert (await ann.get(path)).json() == {"items": [comment], "next_cursor": None}
    assert (await ann.get(f"/tasks/{task['key']}/comments")).json()["errors"][0]["pointer"] == "/workspace"


async def test_guest_comments_viewer_is_refused_and_outsider_finds_nothing(
    as_person: As, vera: httpx.AsyncClient, otto: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path = f"/tasks/{(await new_task())['id']}/comments"
    hidden = await otto.post(path, json={"body": "x"})
    refused = await vera.post(path, json={"body": "x"})
    await world.grant(world.otto, world.project_id, "guest")
    await world.owner.execute("INSERT INTO project.subjects VALUES ($1, $1, $2)", world.otto, world.workspace_id)

    assert (hidden.status_code, hidden.json()["code"]) == (404, "task_not_found")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert (await as_person(world.otto).post(path, json={"body": "x"})).status_code == 201
    assert (await as_person(None).post(path, json={"body": "x"})).status_code == 401


async def test_scopes_and_project_limits_narrow(as_person: As, new_comment: NewCommentOf, world: World) -> None:
    comment = await new_comment()
    reader = as_person(world.ann, scopes=frozenset({"comments:read"}))
    elsewhere = as_person(world.ann, project_ids=frozenset({world.hidden_project_id}))
    unscoped = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    paths = [f"/comments/{comment['id']}", f"/tasks/{comment['task_id']}/comments"]

    assert [(await reader.get(path)).status_code for path in paths] == [200, 200]
    assert [(await unscoped.get(path)).status_code for path in paths] == [403, 403]
    assert [(await elsewhere.get(path)).status_code for path in paths] == [404, 404]
    refused = [await reader.post(paths[1], json={"body": "x"}), await reader.patch(paths[0], json={"body": "x"})]
    refused.append(await reader.delete(paths[0]))
    assert [(answer.status_code, "comments:write" in answer.json()["detail"]) for answer in refused] == [
        (403, True)
    ] * 3


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body"),
        ({"body": ""}, "/body"),
        ({"body": " \n\t\r\n "}, "/body"),
        ({"body": "a\x00b"}, "/body"),
        ({"body": None}, "/body"),
        ({"body": "x" * 20_001}, "/body"),
        ({"body": "x", "mentioned_ids": []}, "/mentioned_ids"),
        ({"body": " ".join(f"@{new_id()}" for _ in range(51))}, "/body"),
    ],
)
async def test_malformed_comment_names_the_field(
    ann: httpx.AsyncClient, new_task: NewTaskOf, body: dict[str, Any], pointer: str
) -> None:
    response = await ann.post(f"/tasks/{(await new_task())['id']}/comments", json=body)

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_longest_body_is_measured_as_it_is_kept(new_comment: NewCommentOf) -> None:
    assert len((await new_comment("ä\r\n" * 9_999 + "ää\r\n\r\n"))["body"]) == 20_000


async def test_mentions_are_read_from_the_body_once_and_in_order(new_comment: NewCommentOf, world: World) -> None:
    body = f"(@{world.vera}) @{world.bob}: see @{world.vera}, not a@{new_id()} or @{new_id()}-2 or @{'-' * 36}."

    assert (await new_comment(body))["mentioned_ids"] == [world.vera, world.bob]


async def test_only_who_sees_the_project_is_mentioned(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path, nobody = f"/tasks/{(await new_task())['id']}/comments", new_id()
    response = await ann.post(path, json={"body": f"@{world.bob} @{world.otto} @{nobody}"})

    assert response.status_code == 422
    assert {(error["pointer"], error["detail"]) for error in response.json()["errors"]} == {
        ("/body", f"{person} does not see the project.") for person in (world.otto, nobody)
    }
    assert (await ann.get(path)).json()["items"] == []


async def test_archived_project_keeps_its_comments_and_takes_no_more(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World
) -> None:
    comment = await new_comment()
    await world.archive()
    path = f"/comments/{comment['id']}"
    answers = [
        await ann.post(f"/tasks/{comment['task_id']}/comments", json={"body": "x"}),
        await ann.patch(path, json={"body": "x"}),
        await ann.delete(path),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "project_archived")}
    assert (await ann.get(path)).json() == comment


async def test_comments_go_to_the_trash_with_their_task_and_come_back(
    ann: httpx.AsyncClient, new_comment: NewCommentOf
) -> None:
    comment = await new_comment()
    path, task = f"/comments/{comment['id']}", f"/tasks/{comment['task_id']}"
    await ann.delete(task)
    answers = [await ann.get(path), await ann.patch(path, json={"body": "x"}), await ann.delete(path)]
    answers += [await ann.get(f"{task}/comments"), await ann.post(f"{task}/comments", json={"body": "x"})]

    assert [answer.json()["code"] for answer in answers] == ["comment_not_found"] * 3 + ["task_not_found"] * 2
    await ann.post(f"{task}/restore")
    assert (await ann.get(path)).json() == comment


async def test_comment_is_read_by_who_sees_the_project(
    vera: httpx.AsyncClient, otto: httpx.AsyncClient, new_comment: NewCommentOf
) -> None:
    comment = await new_comment()
    path = f"/comments/{comment['id']}"
    seen = await vera.get(path)

    assert (seen.status_code, seen.headers["etag"], seen.json()) == (200, '"1"', comment)
    assert (await vera.get(path, headers={"If-None-Match": '"1"'})).status_code == 304
    assert [(await otto.get(path)).json()["code"], (await vera.get("/comments/x")).json()["code"]] == [
        "comment_not_found",
        "comment_not_found",
    ]
    assert (await otto.get(f"/tasks/{comment['task_id']}/comments")).json()["code"] == "task_not_found"


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
async def test_pages_hold_every_comment_once_in_order(
    ann: httpx.AsyncClient, new_task: NewTaskOf, new_comment: NewCommentOf, sort: str
) -> None:
    task_id = (await new_task())["id"]
    written = [(await new_comment(str(number), task_id=task_id))["body"] for number in range(5)]
    await new_comment("on another task")
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query: dict[str, Any] = {"sort": sort, "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await ann.get(f"/tasks/{task_id}/comments", params=query)).json()
        found += [comment["body"] for comment in page["items"]]
        cursor = page["next_cursor"]

    assert found == (written if sort == "created_at" else written[::-1])


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "sort=body", "cursor=abc", "colour=red"])
async def test_malformed_list_is_refused(ann: httpx.AsyncClient, new_task: NewTaskOf, query: str) -> None:
    response = await ann.get(f"/tasks/{(await new_task())['id']}/comments?{query}")

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, f"/{query.partition('=')[0]}")


async def test_cursor_of_another_task_is_refused(
    ann: httpx.AsyncClient, new_task: NewTaskOf, new_comment: NewCommentOf
) -> None:
    task_id = (await new_task())["id"]
    for _ in range(2):
        await new_comment(task_id=task_id)
    cursor = (await ann.get(f"/tasks/{task_id}/comments?limit=1")).json()["next_cursor"]
    other = (await new_comment())["task_id"]

    assert (await ann.get(f"/tasks/{other}/comments", params={"cursor": cursor})).status_code == 422


async def test_one_idempotency_key_makes_one_comment_while_permitted(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    path, key = f"/tasks/{(await new_task())['id']}/comments", {"Idempotency-Key": new_id()}
    answers = await asyncio.gather(*(ann.post(path, json={"body": "Once"}, headers=key) for _ in range(20)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len((await ann.get(path)).json()["items"]) == 1
    assert (await ann.post(path, json={"body": "Twice"}, headers=key)).json()["code"] == "idempotency_key_reused"
    await world.revoke(world.ann)
    await world.grant(world.ann, world.project_id, "viewer")
    assert (await ann.post(path, json={"body": "Once"}, headers=key)).status_code == 403
    await world.revoke(world.ann)
    assert (await ann.post(path, json={"body": "Once"}, headers=key)).status_code == 404
