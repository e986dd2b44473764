"""Taking a whole workspace in from what an export says: projects as they were arranged, then all that is in them.

Everything gets an id that follows from the one it had, so what comes again is there already, and an attempt that ends
early is gone on with. What is not there cannot be named: whatever belongs to it is refused with it.
"""

import asyncio
import time
from collections.abc import Iterator

from taskyard.contracts.arrivals import Arrivals
from taskyard.contracts.people import People
from taskyard.kit import clock
from taskyard.kit.database import Cause, Database
from taskyard.task.actions.import_rows import PAUSE, REST
from taskyard.task.actions.imports import may_run
from taskyard.task.actions.landing import Landing
from taskyard.task.actions.landing_projects import arrange
from taskyard.task.actions.translation import meet
from taskyard.task.models.arrivals import ARRANGED, TAKEN
from taskyard.task.models.imports import Import, Importing, Outcome, Row
from taskyard.task.queries import imports as queries

AT_ONCE = 20
"""Lines in one transaction."""
LOST = "You may not import into the workspace any more."
UNKNOWN = "This version does not know what this is."


async def take_workspace_in(
    database: Database, people: People, arrivals: Arrivals, named: Importing, request_id: str
) -> Import | None:
    """Take in what was not taken in yet; None where nobody wants it any more."""
    found = await queries.find_import_to_work(database, named.workspace_id, named.import_id, clock.now())
    if found is None:
        return None
    rows = await queries.list_rows(database, found)
    translation = await meet(database, people, found, [row for _, row, _ in rows])
    cause = Cause(actor_id=found.asked_by, origin="import", request_id=request_id)
    landing = Landing(database, found, translation, rows)
    for lane in _lanes([(place, row) for place, row, outcome in rows if outcome is None]):
        began, kind = time.monotonic(), lane[0][1].cells["kind"]
        if not await may_run(database, found.asked_by, found.workspace_id):
            await queries.store_outcomes(database, found, [Outcome(place, "refused", [LOST]) for place, _ in lane])
        elif kind == "person":
            await queries.store_outcomes(database, found, [translation.greet(place, row) for place, row in lane])
        elif kind in ARRANGED:
            await queries.store_outcomes(database, found, await arrange(arrivals, landing, lane, cause))
        elif kind in TAKEN:
            await landing.prepare(kind, [row for _, row in lane])
            async with database.transaction(cause) as tx:
                await queries.store_outcomes(tx, found, [await landing.take(tx, place, row) for place, row in lane])
        else:
            await queries.store_outcomes(database, found, [Outcome(place, "refused", [UNKNOWN]) for place, _ in lane])
        await asyncio.sleep(max(PAUSE, REST * (time.monotonic() - began)))
    return found


def _lanes(rows: list[tuple[int, Row]]) -> Iterator[list[tuple[int, Row]]]:
    """Rows that are taken in together: all that a project is arranged with, and of everything else some of a kind."""
    lane: list[tuple[int, Row]] = []
    for one in rows:
        if lane and not _goes_with(lane, one[1]):
            yield lane
            lane = []
        lane.append(one)
    if lane:
        yield lane


def _goes_with(lane: list[tuple[int, Row]], row: Row) -> bool:
    first = lane[0][1].cells
    if first["kind"] in ARRANGED:
        return row.cells["kind"] in ARRANGED and row.cells["project_id"] == first["project_id"]
    return row.cells["kind"] == first["kind"] and len(lane) < AT_ONCE
