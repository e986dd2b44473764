"""Numbers for new tasks: creates that arrive together in one project share one counter update."""

import asyncio

from taskyard.kit.database import Database
from taskyard.task.queries.numbers import take_numbers

_Project = tuple[str, str]


class TaskNumbers:
    """Gives out the next numbers of projects. Unused numbers leave gaps, which is fine.

    While one statement runs, later callers gather for the next. A caller who goes away wastes a
    number and disturbs nobody.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[_Project, list[asyncio.Future[int]]] = {}
        self._serving: set[asyncio.Task[None]] = set()

    async def take(self, workspace_id: str, project_id: str) -> int:
        """The next number of a project. Raises Unavailable when the database is."""
        project = (workspace_id, project_id)
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        gathering = self._waiting.get(project)
        if gathering is not None:
            gathering.append(waiter)
        else:
            self._waiting[project] = [waiter]
            serving = asyncio.create_task(self._serve(project))
            self._serving.add(serving)
            serving.add_done_callback(self._serving.discard)
        return await waiter

    async def _serve(self, project: _Project) -> None:
        """Serve the waiters of one project until none are left."""
        waiters: list[asyncio.Future[int]] = []
        try:
            while waiters := self._waiting[project]:
                self._waiting[project] = []
                await self._give(project, waiters)
        finally:
            for waiter in waiters + self._waiting.pop(project):
                waiter.cancel()

    async def _give(self, project: _Project, waiters: list[asyncio.Future[int]]) -> None:
        try:
            last = await take_numbers(self._database, *project, len(waiters))
        except Exception as error:  # noqa: BLE001 - it is raised again in every waiter
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(error)
            return
        for number, waiter in enumerate(waiters, last - len(waiters) + 1):
            if not waiter.done():
                waiter.set_result(number)
