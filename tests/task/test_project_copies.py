"""The tasks of a project made once more in one that was made like it, through the doors of both services."""

import httpx
import pytest

from taskyard.task.actions import job_work
from taskyard.task.models.long_jobs import Working

from .copying import DIFFERENT, Copying, copying
from .working import RequestOf, counts, failures, read_job, request_of, work

__all__ = ["copying", "request_of"]


async def test_a_copy_has_what_its_project_has_the_like_of(copying: Copying) -> None:
    company, path = copying.company, f"/projects/{copying.source}"
    label = await copying.api.made(company.owner, f"{path}/labels", {"name": "Bug"})
    await copying.api.made(company.owner, f"{path}/fields", {"key": "size", "name": "Size", "kind": "number"})
    milestone = await copying.api.made(company.owner, f"{path}/milestones", {"name": "First"})
    task = await copying.task(
        description="*So*",
        status="in_progress",
        priority="high",
        estimate=2.5,
        due_on="2027-01-02",
        assignee_ids=[company.member],
        label_ids=[label["id"]],
        custom={"size": 3},
        milestone_id=milestone["id"],
    )
    for title in ("a", "b"):
        step = (await copying.ann.post(f"/tasks/{task['id']}/checklist", json={"title": title})).json()
    await copying.ann.patch(f"/tasks/{task['id']}/checklist/{step['id']}", json={"is_done": True})
    await copying.ann.post(f"/tasks/{task['id']}/comments", json={"body": "Not copied"})
    project, job = await copying.copied()

    assert (job["kind"], job["state"], counts(job)) == ("duplicate", "done", (1, 1, 0, 0))
    copy = await copying.copy_of(task, project)
    same = copy.keys() - DIFFERENT - {"milestone_id"}
    assert {name: copy[name] for name in same} == {name: task[name] for name in same}
    assert (copy["key"], copy["version"], copy["created_by"]) == ("NEW-1", 1, company.owner)
    [there] = (await copying.api.send(company.owner, "GET", f"/projects/{project['id']}/labels")).json()["items"]
    assert (copy["label_ids"], copy["milestone_id"]) == ([there["id"]], None)
    items = (await copying.ann.get(f"/tasks/{copy['id']}/checklist")).json()["items"]
    assert [(item["title"], item["is_done"]) for item in items] == [("a", False), ("b", False)]
    assert (await copying.ann.get(f"/tasks/{copy['id']}/comments")).json()["items"] == []


async def test_parts_and_relations_are_those_of_the_copies(copying: Copying, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_work, "COPIES_AT_ONCE", 2)
    first, whole = await copying.task(title="First"), await copying.task(title="Whole")
    part = await copying.task(title="Part", parent_id=whole["id"])
    leaf = await copying.task(title="Leaf", parent_id=part["id"])
    (await copying.ann.patch(f"/tasks/{whole['id']}", json={"parent_id": first["id"]})).raise_for_status()
    elsewhere = (await copying.company.project("ELS"))["id"]
    for source, kind, target in (
        (first, "blocks", leaf),
        (leaf, "duplicates", whole),
        (part, "relates_to", first),
        (first, "duplicates", part),
        (whole, "blocked_by", await copying.task(project_id=elsewhere)),
    ):
        body = {"kind": kind, "target_id": target["id"]}
        (await copying.ann.post(f"/tasks/{source['id']}/relations", json=body)).raise_for_status()
    project, job = await copying.copied()

    assert counts(job) == (4, 4, 0, 0)
    a, b, c, d = [await copying.copy_of(task, project) for task in (first, whole, part, leaf)]
    assert [one["parent_id"] for one in (a, b, c, d)] == [None, a["id"], b["id"], c["id"]]
    assert [one["title"] for one in await copying.list_tasks(project)] == ["First", "Whole", "Part", "Leaf"]
    told = {
        (task["title"], one["kind"], one["target"]["title"], one["target"]["project_id"])
        for task in (a, b, c, d)
        for one in (await copying.ann.get(f"/tasks/{task['id']}/relations")).json()["items"]
    }
    assert {one[:3] for one in told} == {
        *{("First", "blocks", "Leaf"), ("Leaf", "blocked_by", "First")},
        *{("Leaf", "duplicates", "Whole"), ("Whole", "duplicated_by", "Leaf")},
        *{("Part", "relates_to", "First"), ("First", "relates_to", "Part")},
        *{("First", "duplicates", "Part"), ("Part", "duplicated_by", "First")},
    }
    assert {one[3] for one in told} == {project["id"]}


async def test_what_is_over_or_put_aside_begins_anew_or_stays(copying: Copying) -> None:
    done = await copying.task(title="Done")
    (await copying.ann.post(f"/tasks/{done['id']}/transition", json={"status": "done"})).raise_for_status()
    gone, aside = await copying.task(title="Gone"), await copying.task(title="Aside")
    part = await copying.task(title="Part", parent_id=aside["id"])
    await copying.ann.delete(f"/tasks/{gone['id']}")
    (await copying.ann.post(f"/tasks/{aside['id']}/archive")).raise_for_status()
    project, job = await copying.copied()

    assert counts(job) == (2, 2, 0, 0)
    copy = await copying.copy_of(done, project)
    assert (copy["status"], copy["completed_at"]) == ("todo", None)
    assert (await copying.copy_of(part, project))["parent_id"] is None


async def test_nobody_is_told_and_who_does_not_see_the_copy_is_left_out(copying: Copying) -> None:
    company = copying.company
    await copying.api.send(company.owner, "PATCH", f"/projects/{copying.source}", {"visibility": "private"})
    await copying.api.made(company.owner, f"/projects/{copying.source}/members", {"user_id": company.member})
    task = await copying.task(assignee_ids=[company.member, company.owner])
    project, _ = await copying.copied()
    assert (await copying.copy_of(task, project))["assignee_ids"] == [company.owner]
    origins = await copying.databases["owner"].fetch(
        "SELECT DISTINCT origin, actor_id::text FROM log.events WHERE project_id = $1 AND type LIKE 'task.%'",
        project["id"],
    )
    assert [tuple(row) for row in origins] == [("import", company.owner)]


@pytest.mark.parametrize("without", ["source", "copy", "tasks"])
async def test_rights_count_when_a_task_is_made(copying: Copying, without: str) -> None:
    tasks = [await copying.task() for _ in range(2)]
    project = await copying.ask(copying.company.member)
    owner, bob = copying.databases["owner"], copying.as_person(copying.company.member)
    if without == "tasks":
        await copying.ann.delete(f"/tasks/{tasks[0]['id']}")
        tasks.pop()
    else:
        lost = {"source": copying.source, "copy": project["id"]}[without]
        await owner.execute("DELETE FROM project.access WHERE project_id = $1", lost)
    await work(copying.databases["task"])

    job = await read_job(bob, {"id": project["job_id"]})
    refused = 1 if without == "tasks" else 2
    assert (job["state"], counts(job)) == ("done", (2, 2 - refused, 0, refused))
    code = "project_not_found" if without == "copy" else "task_not_found"
    assert {one[1] for one in await failures(bob, job)} == {code}
    assert (await copying.ann.get(f"/jobs/{project['job_id']}")).status_code == 404


async def test_who_lost_the_first_project_before_it_began_gets_an_empty_one(copying: Copying) -> None:
    await copying.task()
    body = {"key": "NEW", "name": "New", "tasks": True}
    path = f"/projects/{copying.source}/duplicate"
    project = await copying.api.made(copying.company.member, path, body)
    await copying.databases["owner"].execute("DELETE FROM project.access WHERE project_id = $1", copying.source)
    await copying.hear()
    await work(copying.databases["task"])
    job = await read_job(copying.as_person(copying.company.member), {"id": project["job_id"]})
    assert (job["state"], counts(job)) == ("done", (0, 0, 0, 0))


async def test_a_project_archived_in_the_middle_takes_no_more(
    copying: Copying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_work, "COPIES_AT_ONCE", 1)
    for _ in range(2):
        await copying.task()
    project = await copying.ask()
    assert await job_work._do_some(copying.databases["task"], Working(project["workspace_id"], project["job_id"]))
    await copying.api.send(copying.company.owner, "POST", f"/projects/{project['id']}/archive")
    await work(copying.databases["task"])
    job = await read_job(copying.ann, {"id": project["job_id"]})
    assert (counts(job), [one[1] for one in await failures(copying.ann, job)]) == ((2, 1, 0, 1), ["project_archived"])


async def test_a_project_closed_in_this_moment_refuses(copying: Copying, monkeypatch: pytest.MonkeyPatch) -> None:
    task = await copying.task()

    async def not_any_more(*_: object) -> bool:
        return False

    monkeypatch.setattr("taskyard.task.actions.project_copies.insert_task", not_any_more)
    _, job = await copying.copied()
    assert await failures(copying.ann, job) == [(task["id"], "permission_denied")]


async def test_the_job_is_made_however_many_are_under_way_and_undone_as_one(
    copying: Copying, request_of: RequestOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.project.actions.project_copies.MOST_COPIES", 11)
    await copying.task(title="Whole")
    projects = []
    for number in range(11):
        request_of(f"copy-{number}")
        projects.append(await copying.ask(key=f"N{number}X"))
    request_of("later")
    wish = {"workspace_id": copying.company.workspace_id, "filter": "number > 0", "operation": {"op": "archive"}}
    assert (await copying.ann.post("/tasks/bulk", json=wish)).json()["code"] == "too_many_jobs"
    await work(copying.databases["task"])
    job = await read_job(copying.ann, {"id": projects[0]["job_id"]})
    undone = await copying.ann.post("/changes/revert", json={"request_id": "copy-0"})
    assert job["request_id"] == "copy-0"
    assert undone.status_code == httpx.codes.OK, undone.text
    assert await copying.list_tasks(projects[0]) == []
    assert len(await copying.list_tasks(projects[1])) == 1
