"""Measures what a request costs in a large company against a small one; ``make bench-growth`` calls it.

Two workspaces stand side by side in one Taskyard, one with 10 members and a project, one with 1,000 members and 1,000
projects that all see; both have as many tasks in the project that is asked for. Processor time is compared, that of the
process and of PostgreSQL. It ends with 1 where one kind of request costs over 1.5 times as much. (``make bench-scale``
does this for the number of tasks.)
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from benchmarks import stand, workload
from benchmarks.measure import Load, Run, measure
from benchmarks.stand import Server

TASKS = 500
LOADS = ("get", "list", "latest", "patch", "create")
CONNECTIONS = 16
MOST = 1.5
AT_ONCE = 16
PROJECTS_AT_ONCE = 4
"""Each waits for the one before: a project is let in whoever may see it."""


class Company(msgspec.Struct, frozen=True):
    """A workspace, and where the load finds the names of what is in it."""

    name: str
    members: int
    projects: int

    @property
    def owner(self) -> str:
        """Who asks."""
        return f"owner@{self.name}.example"


COMPANIES = (Company("small", 10, 1), Company("large", 1_000, 1_000))


async def run(options: argparse.Namespace, home: Path) -> bool:
    """Whether all kinds of requests cost about as much in both."""
    async with stand.stores(home / "home") as beside:
        with stand.taskyard(beside) as server:
            for company in COMPANIES:
                (home / company.name).mkdir()
                await _found(server, company, home / company.name)
            await stand.analyse(beside)
            return all([await _compare(server, load, home, options) for load in LOADS])


async def _found(server: Server, company: Company, folder: Path) -> None:
    """Make one company through the API."""
    async with aiohttp.ClientSession(f"{server.url}/api/v1/") as client:
        owner = await workload.register(client, company.owner)
        emails = [f"{number}@{company.name}.example" for number in range(1, company.members)]
        await _each(emails, lambda email: workload.register(client, email))
        client.headers["Authorization"] = f"Bearer {await workload.sign_in(server, company.owner)}"
        workspace = (await workload.post(client, "workspaces", {"name": company.name, "slug": company.name}))["id"]
        members = f"workspaces/{workspace}/members"
        await _each(emails, lambda email: workload.post(client, members, {"email": email, "role": "member"}))
        keys = [f"P{number}" for number in range(company.projects)]
        made = await _each(
            keys,
            lambda key: workload.post(client, "projects", {"workspace_id": workspace, "key": key, "name": key}),
            PROJECTS_AT_ONCE,
        )
        project = made[0]["id"]
        titles = [f"Oil the gears of engine {number}" for number in range(TASKS)]
        tasks = await _each(
            titles, lambda title: workload.post(client, "tasks", {"project_id": project, "title": title})
        )
    names = {"people": [company.owner], "people_ids": [owner], "projects": [project], "tasks": [t["id"] for t in tasks]}
    for name, values in names.items():
        (folder / name).write_text("\n".join(values) + "\n")


async def _each(values: list[str], make: Callable[[str], Awaitable[Any]], at_once: int = AT_ONCE) -> list[Any]:
    """Make something of each value, some at a time; in the order of the values."""
    made, numbered = dict[int, Any](), iter(enumerate(values))

    async def work() -> None:
        for number, value in numbered:
            made[number] = await make(value)

    await asyncio.gather(*(work() for _ in range(at_once)))
    return [made[number] for number in range(len(values))]


async def _compare(server: Server, load: str, home: Path, options: argparse.Namespace) -> bool:
    async def ask(company: Company) -> Run:
        token = await workload.sign_in(server, company.owner)
        what = Load(load, CONNECTIONS, options.seconds)
        return await measure(server, what, folder=home / company.name, token=token)

    runs = [[await ask(company) for company in COMPANIES] for _ in range(options.rounds + 1)][1:]
    costs = [[found.cpu_us + found.database_cpu_us for found in pair] for pair in runs]
    times = statistics.median(large / small for small, large in costs)
    small, large = (statistics.median(pair[n] for pair in costs) for n in (0, 1))
    sys.stdout.write(f"{load:8} small {small:6.0f} us, large {large:6.0f} us: {times:.2f} times, at most {MOST}\n")
    return times <= MOST


def main() -> int:
    """Run it; the exit code is 1 where a request of a large company costs too much more."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each, after one to warm up (default: 3)")
    parser.add_argument("--seconds", type=float, default=2, help="length of a turn (default: 2)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="taskyard-benchmark-") as folder:
        Path(folder).chmod(0o755)  # the database runs as a user of its own
        return int(not asyncio.run(run(options, Path(folder))))


if __name__ == "__main__":
    sys.exit(main())
