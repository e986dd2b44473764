"""What is exported from one project and imported into another is exported the same again."""

import csv
import io

import httpx
import pytest

from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.ids import new_id
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from taskyard.task.jobs import export_handlers, import_handlers
from tests.kit.finishing import finish_jobs

from .conftest import Acquaintances, NewTaskOf, World

pytestmark = pytest.mark.usefixtures("runs_it")
STAMPS = 'a,"b"\n\'=c;\u20ac'


async def work(world: World, people: Acquaintances) -> None:
    handlers = export_handlers(world.task, people) | import_handlers(world.task, people)
    runner = JobRunner(world.task, handlers, Signal())
    while await runner._start_jobs(4):
        await finish_jobs(runner)


async def export(ann: httpx.AsyncClient, world: World, people: Acquaintances) -> dict[str, list[dict[str, str]]]:
    """The rows of the workspace's tasks by the keys of their projects."""
    asked = await ann.post("/exports", json={"workspace_id": world.workspace_id, "format": "csv"})
    await work(world, people)
    file = await ann.get(f"/exports/{asked.json()['id']}/file")
    found: dict[str, list[dict[str, str]]] = {"OPS": [], "HID": []}
    for row in csv.DictReader(io.StringIO(file.text, newline="")):
        found[row["key"].partition("-")[0]].append(row)
    return found


async def arrange(world: World, project_id: str) -> str:
    """Let Ann run a project that has the same label and field as every other; the label's id."""
    label, now = new_id(), clock.now()
    where = (world.workspace_id, project_id)
    await world.owner.execute(
        "INSERT INTO project.labels VALUES ($1, $2, $3, 'Bug, bad', 'bug, bad', 'red', NULL, NULL, $4, $4)",
        *where,
        label,
        now,
    )
    await world.owner.execute(
        "INSERT INTO project.fields VALUES ($1, $2, $3, 'size', 'Size', 'number', false, '{}', NULL, $4, $4)",
        *where,
        new_id(),
        now,
    )
    more = "UPDATE project.access SET permissions = permissions | $2 WHERE project_id = $1"
    await world.owner.execute(more, project_id, int(Permission.PROJECT_EDIT))
    return label


async def test_a_project_comes_back_as_it_left(
    ann: httpx.AsyncClient, new_task: NewTaskOf, world: World, people: Acquaintances
) -> None:
    await world.grant(world.ann, world.hidden_project_id, "member")
    await world.grant(world.bob, world.hidden_project_id, "member")
    label, _ = await arrange(world, world.project_id), await arrange(world, world.hidden_project_id)
    whole = await new_task(title="=1+1", description=STAMPS, status="in_progress", assignee_ids=[world.bob, world.ann])
    await new_task(parent_id=whole["id"], label_ids=[label], estimate=1.25, custom={"size": 3}, due_on="2027-02-03")
    await new_task(status="done", priority="urgent", start_on="2027-01-01", due_at="2027-02-03T04:05:06.5Z")
    await ann.post(f"/tasks/{whole['id']}/archive")
    left = (await export(ann, world, people))["OPS"]
    written = io.StringIO()
    writer = csv.DictWriter(written, left[0].keys())
    writer.writeheader()
    writer.writerows(left)
    body = {"project_id": world.hidden_project_id, "content": written.getvalue()}
    asked = await ann.post("/imports", json=body)
    await work(world, people)
    found = (await ann.get(f"/imports/{asked.json()['id']}")).json()
    notes = (await ann.get(f"/imports/{asked.json()['id']}/notes")).json()["items"]
    back = (await export(ann, world, people))["HID"]

    assert (found["created"], notes) == (3, [])
    assert [{name: cell.replace("HID-", "OPS-") for name, cell in row.items()} for row in back] == left
