"""The floor: the same framework, server, pool and structs, and nothing else.

Its handlers run plain SQL by key and by project and give the same JSON: no gateway, no sign-in, no permissions,
no limits, no events, no idempotency, no log, no metrics. What Taskyard costs above it is what those are worth.
"""

import itertools
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Annotated

import uvicorn
import uvloop
from asyncpg import Record
from litestar import Litestar, Response, get, patch, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody, QueryParameter

from benchmarks.floor_sql import CREATE, GET, LIST, UPDATE
from taskyard.kit.cursors import Page
from taskyard.kit.ids import new_id
from taskyard.kit.pool import Pool
from taskyard.task.models.tasks import NewTask, Task, TaskPatch
from taskyard.task.queries.columns import PRIORITIES, task_of

NOBODY = "00000000-0000-0000-0000-000000000000"


class Projects:
    """What the floor knows by heart: each project's workspace, and the next number of a task."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.workspaces: dict[str, str] = {}
        self.numbers = itertools.count()

    async def learn(self) -> None:
        """Read them once; numbers begin far above those that Taskyard gives."""
        connection = await self.pool.acquire()
        rows = await connection.fetch("SELECT project_id::text, workspace_id::text FROM project.projects_v1")
        last = await connection.fetchval("SELECT coalesce(max(number), 0) FROM tasks")
        self.pool.release(connection)
        self.workspaces = {row[0]: row[1] for row in rows}
        self.numbers = itertools.count(max(last, 10_000_000) + 1)


known = Projects(Pool(os.environ["FLOOR_DATABASE_URL"], size=8))
# a global, because handing it to handlers would cost what the floor is to be without


@get("/api/v1/tasks/{task_id:str}")
async def get_task(task_id: FromPath[str]) -> Response[Task]:
    """One task by its key."""
    connection = await known.pool.acquire()
    try:
        row = await connection.fetchrow(GET, task_id)
    finally:
        known.pool.release(connection)
    return _answer(row)


@get("/api/v1/tasks")
async def list_tasks(
    project_id: Annotated[str, QueryParameter()],
    status: Annotated[str, QueryParameter()],
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> Page[Task]:
    """Fifty tasks of one project with one status."""
    connection = await known.pool.acquire()
    try:
        rows = await connection.fetch(LIST, known.workspaces[project_id], project_id, status, limit + 1)
    finally:
        known.pool.release(connection)
    tasks = [task_of(row) for row in rows]
    return Page(tasks[:limit], tasks[limit - 1].id if len(tasks) > limit else None)


@post("/api/v1/tasks")
async def create_task(data: JSONBody[NewTask]) -> Response[Task]:
    """One task more, numbered by this process."""
    connection = await known.pool.acquire()
    try:
        row = await connection.fetchrow(
            CREATE,
            known.workspaces[data.project_id],
            data.project_id,
            new_id(),
            next(known.numbers),
            data.title,
            data.description,
            data.status or "backlog",
            PRIORITIES.index(data.priority),
            data.assignee_ids,
            NOBODY,
            datetime.now(UTC),
        )
    finally:
        known.pool.release(connection)
    return _answer(row, 201)


@patch("/api/v1/tasks/{task_id:str}")
async def update_task(task_id: FromPath[str], data: JSONBody[TaskPatch]) -> Response[Task]:
    """Another title."""
    connection = await known.pool.acquire()
    try:
        row = await connection.fetchrow(UPDATE, task_id, data.title, datetime.now(UTC))
    finally:
        known.pool.release(connection)
    return _answer(row)


def _answer(row: Record | None, status: int = 200) -> Response[Task]:
    if row is None:
        raise NotFoundException
    task = task_of(row)
    headers = {"ETag": f'"{task.version}"'}
    if status == 201:
        headers["Location"] = f"/api/v1/tasks/{task.id}"
    return Response(task, status_code=status, headers=headers)


@asynccontextmanager
async def _prepared(_: Litestar) -> AsyncIterator[None]:
    await known.learn()
    yield
    await known.pool.close()


async def _serve(port: int) -> None:
    app = Litestar(
        [get_task, list_tasks, create_task, update_task],
        lifespan=[_prepared],
        openapi_config=None,
        logging_config=None,
    )
    listener = socket.create_server(("127.0.0.1", port), backlog=2048)
    config = uvicorn.Config(
        app, http="httptools", ws="none", access_log=False, log_level="warning", server_header=False
    )
    await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        uvloop.run(_serve(int(sys.argv[1])))
