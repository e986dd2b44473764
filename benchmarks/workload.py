"""What the load is about: a company's tasks, made through the API as a client makes them."""

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.stand import Server

PASSWORD = "seven violet harbours at night"  # noqa: S105 - opens a database that lives for this run
PEOPLE, PROJECTS = 16, 20
AT_ONCE = 16
READY_SECONDS = 120.0
STATUSES = ("backlog", "todo", "in_progress", "in_review", "done")


async def fill(server: Server, folder: Path, tasks: int) -> None:
    """Make people, a workspace, projects and tasks, and note their names in files the load reads."""
    async with aiohttp.ClientSession(f"{server.url}/api/v1/") as client:
        people = [f"person-{number}@example.com" for number in range(PEOPLE)]
        ids = [await register(client, email) for email in people]
        client.headers["Authorization"] = f"Bearer {await sign_in(server)}"
        workspace = await post(client, "workspaces", {"name": "Analytical Engines", "slug": "engines"})
        for email in people[1:]:
            await post(client, f"workspaces/{workspace['id']}/members", {"email": email, "role": "member"})
        projects = [
            await post(
                client, "projects", {"workspace_id": workspace["id"], "key": f"P{number}", "name": f"Part {number}"}
            )
            for number in range(PROJECTS)
        ]
        names = [project["id"] for project in projects]
        made = await _make_tasks(client, names, ids, tasks)
    devices = [(await _sign_in(server, email))["device_token"] for email in people]
    files = {"people": people, "people_ids": ids, "devices": devices, "projects": names, "tasks": made}
    for name, values in files.items():
        (folder / name).write_text("\n".join(values) + "\n")


async def sign_in(server: Server, email: str = "person-0@example.com") -> str:
    """An access token of the first person or another, good for ten minutes."""
    token: str = (await _sign_in(server, email))["access_token"]
    return token


async def until_ready(server: Server) -> None:
    """Wait until all that people need to sign in answers. Raises RuntimeError."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            await sign_in(server)
        except (OSError, RuntimeError):
            await asyncio.sleep(1)
        else:
            return
    raise RuntimeError(f"{server.name} does not answer")


async def _sign_in(server: Server, email: str) -> Any:
    async with aiohttp.ClientSession(f"{server.url}/api/v1/") as client:
        return await post(client, "auth/login", {"email": email, "password": PASSWORD})


async def _make_tasks(client: aiohttp.ClientSession, projects: list[str], people: list[str], count: int) -> list[str]:
    made: list[str] = []
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            body = {
                "project_id": projects[number % len(projects)],
                "title": f"Oil the gears of engine {number}",
                "description": "Look at every wheel, and note what squeaks. " * 3,
                "status": STATUSES[number // len(projects) % len(STATUSES)],
                "priority": ("none", "low", "medium", "high")[number % 4],
                "assignee_ids": [people[number % len(people)]],
                "due_on": f"2027-{number % 12 + 1:02}-{number % 28 + 1:02}",
            }
            made.append((await post(client, "tasks", body))["id"])

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return made


async def register(client: aiohttp.ClientSession, email: str) -> str:
    """The id of a new person."""
    name: str = (await post(client, "auth/register", {"email": email, "password": PASSWORD, "name": email[:8]}))["id"]
    return name


async def post(client: aiohttp.ClientSession, path: str, body: object) -> Any:
    """The answer to a POST. Raises RuntimeError when it is refused."""
    async with client.post(path, json=body) as answer:
        if answer.status not in {200, 201}:
            raise RuntimeError(f"POST {path}: {answer.status} {await answer.text()}")
        return await answer.json()
