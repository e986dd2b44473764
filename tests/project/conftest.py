"""The project service behind its HTTP door, with people who exist only for the test."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
import pytest
from litestar.types import Receive, Scope, Send

from taskyard.contracts.people import Person
from taskyard.kit.cursors import CursorSigner
from taskyard.kit.database import Database, refuse_inside_transaction
from taskyard.kit.http import build_service
from taskyard.kit.ids import new_id
from taskyard.kit.principal import PRINCIPAL, Principal
from taskyard.project.queries.demands import find_demanding_workspace
from taskyard.project.routes import HANDLERS

V1 = "/api/v1"


class KnownPeople:
    """Stands for the auth service."""

    def __init__(self) -> None:
        self.known: dict[str, Person] = {}
        self.zones: dict[str, str] = {}

    def register(self, name: str) -> str:
        person = Person(id=new_id(), email=f"{name}-{new_id()}@example.com", name=name)
        self.known[person.id] = person
        return person.id

    async def find_person_by_email(self, *, email: str) -> Person | None:
        refuse_inside_transaction("find_person_by_email")
        return next((person for person in self.known.values() if person.email.casefold() == email.casefold()), None)

    async def list_people(self, *, ids: list[str]) -> list[Person]:
        refuse_inside_transaction("list_people")
        return [self.known[person_id] for person_id in ids if person_id in self.known]

    async def find_time_zone(self, *, id: str) -> str | None:  # noqa: A002 - the word of the contract
        refuse_inside_transaction("find_time_zone")
        return self.zones.get(id)


class Api:
    """Sends requests as whoever the test says."""

    def __init__(self, database: Database) -> None:
        self.people = KnownPeople()
        self.database = database
        self.revocations = 0
        self._app = build_service(
            title="project",
            handlers=HANDLERS,
            provided={
                "database": database,
                "cursors": CursorSigner(b"k" * 32),
                "people": self.people,
                "revocations": self._revoked,
            },
            find_demand=partial(find_demanding_workspace, database),
        )

    def _revoked(self) -> None:
        self.revocations += 1

    async def send(
        self, caller: str | Principal | None, method: str, path: str, body: object = None, **headers: str
    ) -> httpx.Response:
        principal = Principal(id=caller) if isinstance(caller, str) else caller

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[PRINCIPAL] = principal  # type: ignore[literal-required] # a key of ours
            await self._app(scope, receive, send)

        named = {name.replace("_", "-"): value for name, value in headers.items()}
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type] # its own words for ASGI
        async with httpx.AsyncClient(transport=transport, base_url="http://test", trust_env=False) as client:
            return await client.request(method, V1 + path, json=body, headers=named)

    async def made(self, caller: str | Principal, path: str, body: object) -> dict[str, Any]:
        response = await self.send(caller, "POST", path, body)
        assert response.status_code in {200, 201}, response.text
        answer: dict[str, Any] = response.json()
        return answer


class World:
    """A workspace with one person in each built-in role, and somebody outside."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.workspace_id = ""
        self.owner = api.people.register("owner")
        self.admin = api.people.register("admin")
        self.member = api.people.register("member")
        self.viewer = api.people.register("viewer")
        self.guest = api.people.register("guest")
        self.outsider = api.people.register("outsider")

    @property
    def path(self) -> str:
        return f"/workspaces/{self.workspace_id}"

    async def build(self) -> None:
        slug = f"w-{new_id()}"
        workspace = await self.api.made(self.owner, "/workspaces", {"name": "Acme", "slug": slug})
        self.workspace_id = workspace["id"]
        for role in ("admin", "member", "viewer", "guest"):
            await self.join(getattr(self, role), role)

    async def join(self, person_id: str, role: str) -> None:
        email = self.api.people.known[person_id].email
        await self.api.made(self.owner, f"{self.path}/members", {"email": email, "role": role})

    async def project(self, key: str = "OPS", caller: str | Principal = "", **fields: object) -> dict[str, Any]:
        body = {"workspace_id": self.workspace_id, "key": key, "name": "Operations", **fields}
        return await self.api.made(caller or self.owner, "/projects", body)

    async def team(self, name: str, *people: str) -> str:
        team = await self.api.made(self.owner, f"{self.path}/teams", {"name": name})
        for person_id in people:
            await self.api.made(self.owner, f"/teams/{team['id']}/members", {"user_id": person_id})
        return str(team["id"])


@pytest.fixture
async def api(databases: dict[str, Database]) -> Api:
    return Api(databases["project"])


@pytest.fixture
async def world(api: Api) -> World:
    made = World(api)
    await made.build()
    return made


Status = Callable[..., Awaitable[int]]
EventTypes = Callable[[str], Awaitable[list[str]]]


@pytest.fixture
def status(api: Api) -> Status:
    """The status of one request, for tables of who may what."""

    async def ask(caller: str | Principal | None, method: str, path: str, body: object = None, **headers: str) -> int:
        return (await api.send(caller, method, path, body, **headers)).status_code

    return ask


@pytest.fixture
def event_types(databases: dict[str, Database]) -> EventTypes:
    """The types of all events of a workspace, in the order they were announced."""

    async def read(workspace_id: str) -> list[str]:
        rows = await databases["owner"].fetch(
            "SELECT type FROM log.events WHERE workspace_id = $1::uuid ORDER BY id", workspace_id
        )
        return [row[0] for row in rows]

    return read
