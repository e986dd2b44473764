"""Labels and fields of a project's own, at its tasks."""

from typing import Any

import httpx
import msgspec
import pytest

from taskyard.contracts.project import FIELD_DELETED, LABEL_DELETED
from taskyard.kit.ids import new_id

from .conftest import As, NewTaskOf, World
from .following import event_of, follow


async def add_label(world: World, name: str, group: str | None = None, project_id: str = "") -> str:
    label_id = new_id()
    await world.owner.execute(
        """
        INSERT INTO project.labels (workspace_id, project_id, id, name, name_folded, color, group_name, group_folded,
                                    created_at, updated_at)
        SELECT $1, $2, $3, $4, lower($4), '#000000', $5, $5, created_at, created_at
          FROM project.workspaces WHERE id = $1
        """,
        world.workspace_id,
        project_id or world.project_id,
        label_id,
        name,
        group,
    )
    return label_id


async def add_field(
    world: World,
    key: str,
    kind: str,
    *,
    options: tuple[str, ...] = (),
    required: bool = False,
    default: Any = None,
    project_id: str = "",
) -> None:
    await world.owner.execute(
        """
        INSERT INTO project.fields (workspace_id, project_id, id, key, name, kind, is_required, options,
                                    default_value, created_at, updated_at)
        SELECT $1, $2, $3, $4, $4, $5, $6, $7, $8::jsonb, created_at, created_at FROM project.workspaces WHERE id = $1
        """,
        world.workspace_id,
        project_id or world.project_id,
        new_id(),
        key,
        kind,
        required,
        list(options),
        None if default is None else msgspec.json.encode(default).decode(),
    )


async def forget(world: World, table: str, name: str) -> None:
    """Give up a label or a field, as the project service does."""
    column = "id" if table == "labels" else "key"
    await world.owner.execute(
        f"UPDATE project.{table} SET deleted_at = created_at WHERE project_id = $1 AND {column}::text = $2",  # noqa: S608 - ours
        world.project_id,
        name,
    )


async def test_task_has_labels_of_its_project(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    bug, wish = await add_label(world, "bug"), await add_label(world, "wish")
    task = await new_task(label_ids=[wish, bug, wish])
    path = f"/tasks/{task['id']}"
    changed = await ann.patch(path, json={"label_ids": [bug]})

    assert task["label_ids"] == [wish, bug]
    assert changed.json()["label_ids"] == (await ann.get(path)).json()["label_ids"] == [bug]
    kind, _, changes = (await world.events_of(task["id"]))[-1]
    assert (kind, changes) == ("task.updated.v1", {"label_ids": {"from": [wish, bug], "to": [bug]}})


@pytest.mark.parametrize("way", ["create", "change"])
async def test_unknown_label_is_named(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, way: str) -> None:
    bug, foreign = await add_label(world, "bug"), await add_label(world, "bug", project_id=world.hidden_project_id)
    wanted = {"label_ids": [bug, foreign]}
    if way == "create":
        answer = await ann.post("/tasks", json={"project_id": world.project_id, "title": "x", **wanted})
    else:
        answer = await ann.patch(f"/tasks/{(await new_task())['id']}", json=wanted)

    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, ["/label_ids/1"])


async def test_task_has_at_most_one_label_of_a_group(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    labels = [await add_label(world, name, group) for name, group in (("s", "size"), ("m", "size"), ("bug", None))]
    path = f"/tasks/{(await new_task())['id']}"
    refused = await ann.patch(path, json={"label_ids": labels})

    assert [error["pointer"] for error in refused.json()["errors"]] == ["/label_ids/0", "/label_ids/1"]
    assert (await ann.patch(path, json={"label_ids": labels[1:]})).status_code == 200


async def test_labels_that_became_one_group_stay_until_changed(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    labels = [await add_label(world, name) for name in ("s", "m", "l")]
    path = f"/tasks/{(await new_task(label_ids=labels[:2]))['id']}"
    await world.owner.execute("UPDATE project.labels SET group_folded = 'size' WHERE project_id = $1", world.project_id)

    assert (await ann.patch(path, json={"label_ids": labels[1::-1]})).status_code == 200
    assert (await ann.patch(path, json={"label_ids": labels})).status_code == 422


async def test_list_is_filtered_by_label(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    bug = await add_label(world, "bug")
    first, _ = await new_task(label_ids=[bug]), await new_task()
    for query in ({"label": bug}, {"label": bug, "project_id": world.project_id, "filter": 'status = "todo"'}):
        items = (await ann.get("/tasks", params=query)).json()["items"]
        assert [task["id"] for task in items] == [first["id"]]
    assert (await ann.get("/tasks", params={"label": "bug"})).json()["errors"][0]["pointer"] == "/label"


VALUES: list[tuple[str, Any, Any]] = [
    ("text", "two\r\nlines", "two\nlines"),
    ("number", 2.5, 2.5),
    ("number", 3, 3),
    ("bool", False, False),
    ("date", "2027-02-10", "2027-02-10"),
    ("instant", "2027-02-10T10:00:00+02:00", "2027-02-10T08:00:00Z"),
    ("select", "S", "S"),
    ("multi_select", ["M", "S", "M"], ["M", "S"]),
    ("url", "https://example.com/a?b#c", "https://example.com/a?b#c"),
]


@pytest.mark.parametrize("case", VALUES, ids=lambda case: case[0])
async def test_value_of_each_kind_is_kept(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, case: tuple[str, Any, Any]
) -> None:
    kind, value, stored = case
    await add_field(world, "it", kind, options=("S", "M") if "select" in kind else ())
    task = await new_task(custom={"it": value})

    assert task["custom"] == (await ann.get(f"/tasks/{task['id']}")).json()["custom"] == {"it": stored}
    again = await ann.patch(f"/tasks/{task['id']}", json={"custom": {"it": value}})
    assert again.json()["version"] == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 1),
        ("text", "\x00"),
        ("text", "x" * 10_001),
        ("number", "1"),
        ("number", True),
        ("number", 1e16),
        ("bool", "true"),
        ("date", "2027-02-30"),
        ("instant", "2027-02-10T10:00:00"),
        ("instant", "0001-01-01T00:00:00+14:00"),
        ("select", "L"),
        ("multi_select", "S"),
        ("multi_select", ["S", "L"]),
        ("person", "me"),
        ("url", "javascript:alert(1)"),
        ("url", "https://" + "x" * 2000),
        ("url", "https://a\nb"),
    ],
)
async def test_value_of_another_kind_is_refused(ann: httpx.AsyncClient, world: World, kind: str, value: Any) -> None:
    await add_field(world, "it", kind, options=("S", "M") if "select" in kind else ())
    answer = await ann.post("/tasks", json={"project_id": world.project_id, "title": "x", "custom": {"it": value}})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/custom/it")


@pytest.mark.parametrize("custom", [{"nobody_knows": 1}, {"It": 1}, {"it": {"a": 1}}, [], None])
async def test_malformed_values_are_refused(ann: httpx.AsyncClient, new_task: NewTaskOf, custom: Any) -> None:
    answer = await ann.patch(f"/tasks/{(await new_task())['id']}", json={"custom": custom})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/custom")


async def test_person_sees_the_project(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    await add_field(world, "reviewer", "person")
    path = f"/tasks/{(await new_task(custom={'reviewer': world.bob}))['id']}"
    refused = await ann.patch(path, json={"custom": {"reviewer": world.otto}})
    await world.revoke(world.bob)

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/custom/reviewer")
    assert (await ann.patch(path, json={"custom": {"reviewer": world.bob}, "title": "x"})).status_code == 200


async def test_new_tasks_get_defaults_and_null_takes_a_value_away(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    await add_field(world, "size", "number", default=3)
    await add_field(world, "note", "text")
    task = await new_task(custom={"note": "n"})
    path = f"/tasks/{task['id']}"

    assert task["custom"] == {"note": "n", "size": 3}
    assert (await ann.patch(path, json={"custom": {"size": None}})).json()["custom"] == {"note": "n"}
    assert (await new_task(custom={"size": 1}))["custom"] == {"size": 1}


async def test_required_field_is_given_and_not_taken_away(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    older = await new_task()
    await add_field(world, "size", "number", required=True)
    missing = await ann.post("/tasks", json={"project_id": world.project_id, "title": "x"})
    task = await new_task(custom={"size": 1})
    taken = await ann.patch(f"/tasks/{task['id']}", json={"custom": {"size": None}})

    for answer in (missing, taken):
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/custom/size")
    assert (await ann.patch(f"/tasks/{older['id']}", json={"title": "Still without"})).status_code == 200


async def test_transition_may_ask_for_a_field_of_the_project(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    await add_field(world, "size", "number")
    place = (world.workspace_id, world.project_id)
    await world.owner.execute("INSERT INTO project.workflows VALUES ($1, $2, $3, true)", *place, new_id())
    await world.owner.execute(
        "INSERT INTO project.transitions VALUES ($1, $2, '', 'done', '{}', '{cf.size,label_ids}')", *place
    )
    path, label = f"/tasks/{(await new_task())['id']}", await add_label(world, "bug")
    refused = await ann.patch(path, json={"status": "done"})

    assert [error["pointer"] for error in refused.json()["errors"]] == ["/custom/size", "/label_ids"]
    filled = {"status": "done", "custom": {"size": 0}, "label_ids": [label]}
    assert (await ann.patch(path, json=filled)).status_code == 200


async def test_tasks_lose_a_label_that_was_given_up(ann: httpx.AsyncClient, new_task: NewTaskOf, world: World) -> None:
    bug, wish = await add_label(world, "bug"), await add_label(world, "wish")
    task, trashed = await new_task(label_ids=[bug, wish]), await new_task(label_ids=[bug])
    await ann.delete(f"/tasks/{trashed['id']}")
    await forget(world, "labels", bug)
    kept = await ann.patch(f"/tasks/{task['id']}", json={"label_ids": [wish, bug]})
    await follow(world, event_of(world, LABEL_DELETED, "", resource_id=bug))

    assert kept.status_code == 200
    assert (await ann.get(f"/tasks/{task['id']}")).json()["label_ids"] == [wish]
    assert (await world.events_of(task["id"]))[-1][2]["label_ids"]["to"] == [wish]
    assert (await ann.post(f"/tasks/{trashed['id']}/restore")).json()["label_ids"] == []


async def test_tasks_lose_the_values_of_a_field_that_was_given_up(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World
) -> None:
    await add_field(world, "size", "number")
    await add_field(world, "note", "text")
    tasks = [await new_task(custom={"size": 1, "note": "n"}) for _ in range(2)]
    await ann.delete(f"/tasks/{tasks[1]['id']}")
    await forget(world, "fields", "size")
    await follow(world, event_of(world, FIELD_DELETED, "size"))

    assert (await ann.get(f"/tasks/{tasks[0]['id']}")).json()["custom"] == {"note": "n"}
    assert (await ann.post(f"/tasks/{tasks[1]['id']}/restore")).json()["custom"] == {"note": "n"}


async def test_labels_and_fields_cost_a_create_nothing_and_a_change_one_statement(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, statements: list[str]
) -> None:
    bug = await add_label(world, "bug")
    await add_field(world, "size", "number", required=True)
    statements.clear()
    task = await new_task(label_ids=[bug], custom={"size": 1})
    counts = [len(statements)]
    for patch in ({"title": "New"}, {"custom": {"size": 2}, "label_ids": []}):
        statements.clear()
        await ann.patch(f"/tasks/{task['id']}", json=patch)
        counts.append(len(statements))

    assert counts == [2, 2, 3]


async def test_credential_of_another_project_cannot_label(as_person: As, new_task: NewTaskOf, world: World) -> None:
    client = as_person(world.ann, project_ids=frozenset({world.hidden_project_id}))

    assert (await client.patch(f"/tasks/{(await new_task())['id']}", json={"label_ids": []})).status_code == 404
