"""How tasks relate: told from either end, seen by who sees both, and never in a circle."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from taskyard.kit.ids import new_id

from .conftest import As, NewTaskOf, World

Relate = Callable[..., Awaitable[dict[str, Any]]]
OTHER_ENDS = [
    ("blocks", "blocked_by"),
    ("blocked_by", "blocks"),
    ("relates_to", "relates_to"),
    ("duplicates", "duplicated_by"),
]


@pytest.fixture
def relate(ann: httpx.AsyncClient) -> Relate:
    """Relate one task to another as Ann."""

    async def create(task: dict[str, Any], kind: str, target: dict[str, Any]) -> dict[str, Any]:
        response = await ann.post(f"/tasks/{task['id']}/relations", json={"kind": kind, "target_id": target["id"]})
        assert response.status_code == 201, response.text
        relation: dict[str, Any] = response.json()
        return relation

    return create


@pytest.mark.parametrize("ends", OTHER_ENDS)
async def test_a_relation_is_told_from_either_end(
    ann: httpx.AsyncClient, new_task: NewTaskOf, relate: Relate, world: World, ends: tuple[str, str]
) -> None:
    kind, there = ends
    roof, scaffold = await new_task(title="Roof"), await new_task(title="Scaffold")
    relation = await relate(roof, kind, scaffold)
    [other] = (await ann.get(f"/tasks/{scaffold['id']}/relations")).json()["items"]

    assert (relation["kind"], other["kind"], other["id"]) == (kind, there, relation["id"])
    assert (relation["target_id"], other["target_id"]) == (scaffold["id"], roof["id"])
    shown = {name: scaffold[name] for name in ("id", "project_id", "key", "title", "status", "completed_at")}
    assert relation["target"] == shown
    assert (await ann.get(f"/tasks/{roof['id']}/relations/{relation['id']}")).json() == relation
    assert await world.events_of(relation["id"]) == [("relation.created.v1", 1, {})] * 2


async def test_where_it_is_found_is_said(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    roof, scaffold = await new_task(), await new_task()
    path = f"/tasks/{roof['key']}/relations?workspace={world.slug}"
    response = await ann.post(path, json={"kind": "blocks", "target_id": scaffold["id"]})

    relation = response.json()
    assert response.headers["location"] == f"/api/v1/tasks/{roof['id']}/relations/{relation['id']}"
    assert (await ann.get(path)).json() == {"items": [relation], "next_cursor": None}


async def test_relations_are_paged(ann: httpx.AsyncClient, new_task: NewTaskOf, relate: Relate) -> None:
    roof = await new_task()
    made = [await relate(roof, "relates_to", await new_task()) for _ in range(3)]
    path = f"/tasks/{roof['id']}/relations"
    first = (await ann.get(path, params={"limit": 2})).json()
    rest = (await ann.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert first["items"] + rest["items"] == made
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("end", [0, 1])
async def test_a_relation_ends_at_both_ends(
    ann: httpx.AsyncClient, new_task: NewTaskOf, relate: Relate, world: World, end: int
) -> None:
    tasks = [await new_task(), await new_task()]
    relation = await relate(tasks[0], "blocks", tasks[1])
    path = f"/tasks/{tasks[end]['id']}/relations/{relation['id']}"

    assert (await ann.delete(path)).status_code == 204
    for task in tasks:
        assert (await ann.get(f"/tasks/{task['id']}/relations")).json()["items"] == []
    assert (await ann.delete(path)).json()["code"] == "relation_not_found"
    assert [kind for kind, _, _ in await world.events_of(relation["id"])][2:] == ["relation.deleted.v1"] * 2


@pytest.mark.parametrize(("kind", "there"), OTHER_ENDS)
async def test_the_same_relation_is_made_once(
    ann: httpx.AsyncClient, new_task: NewTaskOf, relate: Relate, kind: str, there: str
) -> None:
    roof, scaffold = await new_task(), await new_task()
    await relate(roof, kind, scaffold)
    again = await ann.post(f"/tasks/{roof['id']}/relations", json={"kind": kind, "target_id": scaffold["id"]})
    answers = [again]
    if there != "duplicated_by":
        body = {"kind": there, "target_id": roof["id"]}
        answers.append(await ann.post(f"/tasks/{scaffold['id']}/relations", json=body))

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "relation_exists")}


@pytest.mark.parametrize("kind", ["blocks", "duplicates"])
async def test_a_circle_is_refused_with_the_shortest_way_round(
    ann: httpx.AsyncClient, new_task: NewTaskOf, relate: Relate, kind: str
) -> None:
    one, two, three, four = [await new_task() for _ in range(4)]
    for task, target in ((one, two), (two, three), (three, four), (one, three), (two, four)):
        await relate(task, kind, target)
    refused = await ann.post(f"/tasks/{four['id']}/relations", json={"kind": kind, "target_id": one["id"]})

    assert (refused.status_code, refused.json()["code"]) == (409, "circular_tasks")
    told = refused.json()["detail"].partition(": ")[2]
    assert told in {"OPS-4 → OPS-1 → OPS-2 → OPS-4", "OPS-4 → OPS-1 → OPS-3 → OPS-4"}


async def test_a_circle_by_blocked_by_is_refused_too(
    ann: httpx.AsyncClient, new_task: NewTaskOf, relate: Relate
) -> None:
    one, two = await new_task(), await new_task()
    await relate(one, "blocks", two)
    refused = await ann.post(f"/tasks/{one['id']}/relations", json={"kind": "blocked_by", "target_id": two["id"]})

    assert refused.json()["detail"].endswith("OPS-2 → OPS-1 → OPS-2")


async def test_a_way_through_what_is_hidden_tells_no_keys(
    ann: httpx.AsyncClient, new_task: NewTaskOf, relate: Relate, world: World
) -> None:
    await world.grant(world.ann, world.hidden_project_id, "member")
    one, secret, three = await new_task(), await new_task(project_id=world.hidden_project_id), await new_task()
    await relate(one, "blocks", secret)
    await relate(secret, "blocks", three)
    await world.owner.execute("DELETE FROM project.access WHERE project_id = $1", world.hidden_project_id)
    refused = await ann.post(f"/tasks/{three['id']}/relations", json={"kind": "blocks", "target_id": one["id"]})

    assert refused.json()["detail"].endswith(": OPS-2 → OPS-1 → a task you cannot see → OPS-2")


async def test_who_does_not_see_the_other_end_sees_no_relation(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, new_task: NewTaskOf, relate: Relate, world: World
) -> None:
    await world.grant(world.ann, world.hidden_project_id, "member")
    here, secret = await new_task(), await new_task(project_id=world.hidden_project_id)
    relation = await relate(here, "blocks", secret)
    path = f"/tasks/{here['id']}/relations"
    events = await world.owner.fetch("SELECT project_id::text FROM log.events WHERE resource_id = $1", relation["id"])

    assert (await ann.get(path)).json()["items"] == [relation]
    assert (await vera.get(path)).json()["items"] == []
    assert (await vera.get(f"{path}/{relation['id']}")).status_code == 404
    assert {row[0] for row in events} == {world.project_id, world.hidden_project_id}


async def test_crossing_relations_wait_for_nobody_for_ever(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    tasks = [await new_task() for _ in range(4)]
    wishes = [(one, other) for one in tasks for other in tasks if one is not other]
    answers = await asyncio.gather(
        *(
            ann.post(f"/tasks/{one['id']}/relations", json={"kind": "blocks", "target_id": other["id"]})
            for one, other in wishes
        )
    )

    assert Counter(answer.status_code for answer in answers) == {201: 6, 409: 6}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "blocks"}, "/target_id"),
        ({"kind": "duplicated_by", "target_id": new_id()}, "/kind"),
        ({"kind": "blocks", "target_id": "OPS-1"}, "/target_id"),
        ({"kind": "blocks", "target_id": new_id()}, "/target_id"),
        ({"kind": "blocks", "target_id": "itself"}, "/target_id"),
        ({"kind": "blocks", "target_id": new_id(), "why": ""}, "/why"),
    ],
)
async def test_malformed_relation_names_the_field(
    ann: httpx.AsyncClient, new_task: NewTaskOf, body: dict[str, Any], pointer: str
) -> None:
    task = await new_task()
    if body.get("target_id") == "itself":
        body = {**body, "target_id": task["id"]}
    response = await ann.post(f"/tasks/{task['id']}/relations", json=body)

    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_relating_is_for_who_may_change_the_task(
    as_person: As, vera: httpx.AsyncClient, new_task: NewTaskOf, relate: Relate, world: World
) -> None:
    otto = as_person(world.otto)
    roof, scaffold = await new_task(), await new_task()
    relation = await relate(roof, "relates_to", scaffold)
    path, body = f"/tasks/{roof['id']}/relations", {"kind": "blocks", "target_id": scaffold["id"]}
    reader = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    for client, status in ((vera, 403), (otto, 404), (reader, 403), (as_person(None), 401)):
        answers = [await client.post(path, json=body), await client.delete(f"{path}/{relation['id']}")]
        assert [answer.status_code for answer in answers] == [status] * 2
    assert [(await client.get(path)).status_code for client in (vera, otto, reader)] == [200, 404, 200]
    assert [(await otto.get(f"{path}/{name}")).status_code for name in (relation["id"], "x")] == [404, 404]


async def test_archived_project_keeps_its_relations(
    ann: httpx.AsyncClient, new_task: NewTaskOf, relate: Relate, world: World
) -> None:
    roof, scaffold = await new_task(), await new_task()
    relation = await relate(roof, "relates_to", scaffold)
    await world.archive()
    path = f"/tasks/{roof['id']}/relations"
    answers = [
        await ann.post(path, json={"kind": "blocks", "target_id": scaffold["id"]}),
        await ann.delete(f"{path}/{relation['id']}"),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "project_archived")}
    assert (await ann.get(path)).json()["items"] == [relation]


async def test_a_repeated_request_relates_once_and_not_for_who_lost_the_right(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    roof, scaffold = await new_task(), await new_task()
    path, key = f"/tasks/{roof['id']}/relations", {"Idempotency-Key": new_id()}
    body = {"kind": "blocks", "target_id": scaffold["id"]}
    first, again = [await ann.post(path, json=body, headers=key) for _ in range(2)]
    gone, gone_again = [
        await ann.delete(f"{path}/{first.json()['id']}", headers={"Idempotency-Key": "once"}) for _ in range(2)
    ]
    await world.revoke(world.ann)

    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    assert (gone.status_code, gone_again.status_code) == (204, 204)
    assert (await ann.post(path, json=body, headers=key)).status_code == 404
