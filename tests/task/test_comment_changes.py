"""Editing and deleting comments."""

import asyncio
from unittest.mock import AsyncMock

import httpx
import pytest

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import PermissionDenied
from taskyard.task.actions import comments as actions
from taskyard.task.models.comments import NewComment
from taskyard.task.queries import comments as queries

from .conftest import As, NewCommentOf, NewTaskOf, World


async def test_author_edits_and_the_mentions_follow(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World
) -> None:
    comment = await new_comment(f"@{world.bob}")
    path, body = f"/comments/{comment['id']}", f"@{world.vera}, not Bob"
    response = await ann.patch(path, json={"body": body}, headers={"If-Match": '"1"'})

    edited = response.json()
    assert (response.status_code, response.headers["etag"]) == (200, '"2"')
    assert (edited["body"], edited["mentioned_ids"], edited["version"]) == (body, [world.vera], 2)
    assert edited["edited_at"] == edited["updated_at"] > comment["updated_at"]
    assert (await ann.get(path)).json() == edited
    [_, (kind, version, changes)] = await world.events_of(comment["id"])
    assert (kind, version, set(changes)) == ("comment.updated.v1", 2, {"body", "mentioned_ids", "edited_at"})
    assert changes["body"] == {"from": f"@{world.bob}", "to": body}


@pytest.mark.parametrize("patch", [{}, {"body": "Leaks again\n\n"}])
async def test_change_of_nothing_keeps_the_version(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World, patch: dict[str, str]
) -> None:
    comment = await new_comment("Leaks again")

    assert (await ann.patch(f"/comments/{comment['id']}", json=patch)).json() == comment
    assert len(await world.events_of(comment["id"])) == 1


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"body": None}, "/body"),
        ({"body": "\n"}, "/body"),
        ({"body": "\x1b"}, "/body"),
        ({"author_id": new_id()}, "/author_id"),
        ({"body": f"@{new_id()}"}, "/body"),
    ],
)
async def test_malformed_change_names_the_field(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, patch: dict[str, str], pointer: str
) -> None:
    response = await ann.patch(f"/comments/{(await new_comment())['id']}", json=patch)

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, pointer), response.text


async def test_who_was_mentioned_and_lost_the_project_may_stay(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World
) -> None:
    comment = await new_comment(f"@{world.bob}")
    await world.revoke(world.bob)
    response = await ann.patch(f"/comments/{comment['id']}", json={"body": f"@{world.bob} @{world.vera}"})

    assert (response.status_code, response.json()["mentioned_ids"]) == (200, [world.bob, world.vera])


@pytest.mark.parametrize("role", ["member", "admin", "viewer", None])
async def test_nobody_edits_what_another_wrote(
    as_person: As, new_comment: NewCommentOf, world: World, role: str | None
) -> None:
    comment = await new_comment()
    await world.revoke(world.bob)
    if role is not None:
        await world.grant(world.bob, world.project_id, role)
    response = await as_person(world.bob).patch(f"/comments/{comment['id']}", json={"body": "Mine"})

    assert response.status_code == (403 if role else 404)


@pytest.mark.parametrize(("role", "status"), [("member", 403), ("admin", 204), ("viewer", 403), (None, 404)])
async def test_who_runs_the_project_may_delete_what_another_wrote(
    as_person: As, new_comment: NewCommentOf, world: World, role: str | None, status: int
) -> None:
    comment = await new_comment()
    await world.revoke(world.bob)
    if role is not None:
        await world.grant(world.bob, world.project_id, role)

    assert (await as_person(world.bob).delete(f"/comments/{comment['id']}")).status_code == status


async def test_author_who_may_only_look_by_now_changes_nothing(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World
) -> None:
    path = f"/comments/{(await new_comment())['id']}"
    await world.revoke(world.ann)
    await world.grant(world.ann, world.project_id, "viewer")

    assert [(await ann.patch(path, json={"body": "x"})).status_code, (await ann.delete(path)).status_code] == [403, 403]


async def test_deleted_comment_is_gone(ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World) -> None:
    comment = await new_comment()
    path = f"/comments/{comment['id']}"
    deleted = await ann.delete(path, headers={"If-Match": '"1"'})
    answers = [await ann.get(path), await ann.patch(path, json={"body": "x"}), await ann.delete(path)]

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert {answer.json()["code"] for answer in answers} == {"comment_not_found"}
    assert (await ann.get(f"/tasks/{comment['task_id']}/comments")).json()["items"] == []
    assert [(kind, version) for kind, version, _ in await world.events_of(comment["id"])] == [
        ("comment.created.v1", 1),
        ("comment.deleted.v1", 2),
    ]


async def test_old_version_and_odd_ids_are_refused(ann: httpx.AsyncClient, new_comment: NewCommentOf) -> None:
    path = f"/comments/{(await new_comment())['id']}"
    old = {"If-Match": '"9"'}

    assert (await ann.patch(path, json={"body": "x"}, headers=old)).status_code == 412
    assert (await ann.delete(path, headers=old)).status_code == 412
    for odd in ("x", "%00", new_id()):
        assert (await ann.patch(f"/comments/{odd}", json={"body": "x"})).json()["code"] == "comment_not_found"
        assert (await ann.delete(f"/comments/{odd}")).json()["code"] == "comment_not_found"


async def test_of_parallel_edits_of_one_version_one_wins(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World
) -> None:
    comment = await new_comment()
    path, headers = f"/comments/{comment['id']}", {"If-Match": '"1"'}
    answers = await asyncio.gather(*(ann.patch(path, json={"body": str(n)}, headers=headers) for n in range(20)))

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    assert [version for _, version, _ in await world.events_of(comment["id"])] == [1, 2]


@pytest.mark.parametrize(("method", "status"), [("PATCH", 200), ("DELETE", 204)])
async def test_repeated_change_is_answered_from_store_while_permitted(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World, method: str, status: int
) -> None:
    path, headers = f"/comments/{(await new_comment())['id']}", {"Idempotency-Key": new_id()}
    body = {"body": "New"} if method == "PATCH" else None
    answers = [await ann.request(method, path, json=body, headers=headers) for _ in range(2)]
    await world.revoke(world.ann)
    await world.grant(world.ann, world.project_id, "viewer")
    answers.append(await ann.request(method, path, json=body, headers=headers))
    await world.revoke(world.ann)
    answers.append(await ann.request(method, path, json=body, headers=headers))

    assert [answer.status_code for answer in answers] == [status, status, 403, 404]


async def test_task_that_closes_while_the_comment_is_written_takes_none(
    databases: dict[str, Database], new_task: NewTaskOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, database = await new_task(), databases["task"]
    caller = Principal(id=world.ann)
    thread = await queries.find_thread(database, caller, task["id"], [], None)
    monkeypatch.setattr(queries, "find_thread", AsyncMock(return_value=thread))
    await world.archive()

    with pytest.raises(PermissionDenied, match="a moment ago"):
        async with database.transaction() as tx:
            await actions.create_comment(tx, caller, task["id"], NewComment("Late"))
