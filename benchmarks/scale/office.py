"""One company, made through the API but for its tasks, and the requests that its people send."""

import random
import time
from datetime import UTC, datetime
from typing import Any

import aiohttp
import asyncpg
import msgspec

from benchmarks import stand
from benchmarks.scale.company import Company, write_tasks, write_words
from benchmarks.stand import Server, Stores
from benchmarks.workload import PASSWORD, post, register
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id

PROJECTS, PEOPLE, SAMPLED = 200, 400, 500
SEEN = {"one": 1, "three": 3, "all": PROJECTS}
"""How many projects each of the callers sees."""
_SAMPLE = "SELECT t.id::text FROM task.tasks t WHERE t.project_id = $1 ORDER BY t.number LIMIT $2"


class Office(msgspec.Struct, frozen=True):
    """A company with its server, and the ids of what is asked about."""

    server: Server
    people: dict[str, str]
    projects: list[str]
    tasks: list[str]


class Request(msgspec.Struct, frozen=True):
    """One kind of request by one caller; a star in a value stands for one of several things."""

    name: str
    caller: str
    path: str
    values: dict[str, str] = {}


WORDS = ("roof", "piano", "paint wall", "squeaks", "engine check")
REQUESTS = (
    Request("get one", "one", "tasks/*task"),
    Request("list of a project", "one", "tasks", {"project_id": "*project"}),
    Request("the latest, of one project", "one", "tasks"),
    Request("the latest, of three projects", "three", "tasks"),
    Request("the latest, of all projects", "all", "tasks"),
    Request("one's own tasks", "all", "tasks", {"assignee": "me"}),
    Request("what is done", "all", "tasks", {"status": "done"}),
    Request("by priority, of a project", "one", "tasks", {"sort": "-priority"}),
    Request("by due date, of three projects", "three", "tasks", {"sort": "due"}),
    Request("by title, of a project", "one", "tasks", {"sort": "title"}),
    Request("by priority, of all projects", "all", "tasks", {"sort": "-priority"}),
    Request("a board", "one", "boards/*project"),
    Request("a column in its order", "one", "tasks", {"project_id": "*project", "status": "todo", "sort": "rank"}),
    Request("overdue, of a project", "one", "tasks", {"filter": 'due < today and status = "todo"'}),
    Request("nobody's, of all projects", "all", "tasks", {"filter": "assignee is empty"}),
    Request("the latest, counted", "all", "tasks", {"count": "estimate"}),
    Request("search of a project", "one", "search", {"q": "*words"}),
    Request("search of all projects", "all", "search", {"q": "*words"}),
)


async def open_office(server: Server, beside: Stores, tasks: int) -> Office:
    """Make people, who see one, three and all of the projects, and let SQL write the tasks."""
    async with aiohttp.ClientSession(f"{server.url}/api/v1/") as client:
        people = {caller: await register(client, f"{caller}@example.com") for caller in SEEN}
        client.headers["Authorization"] = f"Bearer {await sign_in(server, 'all')}"
        workspace = (await post(client, "workspaces", {"name": "Analytical Engines", "slug": "engines"}))["id"]
        projects = [await _project(client, workspace, number) for number in range(1, PROJECTS + 1)]
        for caller in ("one", "three"):
            body = {"email": f"{caller}@example.com", "role": "guest"}
            await post(client, f"workspaces/{workspace}/members", body)
            for project in projects[: SEEN[caller]]:
                member = {"user_id": people[caller], "role": "member"}
                await post(client, f"projects/{project}/members", member)
    doers = [*people.values(), *(new_id() for _ in range(PEOPLE - len(people)))]
    await _write(beside, Company(workspace, projects, doers), tasks)
    owner = await asyncpg.connect(beside.owner_url)
    sample = [row[0] for row in await owner.fetch(_SAMPLE, projects[0], SAMPLED)]
    await owner.close()
    return Office(server, people, projects, sample)


async def sign_in(server: Server, caller: str) -> str:
    """An access token, good for ten minutes."""
    async with aiohttp.ClientSession(f"{server.url}/api/v1/") as client:
        body = {"email": f"{caller}@example.com", "password": PASSWORD}
        token: str = (await post(client, "auth/login", body))["access_token"]
        return token


async def times_of(
    client: aiohttp.ClientSession, office: Office, request: Request, token: str, count: int
) -> list[float]:
    """How long each of some requests took, in milliseconds. Raises RuntimeError when one is refused."""
    chance = random.Random(count)  # noqa: S311 - a choice, no secret
    choices = {"*task": office.tasks, "*project": office.projects[:1], "*words": WORDS}
    headers, found = {"Authorization": f"Bearer {token}"}, []
    for _ in range(count):
        values = {name: chance.choice(choices.get(value, (value,))) for name, value in request.values.items()}
        path = request.path.replace("*task", chance.choice(office.tasks)).replace("*project", office.projects[0])
        began = time.perf_counter()
        async with client.get(f"{office.server.url}/api/v1/{path}", params=values, headers=headers) as answer:
            text = await answer.text()
        found.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer.status} {text}")
    return found


async def _project(client: aiohttp.ClientSession, workspace: str, number: int) -> str:
    body = {"workspace_id": workspace, "key": f"P{number}", "name": f"Part {number}", "visibility": "private"}
    made: dict[str, Any] = await post(client, "projects", body)
    return str(made["id"])


async def _write(beside: Stores, company: Company, tasks: int) -> None:
    owner, service = await asyncpg.connect(beside.owner_url), Database(beside.task_url)
    await write_tasks(owner, company, (1, tasks), datetime.now(UTC))
    await write_words(service)
    await service.close()
    await owner.close()
    await stand.analyse(beside)
