"""The openings of streams: however many come at once, PostgreSQL is asked twice for all of them together."""

import asyncio

from taskyard.kit.database import Database
from taskyard.kit.demands import MOST_NAMES, demanded
from taskyard.kit.problems import Problem
from taskyard.notification.errors import NoSuchProject
from taskyard.notification.models.events import Place, Reader
from taskyard.notification.queries.demands import find_demanding_workspace
from taskyard.notification.queries.grants import find_head_and_holdings
from taskyard.notification.queries.readers import list_visible
from taskyard.notification.streams.given import Given
from taskyard.notification.streams.subscription import Subscription


class Openings:
    """Finds out for new streams where the log ends, whether their projects are theirs to see, and who has grants."""

    def __init__(self, database: Database, given: Given) -> None:
        self._database = database
        self._given = given
        self._waiting: list[tuple[Subscription, asyncio.Future[Place]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def open(self, stream: Subscription) -> Place:
        """Where the log ends, read after this call.

        Raises NoSuchProject when none of its projects can be seen, MfaRequired when a second factor is what is missing.
        """
        waiter: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        self._waiting.append((stream, waiter))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_in_turn())
        head = await waiter
        if stream.reader.project_ids is not None and not stream.workspace_ids:
            raise await self._refusal(stream.reader)
        return head

    async def _refusal(self, reader: Reader) -> Problem:
        """Why a stream cannot be limited to its projects, as the door says it where the request names them."""
        if reader.access_id != reader.person_id:
            names = list(reader.project_ids or ())[:MOST_NAMES]
            demanding = await find_demanding_workspace(self._database, reader.person_id, names)
            if demanding is not None:
                return demanded(demanding)
        return NoSuchProject()

    async def _ask_in_turn(self) -> None:
        """Ask for all who wait; those who come meanwhile wait for the next turn, because they need a later answer."""
        while self._waiting:
            turn, self._waiting = self._waiting, []
            try:
                head = await self._ask([stream for stream, _ in turn])
            except Exception as error:  # noqa: BLE001 - each of them raises it
                for _, waiter in turn:
                    if not waiter.done():
                        waiter.set_exception(error)
            else:
                for _, waiter in turn:
                    if not waiter.done():
                        waiter.set_result(head)
        self._asking = None

    async def _ask(self, streams: list[Subscription]) -> Place:
        await place_readers(self._database, [stream for stream in streams if stream.reader.project_ids is not None])
        people = {stream.reader.access_id for stream in streams}
        head, holdings = await find_head_and_holdings(self._database, list(people))
        self._given.learn(holdings)
        return head


async def place_readers(database: Database, streams: list[Subscription]) -> None:
    """Note in which workspaces the projects are that streams are limited to, as far as they can be seen now."""
    pairs = {(stream.reader.access_id, name) for stream in streams for name in stream.reader.project_ids or ()}
    if not pairs:
        return
    workspaces: dict[tuple[str, str], str] = {}
    for access_id, project_id, workspace_id in await list_visible(database, list(pairs)):
        workspaces[access_id, project_id] = workspace_id
    for stream in streams:
        access_id = stream.reader.access_id
        found = (workspaces.get((access_id, name)) for name in stream.reader.project_ids or ())
        stream.workspace_ids = frozenset(name for name in found if name is not None)
