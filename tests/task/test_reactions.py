"""Reactions to comments: one sign, once for each person."""

import asyncio
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.problems import InvalidInput
from taskyard.task.actions.reactions import require_emoji

from .conftest import As, NewCommentOf, World

THUMB = quote("👍")


async def test_people_react_and_take_it_back(
    ann: httpx.AsyncClient, as_person: As, new_comment: NewCommentOf, world: World
) -> None:
    comment = await new_comment()
    path = f"/comments/{comment['id']}/reactions"
    mine = (await ann.put(f"{path}/{THUMB}")).json()
    his = (await as_person(world.bob).put(f"{path}/{THUMB}")).json()
    more = (await ann.put(f"{path}/{quote('🎉')}")).json()

    assert (mine["emoji"], mine["person_id"], mine["comment_id"]) == ("👍", world.ann, comment["id"])
    first = (await ann.get(path, params={"limit": 2})).json()
    rest = (await ann.get(path, params={"cursor": first["next_cursor"]})).json()
    assert first["items"] + rest["items"] == [mine, his, more]
    assert (await ann.delete(f"{path}/{THUMB}")).status_code == 204
    assert (await ann.get(path)).json()["items"] == [his, more]
    assert [kind for kind, _, _ in await world.events_of(mine["id"])] == ["reaction.created.v1", "reaction.deleted.v1"]


async def test_to_say_the_same_again_changes_nothing(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World
) -> None:
    path = f"/comments/{(await new_comment())['id']}/reactions/{THUMB}"
    first = (await ann.put(path)).json()
    assert (await ann.put(path)).json() == first
    await asyncio.gather(*(ann.put(path.replace(THUMB, quote("🚀"))) for _ in range(5)))
    assert [(await ann.delete(path)).status_code for _ in range(2)] == [204, 204]

    rows = await world.owner.fetch("SELECT type FROM log.events WHERE actor_id = $1 ORDER BY id", world.ann)
    kinds = [row[0] for row in rows if row[0].startswith("reaction.")]
    assert kinds == ["reaction.created.v1", "reaction.created.v1", "reaction.deleted.v1"]


async def test_reactions_have_an_end(ann: httpx.AsyncClient, new_comment: NewCommentOf) -> None:
    path = f"/comments/{(await new_comment())['id']}/reactions"
    for n in range(20):
        assert (await ann.put(f"{path}/{quote(chr(0x1F600 + n))}")).status_code == 200
    response = await ann.put(f"{path}/{THUMB}")

    assert (response.status_code, response.json()["code"]) == (409, "too_many_reactions")


@pytest.mark.parametrize("emoji", ["👍", "👍🏽", "❤️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👩‍👩‍👧‍👦", "3️⃣", "🇩🇪", "♾️"])
def test_emoji_are_taken(emoji: str) -> None:
    require_emoji(emoji)


@pytest.mark.parametrize("text", ["a", "ok", "", "\u200d👍", "👍" * 17, "👍 ", "<b>", "3"])
def test_texts_are_no_emoji(text: str) -> None:
    with pytest.raises(InvalidInput):
        require_emoji(text)


async def test_reacting_is_for_who_may_comment(
    as_person: As, ann: httpx.AsyncClient, vera: httpx.AsyncClient, new_comment: NewCommentOf, world: World
) -> None:
    comment, otto = await new_comment(), as_person(world.otto)
    path = f"/comments/{comment['id']}/reactions"
    reader = as_person(world.ann, scopes=frozenset({"comments:read"}))
    for client, status in ((vera, 403), (otto, 404), (reader, 403), (as_person(None), 401)):
        answers = [await client.put(f"{path}/{THUMB}"), await client.delete(f"{path}/{THUMB}")]
        assert [answer.status_code for answer in answers] == [status] * 2
    assert [(await client.get(path)).status_code for client in (vera, otto, reader)] == [200, 404, 200]
    assert (await ann.put(f"{path}/words")).json()["errors"][0]["pointer"] == "/emoji"
    for name in ("x", new_id()):
        answers = [await ann.request(method, f"/comments/{name}/reactions/{THUMB}") for method in ("PUT", "DELETE")]
        answers.append(await ann.get(f"/comments/{name}/reactions"))
        assert {answer.json()["code"] for answer in answers} == {"comment_not_found"}


async def test_archived_project_keeps_its_reactions(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World
) -> None:
    path = f"/comments/{(await new_comment())['id']}/reactions"
    reaction = (await ann.put(f"{path}/{THUMB}")).json()
    await world.archive()

    assert [(await ann.request(m, f"{path}/{THUMB}")).status_code for m in ("PUT", "DELETE")] == [409, 409]
    assert (await ann.get(path)).json()["items"] == [reaction]


async def test_a_repeated_request_is_refused_to_who_lost_the_right(
    ann: httpx.AsyncClient, new_comment: NewCommentOf, world: World
) -> None:
    comment, key = await new_comment(), {"Idempotency-Key": "key"}
    path = f"/comments/{comment['id']}/reactions/{THUMB}"

    async def both() -> list[Any]:
        return [(await ann.request(method, path, headers=key)).status_code for method in ("PUT", "DELETE")]

    assert (await both(), await both()) == ([200, 204], [200, 204])
    await world.revoke(world.ann)
    assert await both() == [404, 404]
    await world.grant(world.ann, world.project_id, "member")
    await ann.delete(f"/comments/{comment['id']}")
    assert await both() == [404, 404]
