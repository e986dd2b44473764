"""One change of many tasks: which they are, what is done to each, and what is not."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from taskyard.contracts.people import Person
from taskyard.kit import clock
from taskyard.kit.ids import new_id
from taskyard.task.actions import job_work

from .conftest import Acquaintances, As, NewTaskOf, World
from .test_labels_and_fields import add_label
from .working import LOW, ask, change, counts, failures, read_job, work


async def read(client: httpx.AsyncClient, task: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get(f"/tasks/{task['id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_a_query_finds_is_changed_by_a_job(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    tasks = [await new_task(title=f"Roof {n}", priority="low" if n == 0 else "none") for n in range(3)]
    other = await new_task(title="Door")
    asked = await ask(ann, world, LOW, 'title ~ "roof" order by title')
    job = asked.json()

    assert (asked.status_code, job["state"], job["kind"], counts(job)) == (202, "waiting", "bulk", (3, 0, 0, 0))
    assert asked.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert (await read(ann, tasks[1]))["priority"] == "none"
    await work(world.task)
    done = await read_job(ann, job)
    assert (done["state"], counts(done), done["version"]) == ("done", (3, 2, 1, 0), 3)
    assert [(await read(ann, task))["priority"] for task in (*tasks, other)] == ["low", "low", "low", "none"]
    assert [kind for kind, _, _ in await world.events_of(tasks[1]["id"])] == ["task.created.v1", "task.updated.v1"]
    assert len(await world.events_of(tasks[0]["id"])) == 1
    kinds = [kind for kind, _, _ in await world.events_of(job["id"])]
    assert kinds == ["job.created.v1", "job.finished.v1"]


async def test_events_tell_who_asked_and_in_which_request(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task = await new_task()
    job = await change(ann, world, LOW)
    last = (await ann.get(f"/tasks/{task['id']}/activity")).json()["items"][0]

    assert (last["actor_id"], last["origin"], last["request_id"]) == (world.ann, "api", job["request_id"])
    audience = "SELECT DISTINCT audience_id::text FROM log.events WHERE resource_id = $1"
    assert [row[0] for row in await world.owner.fetch(audience, job["id"])] == [world.ann]


async def test_tasks_are_moved_labelled_assigned_and_deleted(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    label, stale = await add_label(world, "Bug"), await add_label(world, "Old")
    task = await new_task(label_ids=[stale], assignee_ids=[world.ann])
    for operation in (
        {"op": "transition", "status": "done"},
        {"op": "label", "add": [label, label], "remove": [stale]},
        {"op": "assign", "add": [world.bob], "remove": [world.ann]},
    ):
        assert counts(await change(ann, world, operation)) == (1, 1, 0, 0)
        assert counts(await change(ann, world, operation)) == (1, 0, 1, 0)

    changed = await read(ann, task)
    assert (changed["status"], changed["label_ids"], changed["assignee_ids"]) == ("done", [label], [world.bob])
    assert changed["completed_at"] is not None
    assert counts(await change(ann, world, {"op": "delete"})) == (1, 1, 0, 0)
    assert (await ann.get(f"/tasks/{task['id']}")).status_code == 404
    assert counts(await change(ann, world, {"op": "delete"})) == (0, 0, 0, 0)


async def test_tasks_are_put_aside_and_taken_up_again(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task, gone = await new_task(), await new_task()
    asked = (await ask(ann, world, {"op": "archive"})).json()
    await ann.delete(f"/tasks/{gone['id']}")
    await work(world.task)

    assert counts(await read_job(ann, asked)) == (2, 1, 0, 1)
    assert await failures(ann, asked) == [(gone["id"], "task_not_found")]
    assert (await read(ann, task))["archived_at"] is not None
    assert counts(await change(ann, world, {"op": "unarchive"}, "archived = true")) == (1, 1, 0, 0)
    assert counts(await change(ann, world, {"op": "unarchive"})) == (1, 0, 1, 0)


async def test_parts_are_closed_before_their_whole_and_given_another(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    whole = await new_task()
    part = await new_task(parent_id=whole["id"])
    assert counts(await change(ann, world, {"op": "transition", "status": "done"})) == (2, 2, 0, 0)
    other = await new_task()
    job = await change(ann, world, {"op": "update", "patch": {"parent_id": other["id"]}}, "number <= 3 order by title")

    assert counts(job) == (3, 2, 0, 1)
    assert await failures(ann, job) == [(other["id"], "circular_tasks")]
    assert (await read(ann, part))["parent_id"] == other["id"]


async def test_refusals_are_told_task_by_task(
    ann: httpx.AsyncClient, vera: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    one, other = await new_task(), await new_task()
    job = await change(vera, world, LOW)
    assert (job["state"], counts(job)) == ("done", (2, 0, 0, 2))
    assert await failures(vera, job) == [(other["id"], "permission_denied"), (one["id"], "permission_denied")]
    page = (await vera.get(f"/jobs/{job['id']}/failures", params={"limit": 1})).json()
    rest = {"limit": 1, "cursor": page["next_cursor"]}
    assert [one["place"] for one in page["items"]] == [1]
    assert [one["place"] for one in (await vera.get(f"/jobs/{job['id']}/failures", params=rest)).json()["items"]] == [2]
    job = await change(ann, world, {"op": "assign", "add": [world.otto]})
    assert {code for _, code in await failures(ann, job)} == {"invalid_input"}
    crowd = [new_id() for _ in range(30)]
    for add in (crowd, [new_id() for _ in range(30)]):
        await world.owner.execute("UPDATE task.tasks SET assignee_ids = $2 WHERE id = $1", one["id"], crowd)
        job = await change(ann, world, {"op": "assign", "add": add}, f"key = {one['key']}")
    assert await failures(ann, job) == [(one["id"], "invalid_input")]
    await world.archive()
    assert {code for _, code in await failures(ann, await change(ann, world, LOW))} == {"project_archived"}


async def test_rights_count_when_a_task_is_changed(
    as_person: As, ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    task, bob = await new_task(), as_person(world.bob)
    for operation in (LOW, {"op": "label", "add": []}, {"op": "delete"}):
        asked = (await ask(bob, world, operation)).json()
        await world.owner.execute("UPDATE project.access SET permissions = 0 WHERE subject_id = $1", world.bob)
        await work(world.task)
        job = await read_job(bob, asked)
        assert (counts(job), await failures(bob, job)) == ((1, 0, 0, 1), [(task["id"], "task_not_found")])
        await world.owner.execute("UPDATE project.access SET permissions = 31 WHERE subject_id = $1", world.bob)
    assert (await read(ann, task))["version"] == 1


async def test_only_visible_tasks_of_the_workspace_are_found(
    as_person: As, ann: httpx.AsyncClient, otto: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    await world.grant(world.bob, world.hidden_project_id, "member")
    bob = as_person(world.bob)
    hidden = (await bob.post("/tasks", json={"project_id": world.hidden_project_id, "title": "Hidden"})).json()
    task = await new_task()
    limited = as_person(world.bob, project_ids=frozenset({world.hidden_project_id}))
    assert counts(await change(ann, world, LOW)) == (1, 1, 0, 0)
    asked = (await ask(limited, world, LOW)).json()
    await work(world.task)
    assert counts(await read_job(limited, asked)) == (1, 1, 0, 0)
    assert [(await read(bob, one))["version"] for one in (hidden, task)] == [2, 2]
    assert (await bob.get(f"/jobs/{asked['id']}")).status_code == 200
    assert (await as_person(world.bob, project_ids=frozenset()).get(f"/jobs/{asked['id']}")).status_code == 404
    for elsewhere in (otto, ann):
        fields = {} if elsewhere is otto else {"workspace_id": new_id()}
        for dry in (True, False):
            assert (await ask(elsewhere, world, LOW, is_dry_run=dry, **fields)).json()["code"] == "workspace_not_found"


async def test_a_dry_run_changes_nothing(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    tasks = [await new_task(title=f"Roof {n:02}") for n in range(12)]
    shown = await ask(ann, world, LOW, "number > 0 order by title", is_dry_run=True)

    assert (shown.status_code, shown.json()) == (200, {"total": 12, "tasks": tasks[:10]})
    assert "location" not in shown.headers
    assert await world.task.fetch_value("SELECT count(*) FROM long_jobs WHERE asked_by = $1", world.ann) == 0


async def test_wrong_wishes_are_refused(
    as_person: As, ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    await new_task()
    late = (clock.now() + timedelta(days=31)).isoformat()
    wrong: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
        (LOW, "", {}),
        (LOW, "colour = red", {}),
        (LOW, "number > 0", {"starts_at": late}),
        ({"op": "paint"}, "number > 0", {}),
        ({"op": "update", "patch": {"number": 7}}, "number > 0", {}),
    ]
    for operation, query, fields in wrong:
        assert (await ask(ann, world, operation, query, **fields)).status_code == 422, query
    reader = as_person(world.ann, scopes=frozenset({"tasks:read"}))
    for client, status in ((reader, 403), (as_person(None), 401)):
        assert (await ask(client, world, LOW)).status_code == status


async def test_too_many_tasks_are_told_to_be(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await new_task()
    monkeypatch.setattr("taskyard.task.actions.bulk.MOST_TASKS", 2)
    for dry in (True, False):
        refused = await ask(ann, world, LOW, is_dry_run=dry)
        assert (refused.status_code, refused.json()["code"]) == (409, "too_many_tasks")
        assert "more than 2 tasks" in refused.json()["detail"]
    assert (await ask(ann, world, LOW, "number < 3")).status_code == 202


async def test_people_are_named_by_their_addresses(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, people: Acquaintances
) -> None:
    people.emails["bob@x.org"] = world.bob
    task, _ = await new_task(assignee_ids=[world.bob]), await new_task()
    assert await people.find_person_by_email(email="bob@x.org") == Person(world.bob, "bob@x.org", "Somebody")
    assert counts(await change(ann, world, LOW, "assignee = bob@x.org")) == (1, 1, 0, 0)
    assert (await read(ann, task))["priority"] == "low"


async def test_the_same_request_asks_once(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    await new_task()
    body = {"workspace_id": world.workspace_id, "filter": "number > 0", "operation": LOW}
    headers = {"Idempotency-Key": new_id()}
    first, again = [await ann.post("/tasks/bulk", json=body, headers=headers) for _ in range(2)]
    assert (again.status_code, again.json(), again.headers["location"]) == (
        202,
        first.json(),
        first.headers["location"],
    )
    await world.owner.execute("DELETE FROM project.subjects WHERE person_id = $1", world.ann)
    assert (await ann.post("/tasks/bulk", json=body, headers=headers)).status_code == 404


async def test_others_read_and_write_beside_it(
    as_person: As, ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_work, "AT_ONCE", 4)
    tasks = [await new_task() for _ in range(20)]
    asked, bob = (await ask(ann, world, LOW)).json(), as_person(world.bob)
    working, halfway = asyncio.create_task(work(world.task)), 0
    while not working.done():
        page = await bob.get("/tasks", params={"project_id": world.project_id, "filter": "priority = low"})
        assert page.status_code == 200
        halfway += 0 < len(page.json()["items"]) < len(tasks)
        touched = await bob.patch(f"/tasks/{tasks[-1]['id']}", json={"title": new_id()})
        assert touched.status_code == 200, touched.text
    await working

    assert halfway, "nobody looked while it was under way"
    assert counts(await read_job(ann, asked)) == (20, 20, 0, 0)
