"""Two thousand people: ten who see each of a hundred projects, and a thousand who see one.

Their accounts and places are written by SQL, as the services would: signing them all up takes minutes of Argon2.
"""

from datetime import UTC, datetime

import aiohttp
import asyncpg
import msgspec

from benchmarks import workload
from benchmarks.stand import Server, Stores
from taskyard.auth.actions.signing_keys import SigningKeys
from taskyard.auth.models import LiveSession
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.keys import Keys, load_or_create_master_key, service_key
from taskyard.kit.provision import derive_service_urls

SMALL, PER_SMALL, PER_LARGE = 100, 10, 1000
TASKS_EACH = 10
AT_ONCE = 8


class Place(msgspec.Struct, frozen=True):
    """A project, its tasks, and who listens to it."""

    project_id: str
    task_ids: list[str]
    people: list[str]


class Crowd(msgspec.Struct, frozen=True):
    """The projects: a hundred small ones, and last the large one. ``tokens`` are the people's, for ten minutes."""

    owner_token: str
    places: list[Place]
    tokens: dict[str, str]


async def gather(server: Server, beside: Stores) -> Crowd:
    """Make the owner, the projects and the tasks by the API, and the crowd by SQL."""
    async with aiohttp.ClientSession(f"{server.url}/api/v1/") as client:
        email = "person-0@example.com"
        await workload.register(client, email)
        token = await workload.sign_in(server)
        client.headers["Authorization"] = f"Bearer {token}"
        workspace = (await workload.post(client, "workspaces", {"name": "Crowd", "slug": "crowd"}))["id"]
        names = [await _project(client, workspace, number) for number in range(SMALL + 1)]
        places = []
        for number, project_id in enumerate(names):
            tasks = [await _task(client, project_id) for _ in range(TASKS_EACH)]
            count = PER_SMALL if number < SMALL else PER_LARGE
            places.append(Place(project_id, tasks, [new_id() for _ in range(count)]))
    await _let_in(beside, workspace, places)
    return Crowd(token, places, {})


async def sign_in_all(crowd: Crowd, server: Server, beside: Stores) -> Crowd:
    """Fresh tokens for everybody, signed as the auth service signs them."""
    master = load_or_create_master_key(beside.home / "master.key")
    database = Database(derive_service_urls(beside.owner_url, master)["auth"], size=1)
    keys = SigningKeys(database, Keys(service_key(master, "auth")))
    await keys.prepare()
    issuer = server.url.replace("127.0.0.1", "localhost")
    now = datetime.now(UTC)
    tokens = {
        person: keys.access_token(LiveSession(new_id(), person, now), issuer=issuer)
        for place in crowd.places
        for person in place.people
    }
    await database.close()
    return Crowd(await workload.sign_in(server), crowd.places, tokens)


async def _let_in(beside: Stores, workspace: str, places: list[Place]) -> None:
    connection = await asyncpg.connect(beside.owner_url)
    people = [(person, place.project_id) for place in places for person in place.people]
    await connection.executemany(
        "INSERT INTO project.subjects (person_id, subject_id, workspace_id) VALUES ($1, $1, $2)",
        [(person, workspace) for person, _ in people],
    )
    await connection.executemany(
        "INSERT INTO project.access (workspace_id, project_id, subject_id, permissions) VALUES ($1, $2, $3, 1)",
        [(workspace, project_id, person) for person, project_id in people],
    )
    await connection.close()


async def _project(client: aiohttp.ClientSession, workspace: str, number: int) -> str:
    body = {"workspace_id": workspace, "key": f"P{number}", "name": f"Part {number}", "visibility": "private"}
    name: str = (await workload.post(client, "projects", body))["id"]
    return name


async def _task(client: aiohttp.ClientSession, project_id: str) -> str:
    body = {"project_id": project_id, "title": "Oil the gears", "description": "Note what squeaks. " * 8}
    name: str = (await workload.post(client, "tasks", body))["id"]
    return name
