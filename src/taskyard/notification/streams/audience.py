"""Which of the connected people may see what: PostgreSQL's answers, kept for as long as it says that they are true.

Every batch of events asks for the version of access in its workspaces, one row by key each. Where it has grown, what
was known is asked again before anything is sent, and whoever lost something is told of.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from taskyard.kit.database import Database
from taskyard.notification.queries import readers as queries
from taskyard.notification.queries.readers import Whereabouts

MOST_PLACES = 2_000


class _Known:
    """Who was asked about for one place, and which of them may see it."""

    __slots__ = ("asked", "crowd", "viewers")

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.viewers: set[str] = set()
        self.crowd = -1
        """The crowd that ``asked`` covers, so that nobody compares thousands of names for each batch."""


class Audience:
    """The viewers of the places that events come from."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[Whereabouts, _Known] = {}
        self._versions: dict[str, int] = {}

    def forget(self) -> None:
        """Know nothing, as at the start."""
        self._known.clear()
        self._versions.clear()

    async def changed(self, workspace_ids: AbstractSet[str]) -> dict[str, int]:
        """Those of some workspaces where access has changed since ``renew``, with the new version.

        To be asked after the events were read: what is true then was true when they were committed, or became so since.
        """
        versions = await queries.list_access_versions(self._database, list(workspace_ids))
        return {
            name: versions.get(name, 0) for name in workspace_ids if versions.get(name, 0) != self._versions.get(name)
        }

    async def renew(self, versions: dict[str, int], people: AbstractSet[str]) -> set[str]:
        """Ask again about all that is known of some workspaces; who of the people lost something."""
        stale = {place: known for place, known in self._known.items() if place[0] in versions}
        fresh = {place: _Known() for place in stale}
        if stale:
            await self._ask(fresh, {place: set(people) for place in stale})
        losers = {
            person for place, known in stale.items() for person in (known.viewers & people) - fresh[place].viewers
        }
        self._known |= fresh
        self._versions |= versions
        return losers

    async def viewers(
        self, places: Iterable[Whereabouts], people: AbstractSet[str], crowd: int
    ) -> dict[Whereabouts, set[str]]:
        """Who of the connected people may see each place; ``crowd`` is a number for this set of people."""
        if len(self._known) > MOST_PLACES:
            self._known.clear()
        found = {place: self._known.setdefault(place, _Known()) for place in places}
        unknown = {place: set(people) - known.asked for place, known in found.items() if known.crowd != crowd}
        unknown = {place: missing for place, missing in unknown.items() if missing}
        if unknown:
            await self._ask(found, unknown)
        for known in found.values():
            known.crowd = crowd
        return {place: known.viewers for place, known in found.items()}

    async def _ask(self, found: dict[Whereabouts, _Known], unknown: dict[Whereabouts, set[str]]) -> None:
        asked = set().union(*unknown.values())
        rows = await queries.list_viewers(self._database, list(unknown), list(asked))
        for place in unknown:
            found[place].asked |= asked
        for place, access_id in rows:
            found[place].viewers.add(access_id)
