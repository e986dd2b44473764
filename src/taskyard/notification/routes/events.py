"""The change log over HTTP: pages of what the caller may see."""

from typing import Annotated, TypeAlias

from litestar import Response, get
from litestar.params import QueryParameter

from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.kit.text import clean_line
from taskyard.notification.errors import EpochChanged
from taskyard.notification.models.events import EventPage, EventsSeen, Place, Reader
from taskyard.notification.permissions import narrowed, require_reading_events
from taskyard.notification.queries.events import list_events_seen
from taskyard.notification.routes.provided import Caller, Limit, QueryId, Store, Types

AFTER = "A position, or <epoch>:<position> as answers and streams give it"
After: TypeAlias = tuple[int | None, int]
"""A place as a client names it: the epoch, if it does, and the position."""
_LARGEST = 2**63 - 200_000


@get("/api/v1/events", tags=["Events"])
async def list_events(
    caller: Caller,
    database: Store,
    *,
    after: Annotated[str, QueryParameter(description=AFTER)] = "0",
    project_id: QueryId = None,
    types: Types = None,
    limit: Limit = 50,
) -> Response[EventPage]:
    """Changes after a position, in the order of the log: those that the caller may see at this moment.

    Follow ``next_cursor`` (as ``after``) until it is null. To ask again later, send as ``after`` what the header
    ``Taskyard-Position`` says: the answer is complete up to there. A place that the log does not have, of another
    epoch or beyond its end, is answered 410 ``epoch_changed``: read the present state and go on from the header's
    place. A project the caller cannot see has no events but those of tasks that were given to them.
    """
    require_reading_events(caller)
    epoch, position = parse_after("/after", after)
    seen = await list_events_seen(
        database, reader_of(caller, [project_id] if project_id else None, types), position, limit
    )
    if not start_of((epoch, position), seen.head).is_known_to(seen.head):
        raise _epoch_changed(seen.head)
    return _page(seen)


def parse_after(pointer: str, text: str) -> After:
    """The epoch, if one is named, and the position of a place. Raises InvalidInput."""
    parts = text.split(":")
    if len(parts) > 2 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        raise invalid(pointer, "Expected a position such as 42, or <epoch>:<position>.")
    position = min(int(parts[-1]), _LARGEST)
    return (int(parts[0]) if len(parts) == 2 else None), position


def start_of(after: After | None, head: Place) -> Place:
    """Where a stream starts: after the place a client names, or at the end of the log."""
    if after is None:
        return head
    epoch, position = after
    return Place(head.epoch if epoch is None else epoch, position)


def reader_of(caller: Principal, project_ids: list[str] | None, types: list[str] | None) -> Reader:
    """The caller as a reader of events, narrowed by the filters of the request."""
    return Reader(
        access_id=caller.access_id,
        person_id=caller.id,
        session_id=caller.session_id or caller.credential_id,
        project_ids=narrowed(caller.project_ids, project_ids),
        types=frozenset(clean_line("/type", text) for text in types) if types else None,
    )


def _page(seen: EventsSeen) -> Response[EventPage]:
    has_more = seen.until.position < seen.head.position
    page = EventPage(seen.items, str(seen.until) if has_more else None, seen.head.epoch)
    headers = {"Taskyard-Position": str(seen.until), "Cache-Control": "no-store"}
    return Response(page, headers=headers)


def _epoch_changed(head: Place) -> EpochChanged:
    return EpochChanged(
        f"The log is in epoch {head.epoch} now and ends at {head}.", headers={"Taskyard-Position": str(head)}
    )
