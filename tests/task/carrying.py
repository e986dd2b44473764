"""Two workspaces of the same people, one with something of each kind in it, and files that go from one to the other."""

from collections.abc import Callable
from typing import Any

import httpx
import msgspec

from taskyard.contracts.arrivals import Arrivals
from taskyard.kit.calls import local
from taskyard.kit.database import Database
from taskyard.kit.ids import derived_id
from taskyard.kit.jobs import JobRunner
from taskyard.kit.signals import Signal
from taskyard.project.actions.arrivals import ArrivalsOfProject
from taskyard.task.jobs import export_handlers, workspace_import_handlers
from tests.kit.finishing import finish_jobs
from tests.project.conftest import Api, World

DAY = "2027-02-03"
Line = dict[str, Any]


class Carriers:
    """Who runs both workspaces, and what carries things between them."""

    def __init__(self, databases: dict[str, Database], as_person: Callable[..., httpx.AsyncClient]) -> None:
        self.api = Api(databases["project"])
        self.old, self.new = World(self.api), World(self.api)
        self.databases, self.as_person = databases, as_person

    async def build(self) -> None:
        """Two workspaces of the same people, and nothing in them."""
        await self.old.build()
        await self.new.build()
        for name in ("admin", "member", "viewer", "guest"):
            await self.new.join(getattr(self.old, name), name)
        owner = self.api.people.known[self.old.owner].email
        await self.api.made(self.new.owner, f"{self.new.path}/members", {"email": owner, "role": "owner"})
        self.ann = self.as_person(self.old.owner)

    async def work(self) -> None:
        """Let the jobs of exports and imports be done."""
        task, projects = self.databases["task"], self.databases["project"]
        arriving: Arrivals = ArrivalsOfProject(projects)
        arrivals = local(Arrivals, arriving)
        handlers = export_handlers(task, self.api.people) | workspace_import_handlers(task, self.api.people, arrivals)
        runner = JobRunner(task, handlers, Signal())
        while await runner._start_jobs(4):
            await finish_jobs(runner)

    async def leave(self, workspace_id: str = "") -> str:
        """The file of the old workspace, or another one."""
        asked = await self.ann.post("/exports", json={"workspace_id": workspace_id or self.old.workspace_id})
        assert asked.status_code == 201, asked.text
        await self.work()
        return (await self.ann.get(f"/exports/{asked.json()['id']}/file")).text

    async def arrive(self, content: str, **fields: Any) -> Line:
        """Import into the new workspace; the import when it is over, with its notes by line."""
        body = {"workspace_id": self.new.workspace_id, "format": "json", "content": content, **fields}
        asked = await self.ann.post("/imports", json=body)
        assert asked.status_code == 201, asked.text
        await self.work()
        path = asked.headers["location"].removeprefix("/api/v1")
        found: Line = (await self.ann.get(path)).json()
        assert found["state"] == "done"
        notes = (await self.ann.get(f"{path}/notes", params={"limit": 200})).json()["items"]
        return found | {"notes": {note["line"]: note["notes"] for note in notes}}

    async def made(self, path: str, body: object) -> Line:
        """Something new of the task service."""
        answer = await self.ann.post(path, json=body)
        assert answer.status_code == 201, answer.text
        made: Line = answer.json()
        return made

    async def furnish(self) -> str:
        """Something of each kind in the old workspace; the project."""
        owner = self.old.owner
        path = f"/projects/{(await self.old.project('OPS', description='Ours'))['id']}"
        state = {"name": "Blocked", "category": "in_progress", "wip_limit": 2, "rank": 2}
        await self.api.made(owner, f"{path}/states", state)
        way = {"from": None, "to": "blocked", "roles": ["admin"], "required_fields": ["due"]}
        await self.api.send(owner, "PUT", f"{path}/workflow", {"is_enforced": False, "transitions": [way]})
        label = await self.api.made(owner, f"{path}/labels", {"name": "Bug", "group": "Kind"})
        for field in ({"kind": "number", "default": 3}, {"kind": "person"}, {"kind": "select", "options": ["a"]}):
            await self.api.made(owner, f"{path}/fields", {"key": field["kind"], "name": "Own", **field})
        milestone = await self.api.made(owner, f"{path}/milestones", {"name": "Dry", "due_on": DAY})
        iteration = {"name": "First", "starts_on": DAY, "ends_on": DAY, "goal": "Go"}
        iteration = await self.api.made(owner, f"{path}/iterations", iteration)
        await self.api.send(owner, "POST", f"/iterations/{iteration['id']}/start")
        template = {"name": "Report", "label_ids": [label["id"]], "custom": {"number": 1, "person": self.old.member}}
        await self.api.made(owner, f"{path}/templates", template)
        plan = {"label_ids": [label["id"]], "milestone_id": milestone["id"], "iteration_id": iteration["id"]}
        project_id = path.split("/")[2]
        await self._fill(project_id, plan)
        await self._plan(project_id, label["id"])
        return project_id

    async def _plan(self, project_id: str, label_id: str) -> None:
        text = f"assignee = {self.old.member} and label = {label_id}"
        view = {"project_id": project_id, "name": "Bugs", "filter": text, "sort": "number", "is_shared": True}
        await self.made("/views", view | {"columns": ["title"], "layout": "board"})
        await self.made("/views", {"project_id": project_id, "name": "Mine alone"})
        task = {"title": "Water", "assignee_ids": [self.old.member], "label_ids": [label_id], "custom": {"number": 1}}
        recurrence = {"project_id": project_id, "rule": "FREQ=DAILY", "starts_on": "2030-02-03", "time_zone": "UTC"}
        await self.made("/recurrences", recurrence | {"task": task, "at": "08:00"})
        paused = await self.made("/recurrences", recurrence | {"task": {"title": "Mow"}})
        (await self.ann.post(f"/recurrences/{paused['id']}/pause")).raise_for_status()

    async def _fill(self, project_id: str, plan: Line) -> None:
        body = {"project_id": project_id, "title": "Mend the roof", "description": "Über\n", "status": "blocked"}
        values = {"person": self.old.member, "number": 2, "select": "a"}
        whole = await self.made("/tasks", body | plan | {"assignee_ids": [self.old.member], "custom": values})
        late = await self.made("/tasks", {"project_id": project_id, "title": "Later the parent", "estimate": 2.5})
        answer = await self.ann.patch(f"/tasks/{whole['id']}", json={"parent_id": late["id"], "due_on": DAY})
        assert answer.status_code == 200, answer.text
        await self.made(
            "/tasks", {"project_id": project_id, "title": "Done", "status": "done", "due_at": f"{DAY}T04:05:06Z"}
        )
        aside = await self.made("/tasks", {"project_id": project_id, "title": "Aside", "parent_id": late["id"]})
        (await self.ann.post(f"/tasks/{aside['id']}/archive")).raise_for_status()
        path = f"/tasks/{whole['id']}"
        for kind in ("blocked_by", "relates_to"):
            await self.made(f"{path}/relations", {"kind": kind, "target_id": late["id"]})
        for title in ("One", "Two"):
            item = await self.made(f"{path}/checklist", {"title": title})
        await self.ann.patch(f"{path}/checklist/{item['id']}", json={"is_done": True})
        said = await self.made(f"{path}/comments", {"body": f"Look, @{self.old.member}"})
        await self.made(f"{path}/comments", {"body": "I did", "reply_to": said["id"]})
        (await self.ann.put(f"/comments/{said['id']}/reactions/%F0%9F%91%8D")).raise_for_status()
        await self.made(f"{path}/time-entries", {"started_at": "2026-11-01T08:00:00Z", "seconds": 60, "note": "Up"})


def lines_of(file: str) -> list[Line]:
    """The lines of a file."""
    return [msgspec.json.decode(line) for line in file.splitlines()]


def file_of(*lines: Line) -> str:
    """Lines as a file."""
    return "".join(msgspec.json.encode(line).decode() + "\n" for line in lines)


def without_order(file: str) -> list[str]:
    """The lines of a file but for the first, in an order of their own."""
    return sorted(msgspec.json.encode(line, order="deterministic").decode() for line in lines_of(file)[1:])


def as_elsewhere(file: str, workspace_id: str) -> str:
    """A file with the ids that its things have in another workspace."""
    for line in lines_of(file):
        if line["kind"] not in {"workspace", "person"}:
            file = file.replace(line["id"], derived_id(workspace_id, line["id"]))
    return file
