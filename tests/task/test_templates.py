"""Tasks that begin with what a template holds."""

import httpx

from taskyard.kit.ids import new_id

from .conftest import NewTaskOf, World
from .test_labels_and_fields import add_field, add_label


async def add_template(world: World, labels: list[str], project_id: str = "") -> str:
    template_id = new_id()
    await world.owner.execute(
        """
        INSERT INTO project.templates (workspace_id, project_id, id, name, name_folded, description, priority,
                                       label_ids, estimate, custom, created_at, updated_at)
        SELECT $1, $2, $3, 'Report', 'report', 'Steps:', 'high', $4::uuid[], 2.5, '{"size": 1, "gone": 2}', created_at,
               created_at
          FROM project.workspaces WHERE id = $1
        """,
        world.workspace_id,
        project_id or world.project_id,
        template_id,
        labels,
    )
    return template_id


async def test_task_begins_with_what_its_template_holds(new_task: NewTaskOf, world: World) -> None:
    wish, bug = await add_label(world, "wish"), await add_label(world, "bug")
    await add_field(world, "size", "number")
    task = await new_task(template_id=await add_template(world, [bug, new_id(), wish]))

    assert (task["description"], task["priority"], task["estimate"]) == ("Steps:", "high", 2.5)
    assert (task["label_ids"], task["custom"]) == ([bug, wish], {"size": 1})


async def test_what_the_request_says_counts(new_task: NewTaskOf, world: World) -> None:
    await add_field(world, "size", "number")
    bug = await add_label(world, "bug")
    said = {"description": "Mine", "priority": "low", "estimate": 0, "label_ids": [bug], "custom": {"size": 9}}
    task = await new_task(template_id=await add_template(world, []), **said)

    assert {name: task[name] for name in said} == said


async def test_template_is_one_of_the_project(ann: httpx.AsyncClient, world: World) -> None:
    foreign = await add_template(world, [], world.hidden_project_id)
    for template_id in (foreign, new_id()):
        body = {"project_id": world.project_id, "title": "x", "template_id": template_id}
        answer = await ann.post("/tasks", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/template_id")


async def test_template_costs_one_statement_more(new_task: NewTaskOf, world: World, statements: list[str]) -> None:
    template_id = await add_template(world, [])
    statements.clear()
    await new_task(template_id=template_id)

    assert len(statements) == 3
