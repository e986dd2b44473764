"""Labels by their names in queries."""

import httpx

from .conftest import NewTaskOf, World
from .test_labels_and_fields import add_label


async def test_a_query_names_labels_of_projects_one_sees(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, statements: list[str]
) -> None:
    bug, _ = await add_label(world, "Bug"), await add_label(world, "Bug", project_id=world.hidden_project_id)
    design = await add_label(world, "Needs design")
    for title, labels in (("a", [bug]), ("b", [bug, design]), ("c", [])):
        await new_task(title=title, label_ids=labels)
    asked = {
        "label = bug": "ab",
        'label in ("NEEDS DESIGN", nothing)': "b",
        f"label = {design}": "b",
        "label = nothing": "",
        "label != bug": "c",
        "label is empty": "c",
        'label = bug and not label = "needs design"': "a",
    }
    for query, expected in asked.items():
        answer = await ann.get("/tasks", params={"filter": f"{query} order by title"})
        assert answer.status_code == 200, answer.text
        assert "".join(task["title"] for task in answer.json()["items"]) == expected, query
    statements.clear()
    await ann.get("/tasks", params={"filter": "label is empty"})
    assert len(statements) == 1
    many = ", ".join(f"l{number}" for number in range(51))
    refused = await ann.get("/tasks", params={"filter": f"label in ({many})"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/filter")
    assert (await ann.get("/tasks", params={"filter": 'label = ""'})).status_code == 422
