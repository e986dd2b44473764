"""Measures how reads fare while tasks are imported on the same process; ``make bench-import`` calls it.

It ends with 1 where the 99th percentile is more than twice that of before.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from benchmarks import stand
from benchmarks.realtime.figures import percentile

READERS = 4
PAUSE = 0.02
"""Seconds between two reads of one reader."""
RESTING_SECONDS = 10
ROWS_AT_A_TIME = 10_000
TASKS_READ = 50
PATIENCE = 3600
"""Seconds that one import may take."""
MOST = 2.0


async def measure(client: httpx.AsyncClient, rows: int) -> float:
    """By how much the slowest reads are slower while so many rows are imported."""
    project, tasks = await _settle(client)

    async def rest() -> None:
        await asyncio.sleep(RESTING_SECONDS)

    async def import_all() -> None:
        for start in range(0, rows, ROWS_AT_A_TIME):
            await _import(client, project, range(start, min(rows, start + ROWS_AT_A_TIME)))

    found = [await _read_during(client, project, tasks, what) for what in (rest, import_all)]
    for name, spent in zip(("resting", "importing"), found, strict=True):
        middle, slow = (percentile(spent, share) for share in (0.5, 0.99))
        _say(f"{name:10} {len(spent):7,} reads, p50 {middle:6.1f} ms, p99 {slow:6.1f} ms")
    return percentile(found[1], 0.99) / percentile(found[0], 0.99)


async def _settle(client: httpx.AsyncClient) -> tuple[str, list[str]]:
    """Somebody with a project, and the tasks that are read in it."""
    account = {"email": "ann@example.com", "password": "a long enough password"}
    await _post(client, "/auth/register", {**account, "name": "Ann"})
    token = (await _post(client, "/auth/login", account))["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    workspace = (await _post(client, "/workspaces", {"name": "Acme", "slug": "acme"}))["id"]
    project = (await _post(client, "/projects", {"workspace_id": workspace, "key": "OPS", "name": "Operations"}))["id"]
    body = {"project_id": project, "title": "Mend the roof"}
    return project, [(await _post(client, "/tasks", body))["id"] for _ in range(TASKS_READ)]


async def _import(client: httpx.AsyncClient, project: str, numbers: range) -> None:
    """Hand rows in, and wait until they are tasks."""
    began = time.perf_counter()
    content = "key,title,description\n" + "".join(f"A-{n},Task {n},Some words about it\n" for n in numbers)
    asked = await _post(client, "/imports", {"project_id": project, "content": content})
    for _ in range(PATIENCE):
        if (await client.get(f"/imports/{asked['id']}")).raise_for_status().json()["state"] == "done":
            break
        await asyncio.sleep(1)
    _say(f"{len(numbers):,} rows in {time.perf_counter() - began:.0f} s")


async def _read_during(
    client: httpx.AsyncClient, project: str, tasks: list[str], what: Callable[[], Awaitable[None]]
) -> list[float]:
    """How long reads take until something is over, in milliseconds: a task and a list in turns."""
    spent, over = list[float](), asyncio.Event()

    async def read() -> None:
        for turn in range(sys.maxsize):
            if over.is_set():
                return
            path = f"/tasks?project_id={project}&limit=20" if turn % 2 else f"/tasks/{tasks[turn % len(tasks)]}"
            began = time.perf_counter()
            (await client.get(path)).raise_for_status()
            spent.append(1000 * (time.perf_counter() - began))
            await asyncio.sleep(PAUSE)

    async with asyncio.TaskGroup() as group:
        for _ in range(READERS):
            group.create_task(read())
        await what()
        over.set()
    return spent


async def _post(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.post(path, json=body)).raise_for_status().json()
    return answer


async def _run(rows: int, home: Path) -> float:
    async with stand.stores(home) as beside:
        with stand.taskyard(beside) as server:
            async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=60) as client:
                return await measure(client, rows)


def main() -> int:
    """Measure, and say whether reads stay within their bounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ratio = asyncio.run(_run(options.rows, Path(folder)))
    _say(f"p99 {ratio:.2f} times, at most {MOST}")
    return int(ratio > MOST)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
