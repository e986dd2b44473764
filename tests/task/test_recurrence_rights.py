"""Who may see recurrences, and make and change them."""

import httpx

from taskyard.kit.ids import new_id

from .conftest import As, World
from .recurring import PATH, made_by, wanted


async def test_who_may_do_what(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, otto: httpx.AsyncClient, as_person: As, world: World
) -> None:
    recurrence, other = await made_by(ann, world), await made_by(ann, world)
    one, bob = f"{PATH}/{recurrence['id']}", as_person(world.bob)
    assert (await vera.get(one)).json() == recurrence
    assert (await vera.get(PATH, params={"limit": 1})).json()["items"] == [recurrence]
    listed = await bob.get(PATH, params={"project_id": world.project_id, "limit": 1})
    following = await bob.get(
        PATH, params={"project_id": world.project_id, "limit": 1, "cursor": listed.json()["next_cursor"]}
    )
    assert (following.json()["items"], following.json()["next_cursor"]) == ([other], None)
    assert (await vera.post(PATH, json=wanted(world))).status_code == 403
    for client, status in ((vera, 403), (bob, 403), (otto, 404)):
        assert (await client.patch(one, json={"at": "10:00"})).status_code == status
        assert (await client.post(f"{one}/pause")).status_code == status
        assert (await client.delete(one)).status_code == status
    assert (await otto.get(one)).status_code == 404
    assert (await otto.get(PATH, params={"project_id": world.project_id})).status_code == 404
    assert (await otto.get(PATH)).json()["items"] == []
    assert (await otto.post(PATH, json=wanted(world))).status_code == 404
    assert (await ann.post(PATH, json=wanted(world, project_id=new_id()))).status_code == 404
    for path in (f"{PATH}/nothing", f"{PATH}/{new_id()}"):
        assert (await ann.get(path)).status_code == 404
        assert (await ann.patch(path, json={"task": {"title": "x"}})).status_code == 404
    await world.grant(world.bob, world.hidden_project_id, "admin")
    limited = as_person(world.ann, project_ids=frozenset({world.hidden_project_id}))
    assert (await limited.get(one)).status_code == 404
    narrow = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    assert (await narrow.post(f"{one}/pause")).status_code == 403


async def test_who_runs_the_project_may_change_anybodys(ann: httpx.AsyncClient, as_person: As, world: World) -> None:
    recurrence = await made_by(ann, world)
    await world.revoke(world.bob)
    await world.grant(world.bob, world.project_id, "admin")
    assert (await as_person(world.bob).post(f"{PATH}/{recurrence['id']}/pause")).status_code == 200


async def test_a_repeated_request_is_answered_again(ann: httpx.AsyncClient, world: World) -> None:
    key = {"Idempotency-Key": new_id()}
    first, again = [await ann.post(PATH, json=wanted(world), headers=key) for _ in range(2)]
    assert (first.status_code, again.headers["idempotency-replayed"], first.json()) == (201, "true", again.json())
    one, key = f"{PATH}/{first.json()['id']}", {"Idempotency-Key": new_id()}
    paused, again = [await ann.post(f"{one}/pause", headers=key) for _ in range(2)]
    assert (paused.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    key = {"Idempotency-Key": new_id()}
    changed, again = [await ann.patch(one, json={"at": "08:00"}, headers=key) for _ in range(2)]
    assert (changed.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    await world.revoke(world.ann)
    assert (await ann.patch(one, json={"at": "08:00"}, headers=key)).status_code == 404
