"""/recurrences: tasks that are made again and again."""

from datetime import UTC
from typing import Annotated

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from taskyard.kit import clock
from taskyard.kit.cursors import Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.principal import Principal, require_scope
from taskyard.kit.write import read, write
from taskyard.task.actions import recurrences as actions
from taskyard.task.actions import recurring_days
from taskyard.task.models.recurrences import Day, NewRecurrence, Recurrence, RecurrencePatch, Turn
from taskyard.task.routes.provided import Call, Caller, Cursors, KnownPeople, Limit, QueryId, Store

READ, WRITE = "tasks:read", "tasks:write"
ALL = f"{API}/recurrences"
ONE = ALL + "/{recurrence_id:str}"
TAGS = ["Recurrences"]
Days = Annotated[int, QueryParameter(ge=1, le=100, description="How many days.")]


@post(ALL, tags=TAGS)
async def create_recurrence(
    request: Call, caller: Caller, database: Store, people: KnownPeople, data: JSONBody[NewRecurrence]
) -> Response[Recurrence]:
    """Make a task on each day of a rule (RRULE of RFC 5545), at a local time, with your rights.

    Days that a month lacks are its last: what recurs on the 31st comes on 28 February. Each task is made once, also
    when the day passed while nothing ran. A task that is refused pauses the recurrence and says why in `problem`.
    """
    require_scope(caller, WRITE)
    name = data.time_zone or await people.find_time_zone(id=caller.id) or "UTC"
    zone = actions.checked_zone(name)
    draft = await recurring_days.draft_of(
        database, caller, data.project_id, data.task, clock.now().astimezone(UTC).date()
    )

    async def act(tx: Transaction) -> Recurrence:
        return await actions.create_recurrence(tx, caller, data, zone, draft)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_creating(tx, caller, data.project_id)

    return await write(request, database, act, recheck=recheck, status=201, location=ALL + "/{id}")


@get(ALL, tags=TAGS)
async def list_recurrences(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    project_id: QueryId = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Recurrence]:
    """List the recurrences of a project, or of all that you see, the oldest first."""
    require_scope(caller, READ)
    return await actions.list_recurrences(database, cursors, caller, project_id, (limit, cursor))


@get(ONE, tags=TAGS)
async def get_recurrence(
    request: Call, caller: Caller, database: Store, recurrence_id: FromPath[str]
) -> Response[Recurrence]:
    """One recurrence."""
    require_scope(caller, READ)
    return read(request, await actions.get_visible_recurrence(database, caller, recurrence_id))


@get(ONE + "/days", tags=TAGS)
async def list_days(caller: Caller, database: Store, recurrence_id: FromPath[str], limit: Days = 10) -> Page[Day]:
    """The days on which it will make its next tasks; none while it is paused."""
    require_scope(caller, READ)
    found = await actions.get_visible_recurrence(database, caller, recurrence_id)
    return Page(recurring_days.list_days(found, limit), None)


@patch(ONE, tags=TAGS)
async def update_recurrence(
    request: Call, caller: Caller, database: Store, recurrence_id: FromPath[str], data: JSONBody[RecurrencePatch]
) -> Response[Recurrence]:
    """Change the rule, the time or the task, by JSON Merge Patch (RFC 7396); `task` is replaced as a whole.

    For its maker, and for who may change the project. Tasks that were made stay as they are.
    """
    require_scope(caller, WRITE)
    expected = expected_version(request.scope)
    wish = await actions.prepare_update(database, caller, recurrence_id, data, expected=expected)

    async def act(tx: Transaction) -> Recurrence:
        return await actions.update_recurrence(tx, caller, wish)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_changing(tx, caller, recurrence_id)

    return await write(request, database, act, recheck=recheck)


@post(ONE + "/pause", tags=TAGS, status_code=200)
async def pause_recurrence(
    request: Call, caller: Caller, database: Store, recurrence_id: FromPath[str]
) -> Response[Recurrence]:
    """Make no tasks until it is resumed."""
    return await _turn(request, caller, database, recurrence_id, "pause")


@post(ONE + "/resume", tags=TAGS, status_code=200)
async def resume_recurrence(
    request: Call, caller: Caller, database: Store, recurrence_id: FromPath[str]
) -> Response[Recurrence]:
    """Go on with the next day; what would have come meanwhile is left out."""
    return await _turn(request, caller, database, recurrence_id, "resume")


async def _turn(
    request: Call, caller: Principal, database: Database, recurrence_id: str, turn: Turn
) -> Response[Recurrence]:
    require_scope(caller, WRITE)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> Recurrence:
        return await actions.turn_recurrence(tx, caller, recurrence_id, turn, expected=expected)

    async def recheck(tx: Transaction) -> None:
        await actions.require_still_changing(tx, caller, recurrence_id)

    return await write(request, database, act, recheck=recheck)


@delete(ONE, tags=TAGS)
async def delete_recurrence(
    request: Call, caller: Caller, database: Store, recurrence_id: FromPath[str]
) -> Response[None]:
    """Make no more of these tasks; those that were made stay."""
    require_scope(caller, WRITE)
    expected = expected_version(request.scope)

    async def act(tx: Transaction) -> None:
        await actions.delete_recurrence(tx, caller, recurrence_id, expected=expected)

    return await write(request, database, act)


HANDLERS = [
    create_recurrence,
    list_recurrences,
    get_recurrence,
    list_days,
    update_recurrence,
    pause_recurrence,
    resume_recurrence,
    delete_recurrence,
]
