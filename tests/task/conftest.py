"""A workspace with two projects and people of every kind, and the task service as each of them sees it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from taskyard.contracts.access import BUILT_IN_ROLES, IN_PROJECT
from taskyard.contracts.people import People, Person
from taskyard.kit import clock
from taskyard.kit.calls import local
from taskyard.kit.consumers import catch_up
from taskyard.kit.cursors import CursorSigner
from taskyard.kit.database import Database
from taskyard.kit.files import FolderFiles
from taskyard.kit.http import build_service
from taskyard.kit.ids import new_id
from taskyard.kit.principal import PRINCIPAL, Principal
from taskyard.task.actions.attachments import Shelf
from taskyard.task.actions.progress import CONSUMER
from taskyard.task.listeners import consumers
from taskyard.task.queries.demands import find_demanding_workspace
from taskyard.task.queries.known_tasks import KnownTasks
from taskyard.task.routes import HANDLERS
from tests.kit.log_writers import place_all

STATES = {
    "backlog": "backlog",
    "todo": "todo",
    "in_progress": "in_progress",
    "done": "done",
    "cancelled": "cancelled",
}


class World(msgspec.Struct, kw_only=True):
    """The ids of what the tests act on."""

    owner: Database
    task: Database
    slug: str
    workspace_id: str
    project_id: str
    hidden_project_id: str
    ann: str
    """A member who may do everything with tasks."""
    bob: str
    """Another member."""
    vera: str
    """Sees the project, changes nothing."""
    otto: str
    """Belongs to nothing."""

    async def grant(self, person_id: str, project_id: str, role: str) -> None:
        """Give a person a role's permissions in a project."""
        bits = int(BUILT_IN_ROLES[role] & IN_PROJECT)
        await self.owner.execute(
            "INSERT INTO project.access VALUES ($1, $2, $3, $4)", self.workspace_id, project_id, person_id, bits
        )

    async def revoke(self, person_id: str) -> None:
        """Take everything from a person."""
        await self.owner.execute("DELETE FROM project.access WHERE subject_id = $1", person_id)

    async def demand_second_factor(self) -> None:
        """Let the workspace be open only to sign-ins with a second factor."""
        await self.owner.execute("UPDATE project.workspaces SET require_mfa = true WHERE id = $1", self.workspace_id)

    async def archive(self) -> None:
        """Archive the project."""
        await self.owner.execute(
            "UPDATE project.projects SET archived_at = $2 WHERE id = $1", self.project_id, clock.now()
        )

    async def add_project(self, key: str) -> str:
        """A project with the usual states that nobody sees yet."""
        project_id = new_id()
        await self.owner.execute(
            """
            INSERT INTO project.projects (workspace_id, id, key, name, visibility, created_by, created_at, updated_at)
            VALUES ($1, $2, $3, $3, 'private', $4, $5, $5)
            """,
            self.workspace_id,
            project_id,
            key,
            self.ann,
            clock.now(),
        )
        for rank, (state, category) in enumerate(STATES.items()):
            await self.owner.execute(
                "INSERT INTO project.states VALUES ($1, $2, $3, $4, $4, $5, $6, $7)",
                self.workspace_id,
                project_id,
                new_id(),
                state,
                category,
                rank,
                state == "todo",
            )
        return project_id

    async def events_of(self, task_id: str) -> list[tuple[str, int, dict[str, Any]]]:
        """Type, version and changes of a task's events."""
        rows = await self.owner.fetch(
            "SELECT type, version, changes FROM log.events WHERE resource_id = $1 ORDER BY id", task_id
        )
        return [(row[0], row[1], msgspec.json.decode(row[2])) for row in rows]


@pytest.fixture
async def world(databases: dict[str, Database]) -> World:
    owner = databases["owner"]
    world = World(
        owner=owner,
        task=databases["task"],
        slug=new_id(),
        workspace_id=new_id(),
        project_id="",
        hidden_project_id="",
        ann=new_id(),
        bob=new_id(),
        vera=new_id(),
        otto=new_id(),
    )
    await owner.execute(
        """
        INSERT INTO project.workspaces (id, slug, name, created_by, created_at, updated_at)
        VALUES ($1, $2, 'Acme', $3, $4, $4)
        """,
        world.workspace_id,
        world.slug,
        world.ann,
        clock.now() - timedelta(days=1),
    )
    for person in (world.ann, world.bob, world.vera):
        await owner.execute("INSERT INTO project.subjects VALUES ($1, $1, $2)", person, world.workspace_id)
    world.project_id = await world.add_project("OPS")
    world.hidden_project_id = await world.add_project("HID")
    for person, role in ((world.ann, "member"), (world.bob, "member"), (world.vera, "viewer")):
        await world.grant(person, world.project_id, role)
    return world


As = Callable[..., httpx.AsyncClient]
NewTaskOf = Callable[..., Awaitable[dict[str, Any]]]
NewCommentOf = Callable[..., Awaitable[dict[str, Any]]]
Report = Callable[..., Awaitable[dict[str, Any]]]


class Acquaintances:
    """What the auth service would say about people: ids by address, and zones by id."""

    def __init__(self) -> None:
        self.emails: dict[str, str] = {}
        self.zones: dict[str, str] = {}

    async def find_person_by_email(self, *, email: str) -> Person | None:
        person_id = self.emails.get(email.lower())
        return None if person_id is None else Person(person_id, email, "Somebody")

    async def list_people(self, *, ids: list[str]) -> list[Person]:
        known = {person_id: email for email, person_id in self.emails.items()}
        return [Person(person_id, known.get(person_id, ""), "Somebody") for person_id in ids]

    async def find_time_zone(self, *, id: str) -> str | None:  # noqa: A002 - the word of the contract
        return self.zones.get(id)


@pytest.fixture
def people() -> Acquaintances:
    return Acquaintances()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Room for files of 100 KB, and for three such of a workspace."""
    return Shelf(FolderFiles(tmp_path / "attachments"), 100_000, 300_000)


@pytest.fixture
async def as_person(databases: dict[str, Database], people: Acquaintances, shelf: Shelf) -> AsyncIterator[As]:
    """Build the service's HTTP client of one person; keyword arguments narrow their credential."""
    database = databases["task"]
    known: People = people
    provided = {
        "database": database,
        "cursors": CursorSigner(b"k" * 32),
        "people": local(People, known),
        "known": KnownTasks(database),
        "shelf": shelf,
    }
    find_demand = partial(find_demanding_workspace, database)
    app = build_service(title="task", handlers=HANDLERS, provided=provided, find_demand=find_demand)
    clients: list[httpx.AsyncClient] = []

    def client(person_id: str | None, **limits: Any) -> httpx.AsyncClient:
        principal = Principal(id=person_id, **limits) if person_id else None

        async def signed_in(scope: Any, receive: Any, send: Any) -> None:
            scope[PRINCIPAL] = principal
            await app(scope, receive, send)

        opened = httpx.AsyncClient(transport=httpx.ASGITransport(signed_in), base_url="http://test/api/v1")
        clients.append(opened)
        return opened

    yield client
    for opened in clients:
        await opened.aclose()


@pytest.fixture
def ann(as_person: As, world: World) -> httpx.AsyncClient:
    return as_person(world.ann)


@pytest.fixture
def vera(as_person: As, world: World) -> httpx.AsyncClient:
    return as_person(world.vera)


@pytest.fixture
def otto(as_person: As, world: World) -> httpx.AsyncClient:
    return as_person(world.otto)


@pytest.fixture
def new_task(ann: httpx.AsyncClient, world: World) -> NewTaskOf:
    """Create a task as Ann."""

    async def create(**fields: Any) -> dict[str, Any]:
        body = {"project_id": world.project_id, "title": "Mend the roof", **fields}
        response = await ann.post("/tasks", json=body)
        assert response.status_code == 201, response.text
        task: dict[str, Any] = response.json()
        return task

    return create


@pytest.fixture
def new_comment(ann: httpx.AsyncClient, new_task: NewTaskOf) -> NewCommentOf:
    """Comment as Ann, on a new task unless one is named."""

    async def create(body: str = "Leaks again", task_id: str = "") -> dict[str, Any]:
        on = task_id or (await new_task())["id"]
        response = await ann.post(f"/tasks/{on}/comments", json={"body": body})
        assert response.status_code == 201, response.text
        comment: dict[str, Any] = response.json()
        return comment

    return create


@pytest.fixture
def report(ann: httpx.AsyncClient, world: World, databases: dict[str, Database]) -> Report:
    """A report of the project as Ann, from counts that are up to date."""

    async def read(name: str, **params: Any) -> dict[str, Any]:
        await place_all(databases)
        (keeper,) = (one for one in consumers() if one.name == CONSUMER)
        await catch_up(databases["task"], keeper)
        params.setdefault("project_id", world.project_id)
        wanted = {key.rstrip("_"): str(value) for key, value in params.items() if value is not None}
        response = await ann.get(f"/reports/{name}", params=wanted)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    return read


async def give_role(world: World, person_id: str, role: str) -> None:
    role_id = new_id()
    bits = int(BUILT_IN_ROLES[role])
    await world.owner.execute(
        "INSERT INTO project.roles VALUES ($1, $2::uuid, $2::uuid::text, $3, $4)",
        world.workspace_id,
        role_id,
        role,
        bits,
    )
    await world.owner.execute(
        "INSERT INTO project.subjects VALUES ($1, $2, $3)", person_id, role_id, world.workspace_id
    )


@pytest.fixture
async def runs_it(world: World, people: Acquaintances) -> None:
    """Ann runs the workspace; everybody has an address."""
    await give_role(world, world.ann, "admin")
    people.emails |= {"ann@x.org": world.ann, "bob@x.org": world.bob, "otto@x.org": world.otto}
