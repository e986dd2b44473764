"""Who of the connected people was given single tasks, and which events they are told for that.

Where nobody was, nothing is asked. Who was is learned when they connect and from what they are told themselves; whether
they still are, PostgreSQL says for every batch of events.
"""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from taskyard.contracts.grants import SHARED_TASK_CREATED, SHARED_TASK_DELETED
from taskyard.kit.database import Database
from taskyard.kit.principal import weak_id
from taskyard.notification.models.events import LoggedEvent
from taskyard.notification.queries.grants import Holding, list_holdings, list_told


class Given:
    """In which workspaces each of the connected people was given tasks: all of them, and perhaps some more."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held = defaultdict[str, set[str]](set)

    def forget(self) -> None:
        """Know nothing, as at the start."""
        self._held.clear()

    def learn(self, holdings: Iterable[Holding]) -> None:
        """Note who was given tasks where."""
        for access_id, workspace_id in holdings:
            self._held[access_id].add(workspace_id)

    def holds(self, access_id: str) -> bool:
        """Whether somebody was given a task."""
        return access_id in self._held

    def holders(self, workspace_ids: AbstractSet[str]) -> set[str]:
        """Who was given tasks in some workspaces."""
        return {person for person, held in self._held.items() if not held.isdisjoint(workspace_ids)}

    async def follow(self, events: list[LoggedEvent], people: AbstractSet[str]) -> set[str]:
        """Take in what of some events changes who was given tasks; who of the people lost one."""
        losers = set[str]()
        for event in events:
            if event.item.type in {SHARED_TASK_CREATED, SHARED_TASK_DELETED} and event.audience_id is not None:
                concerned = {event.audience_id, weak_id(event.audience_id)} & people
                if event.item.type == SHARED_TASK_DELETED:
                    losers |= concerned
                self.learn((access_id, event.item.workspace_id or "") for access_id in concerned)
        if losers:
            await self.renew(losers)
        return losers

    async def renew(self, access_ids: AbstractSet[str]) -> None:
        """Ask again about some people."""
        holdings = await list_holdings(self._database, list(access_ids))
        for access_id in access_ids:
            self._held.pop(access_id, None)
        self.learn(holdings)

    async def told(self, events: list[LoggedEvent], people: AbstractSet[str]) -> dict[int, set[str]]:
        """Who of the people is told which events for a task of theirs, by the events' positions."""
        for gone in self._held.keys() - people:
            del self._held[gone]
        places = {event.item.workspace_id for event in events if event.item.workspace_id and event.item.project_id}
        holders = self.holders(places)
        found = defaultdict[int, set[str]](set)
        if holders:
            positions = [event.item.position for event in events if event.item.project_id is not None]
            for position, access_id in await list_told(self._database, positions, list(holders)):
                found[position].add(access_id)
        return found
