"""Copies of a project with its tasks, asked for and made."""

from typing import Any

import pytest

from taskyard.kit.consumers import catch_up
from taskyard.kit.database import Database
from taskyard.kit.ids import derived_id
from taskyard.task.listeners import consumers
from tests.kit.log_writers import place_all
from tests.project.conftest import Api
from tests.project.conftest import World as Company

from .conftest import As
from .working import read_job, work

Thing = dict[str, Any]
DIFFERENT = {"id", "project_id", "key", "number", "created_by", "created_at", "updated_at", "version", "label_ids"}


class Copying:
    """A project of Ann's, and what makes others like it."""

    def __init__(self, databases: dict[str, Database], as_person: As) -> None:
        self.api = Api(databases["project"])
        self.company, self.databases, self.as_person = Company(self.api), databases, as_person
        self.source = ""

    async def build(self) -> None:
        """A project that everybody of the workspace sees."""
        await self.company.build()
        self.ann = self.as_person(self.company.owner)
        self.source = (await self.company.project("OLD"))["id"]

    async def task(self, **fields: Any) -> Thing:
        """A task of the first project."""
        answer = await self.ann.post("/tasks", json={"project_id": self.source, "title": "Mend the roof", **fields})
        assert answer.status_code == 201, answer.text
        made: Thing = answer.json()
        return made

    async def ask(self, person_id: str = "", key: str = "NEW") -> Thing:
        """Ask for a project like it with its tasks, and let the task service hear of it; the project."""
        body = {"key": key, "name": "New", "tasks": True}
        who = person_id or self.company.owner
        project = await self.api.made(who, f"/projects/{self.source}/duplicate", body)
        await self.hear()
        return project

    async def hear(self) -> None:
        """Let the task service hear of what was asked for."""
        await place_all(self.databases)
        [copying] = [one for one in consumers() if one.name == "copy_projects"]
        await catch_up(self.databases["task"], copying)

    async def copied(self) -> tuple[Thing, Thing]:
        """A project like it, and its job when it is over."""
        project = await self.ask()
        await work(self.databases["task"])
        return project, await read_job(self.ann, {"id": project["job_id"]})

    async def copy_of(self, task: Thing, project: Thing) -> Thing:
        """What became of a task."""
        answer = await self.ann.get(f"/tasks/{derived_id(project['id'], task['id'])}")
        assert answer.status_code == 200, answer.text
        found: Thing = answer.json()
        return found

    async def list_tasks(self, project: Thing) -> list[Thing]:
        """The tasks of a project by their numbers."""
        query = {"project_id": project["id"], "sort": "number"}
        found: list[Thing] = (await self.ann.get("/tasks", params=query)).json()["items"]
        return found


@pytest.fixture
async def copying(databases: dict[str, Database], as_person: As) -> Copying:
    made = Copying(databases, as_person)
    await made.build()
    return made
