"""Copies of projects with their tasks are so many at a time, and each takes little at a time."""

import msgspec

from taskyard.contracts.task_jobs import KEPT
from taskyard.kit import clock

from .copying import Copying, copying
from .working import work

__all__ = ["copying"]


async def test_tasks_of_so_many_projects_are_made_at_a_time_until_their_jobs_are_over(copying: Copying) -> None:
    await copying.task()
    body, path = {"key": "MORE", "name": "More", "tasks": True}, f"/projects/{copying.source}/duplicate"
    asked = [await copying.api.made(copying.company.member, path, body | {"key": f"N{n}X"}) for n in range(5)]
    for who in (copying.company.member, copying.company.owner):
        refused = await copying.api.send(who, "POST", path, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "too_many_copies")
    await copying.api.made(copying.company.owner, path, {"key": "BARE", "name": "Without tasks"})
    await copying.hear()
    assert (await copying.api.send(copying.company.owner, "POST", path, body)).status_code == 409
    bob = copying.as_person(copying.company.member)
    (await bob.post(f"/jobs/{asked[0]['job_id']}/cancel")).raise_for_status()
    await copying.ask(key="MORE")
    assert (await copying.api.send(copying.company.owner, "POST", path, body | {"key": "SIX"})).status_code == 409
    await work(copying.databases["task"])
    for number in range(5):
        await copying.ask(key=f"M{number}X")


async def test_a_copy_whose_job_is_forgotten_does_not_count(copying: Copying) -> None:
    for number in range(5):
        await copying.ask(key=f"N{number}X")
    owner, workspace_id = copying.databases["owner"], copying.company.workspace_id
    await owner.execute("DELETE FROM task.long_jobs WHERE workspace_id = $1", workspace_id)
    path, body = f"/projects/{copying.source}/duplicate", {"key": "MORE", "name": "More", "tasks": True}
    assert (await copying.api.send(copying.company.owner, "POST", path, body)).status_code == 409
    clock.travel(KEPT)
    await copying.ask(key="MORE")


async def test_steps_are_told_of_in_their_order(copying: Copying, statements: list[str]) -> None:
    task = await copying.task()
    for number in range(12):
        await copying.ann.post(f"/tasks/{task['id']}/checklist", json={"title": f"Step {number}"})
    project = await copying.ask()
    statements.clear()
    await work(copying.databases["task"])
    assert len([one for one in statements if "INTO checklist_items" in one]) == 1
    copy = await copying.copy_of(task, project)
    items = (await copying.ann.get(f"/tasks/{copy['id']}/checklist")).json()["items"]
    told = await copying.databases["owner"].fetch(
        "SELECT data FROM log.events WHERE type = 'checklist_item.created.v1' AND project_id = $1 ORDER BY id",
        project["id"],
    )
    assert [item["title"] for item in items] == [f"Step {number}" for number in range(12)]
    assert [msgspec.json.decode(row[0]) for row in told] == items
