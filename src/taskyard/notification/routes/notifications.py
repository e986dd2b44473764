"""Notifications over HTTP: everybody's own."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from taskyard.contracts.notification import Notification
from taskyard.kit import clock
from taskyard.kit.cursors import Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.principal import Principal
from taskyard.kit.write import write
from taskyard.notification.actions import notifications as actions
from taskyard.notification.actions.notifications import Mark
from taskyard.notification.models.notifications import Folder, ReadAll, Snooze, UnreadCount
from taskyard.notification.permissions import require_marking_notifications, require_reading_notifications
from taskyard.notification.queries import notifications as queries
from taskyard.notification.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Store

ALL, ONE = f"{API}/notifications", f"{API}/notifications/{{notification_id:str}}"
TAGS = ["Notifications"]

InFolder = Annotated[Folder, QueryParameter(description="The inbox, or what was put away for a time or for good.")]


@get(ALL, tags=TAGS)
async def list_notifications(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    *,
    folder: InFolder = "inbox",
    unread: FromQuery[bool] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Notification]:
    """What the caller was told, newest first, of projects they still see; ``unread=true`` leaves out what was read."""
    require_reading_notifications(caller)
    listing = f"notifications {caller.id} {folder} unread={unread}"
    page = (cursors.before_id(listing, cursor), limit + 1, clock.now())
    find = queries.list_unread_notifications if unread else queries.list_notifications
    found = await find(database, caller, folder, page)
    return cursors.page(listing, found, limit, lambda last: [last.id])


@get(f"{ALL}/unread-count", tags=TAGS)
async def count_unread_notifications(caller: Caller, database: Store) -> UnreadCount:
    """How many notifications in the caller's inbox are unread."""
    require_reading_notifications(caller)
    return UnreadCount(await queries.count_unread(database, caller, clock.now()))


@post(f"{ONE}/read", tags=TAGS, status_code=200)
async def read_notification(
    request: Call, caller: Caller, database: Store, notification_id: PathId
) -> Response[Notification]:
    """Mark one notification as read; repeating it changes nothing."""
    return await _mark(request, database, (caller, notification_id), lambda mark, tx: mark.read(tx))


@post(f"{ONE}/unread", tags=TAGS, status_code=200)
async def unread_notification(
    request: Call, caller: Caller, database: Store, notification_id: PathId
) -> Response[Notification]:
    """Mark one notification as unread again; an archived one returns to the inbox."""
    return await _mark(request, database, (caller, notification_id), lambda mark, tx: mark.unread(tx))


@post(f"{ONE}/snooze", tags=TAGS, status_code=200)
async def snooze_notification(
    request: Call, caller: Caller, database: Store, notification_id: PathId, data: JSONBody[Snooze]
) -> Response[Notification]:
    """Take a notification out of the inbox until an instant, at most a year ahead; then it is back, unread."""
    return await _mark(request, database, (caller, notification_id), lambda mark, tx: mark.snooze(tx, data.until))


@post(f"{ONE}/unsnooze", tags=TAGS, status_code=200)
async def unsnooze_notification(
    request: Call, caller: Caller, database: Store, notification_id: PathId
) -> Response[Notification]:
    """Take a snoozed notification back into the inbox at once."""
    return await _mark(request, database, (caller, notification_id), lambda mark, tx: mark.unsnooze(tx))


@post(f"{ONE}/archive", tags=TAGS, status_code=200)
async def archive_notification(
    request: Call, caller: Caller, database: Store, notification_id: PathId
) -> Response[Notification]:
    """Take a notification out of the inbox for good; it counts as read."""
    return await _mark(request, database, (caller, notification_id), lambda mark, tx: mark.archive(tx))


@post(f"{ONE}/unarchive", tags=TAGS, status_code=200)
async def unarchive_notification(
    request: Call, caller: Caller, database: Store, notification_id: PathId
) -> Response[Notification]:
    """Take an archived notification back into the inbox."""
    return await _mark(request, database, (caller, notification_id), lambda mark, tx: mark.unarchive(tx))


@post(f"{ALL}/read-all", tags=TAGS, status_code=200)
async def read_all_notifications(request: Call, caller: Caller, database: Store) -> Response[ReadAll]:
    """Mark the newest unread notifications of the inbox as read, at most 1000 at once; ``read`` says how many."""
    require_marking_notifications(caller)
    return await write(request, database, lambda tx: actions.read_all_notifications(tx, caller))


async def _mark(
    request: Call,
    database: Database,
    named: tuple[Principal, str],
    change: Callable[[Mark, Transaction], Awaitable[Notification]],
) -> Response[Notification]:
    caller, notification_id = named
    require_marking_notifications(caller)
    mark = Mark(caller, notification_id, expected_version(request.scope))
    return await write(
        request,
        database,
        lambda tx: change(mark, tx),
        recheck=lambda tx: actions.get_notification(tx, caller, notification_id),
    )


HANDLERS = [
    list_notifications,
    count_unread_notifications,
    read_notification,
    unread_notification,
    snooze_notification,
    unsnooze_notification,
    archive_notification,
    unarchive_notification,
    read_all_notifications,
]
