"""Time that people spend on tasks, told afterwards or measured by the one timer that everybody has."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest

from taskyard.kit import clock
from taskyard.kit.ids import new_id

from .conftest import As, NewTaskOf, World

SPENT = {"started_at": "2026-11-01T10:00:00+02:00", "seconds": 600, "note": "Measured"}


@pytest.fixture
async def path(new_task: NewTaskOf) -> str:
    return f"/tasks/{(await new_task())['id']}/time-entries"


def task_of(path: str) -> str:
    return path.split("/")[2]


async def test_time_is_told_corrected_and_taken_out(ann: httpx.AsyncClient, path: str, world: World) -> None:
    entry = (await ann.post(path, json=SPENT)).json()
    one = f"{path}/{entry['id']}"
    body = {"seconds": 900, "started_at": "2026-11-01T09:00:00Z", "note": "More"}
    changed = await ann.patch(one, json=body, headers={"If-Match": '"1"'})
    same = await ann.patch(one, json={"seconds": 900})
    unchanged = await ann.get(one, headers={"If-None-Match": '"2"'})
    gone = await ann.delete(one)

    assert (entry["started_at"], entry["seconds"], entry["person_id"]) == ("2026-11-01T08:00:00Z", 600, world.ann)
    assert (changed.json()["seconds"], changed.headers["etag"], same.json()) == (900, '"2"', changed.json())
    assert (unchanged.status_code, gone.status_code, (await ann.get(one)).status_code) == (304, 204, 404)
    kinds = [kind for kind, _, _ in await world.events_of(entry["id"])]
    assert kinds == ["time_entry.created.v1", "time_entry.updated.v1", "time_entry.deleted.v1"]


async def test_entries_are_paged_and_added_up(
    ann: httpx.AsyncClient, as_person: As, vera: httpx.AsyncClient, path: str, world: World
) -> None:
    made = [(await ann.post(path, json={**SPENT, "started_at": f"2026-11-0{n}T08:00:00Z"})).json() for n in (1, 2)]
    made.append((await as_person(world.bob).post(path, json={**SPENT, "seconds": 5000})).json())
    await ann.post("/timers/start", json={"task_id": task_of(path)})
    first = (await vera.get(path, params={"limit": 2})).json()
    rest = (await vera.get(path, params={"cursor": first["next_cursor"]})).json()
    totals = (await vera.get(f"{path}/totals")).json()

    assert [item["seconds"] for item in first["items"] + rest["items"]] == [None, 600, 5000, 600]
    assert totals == {
        "task_id": task_of(path),
        "seconds": 6200,
        "people": [{"person_id": world.bob, "seconds": 5000}, {"person_id": world.ann, "seconds": 1200}],
    }


async def test_a_timer_measures(ann: httpx.AsyncClient, path: str) -> None:
    started = await ann.post("/timers/start", json={"task_id": task_of(path), "note": "Roof"})
    clock.travel(timedelta(seconds=90))
    running = (await ann.get("/timers/running")).json()
    early = await ann.patch(f"{path}/{running['id']}", json={"seconds": 5})
    stopped = (await ann.post("/timers/stop")).json()

    assert (started.status_code, started.json()["seconds"], running) == (201, None, started.json())
    assert started.headers["location"] == f"/api/v1{path}/{running['id']}"
    assert (early.status_code, early.json()["code"]) == (409, "timer_running")
    assert stopped == {**running, "seconds": 90, "updated_at": stopped["updated_at"], "version": 2}
    again = await ann.post("/timers/stop")
    assert (again.status_code, again.json()["code"]) == (409, "no_timer_running")
    assert (await ann.get("/timers/running")).json()["code"] == "time_entry_not_found"


async def test_of_twenty_timers_started_at_once_one_runs(ann: httpx.AsyncClient, new_task: NewTaskOf) -> None:
    tasks = [await new_task() for _ in range(4)]
    bodies = [{"task_id": tasks[n % 4]["id"]} for n in range(20)]
    answers = await asyncio.gather(*(ann.post("/timers/start", json=body) for body in bodies))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"timer_running"}


async def test_a_timer_is_stopped_whatever_became_of_the_task(ann: httpx.AsyncClient, path: str, world: World) -> None:
    await ann.post("/timers/start", json={"task_id": task_of(path)})
    await ann.delete(f"/tasks/{task_of(path)}")
    await world.revoke(world.ann)

    assert (await ann.post("/timers/stop")).json()["seconds"] == 0


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"seconds": 0}, "/seconds"),
        ({"seconds": None}, "/seconds"),
        ({"seconds": 10**9}, "/seconds"),
        ({"started_at": "2026-11-01"}, "/started_at"),
        ({"started_at": "2999-01-01T00:00:00Z"}, "/started_at"),
        ({"note": "\x00"}, "/note"),
        ({"person_id": new_id()}, "/person_id"),
    ],
)
async def test_malformed_entry_names_the_field(
    ann: httpx.AsyncClient, path: str, fields: dict[str, Any], pointer: str
) -> None:
    entry = (await ann.post(path, json=SPENT)).json()
    answers = [
        await ann.post(path, json={**SPENT, **fields}),
        await ann.patch(f"{path}/{entry['id']}", json=fields),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert {answer.json()["errors"][0]["pointer"] for answer in answers} == {pointer}
    assert (await ann.patch(f"{path}/{entry['id']}", json={}, headers={"If-Match": '"9"'})).status_code == 412
    assert (await ann.delete(f"{path}/{entry['id']}", headers={"If-Match": '"9"'})).status_code == 412


async def test_time_is_for_who_may_change_the_task(
    as_person: As, vera: httpx.AsyncClient, ann: httpx.AsyncClient, path: str, world: World
) -> None:
    one, otto = f"{path}/{(await ann.post(path, json=SPENT)).json()['id']}", as_person(world.otto)
    reader = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    start = {"task_id": task_of(path)}
    for client, status in ((vera, 403), (otto, 404), (reader, 403), (as_person(None), 401)):
        answers = [
            await client.post(path, json=SPENT),
            await client.patch(one, json={"note": "x"}),
            await client.delete(one),
            await client.post("/timers/start", json=start),
        ]
        assert [answer.status_code for answer in answers] == [status] * 4
    for client, status in ((vera, 200), (otto, 404), (reader, 200)):
        assert [(await client.get(url)).status_code for url in (path, one, f"{path}/totals")] == [status] * 3
    assert [(await ann.request(method, f"{path}/x", json={})).status_code for method in ("GET", "PATCH")] == [404, 404]


async def test_an_entry_is_its_persons_and_of_who_runs_the_project(
    ann: httpx.AsyncClient, as_person: As, path: str, world: World
) -> None:
    one = f"{path}/{(await ann.post(path, json=SPENT)).json()['id']}"
    bob = as_person(world.bob)
    refused = await bob.patch(one, json={"seconds": 1})
    await world.revoke(world.bob)
    await world.grant(world.bob, world.project_id, "admin")

    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert (await bob.patch(one, json={"seconds": 1})).status_code == 200


async def test_archived_project_takes_no_time(ann: httpx.AsyncClient, path: str, world: World) -> None:
    one = f"{path}/{(await ann.post(path, json=SPENT)).json()['id']}"
    await world.archive()
    answers = [
        await ann.post(path, json=SPENT),
        await ann.delete(one),
        await ann.post("/timers/start", json={"task_id": task_of(path)}),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "project_archived")}
    assert (await ann.get(one)).status_code == 200


async def test_a_repeated_request_counts_once_and_only_for_who_may(
    ann: httpx.AsyncClient, path: str, world: World
) -> None:
    entry = (await ann.post(path, json=SPENT, headers={"Idempotency-Key": "key"})).json()
    one = f"{path}/{entry['id']}"
    requests: list[tuple[str, str, Any]] = [
        ("POST", path, SPENT),
        ("PATCH", one, {"note": "x"}),
        ("DELETE", one, None),
        ("POST", "/timers/start", {"task_id": task_of(path)}),
    ]
    for method, url, body in requests:
        answers = [await ann.request(method, url, json=body, headers={"Idempotency-Key": "key"}) for _ in range(2)]
        assert (answers[1].headers["idempotency-replayed"], answers[0].content) == ("true", answers[1].content)
    await world.revoke(world.ann)
    for method, url, body in requests:
        assert (await ann.request(method, url, json=body, headers={"Idempotency-Key": "key"})).status_code == 404
