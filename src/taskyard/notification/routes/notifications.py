"""Notifications over HTTP: everybody's own."""

from litestar import Response, get, post
from litestar.params import FromQuery

from taskyard.contracts.notification import Notification
from taskyard.kit.cursors import Page
from taskyard.kit.etags import expected_version
from taskyard.kit.write import write
from taskyard.notification import actions
from taskyard.notification.models import ReadAll
from taskyard.notification.permissions import require_marking_notifications, require_reading_notifications
from taskyard.notification.queries import notifications as queries
from taskyard.notification.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Store


@get("/api/v1/notifications", tags=["Notifications"])
async def list_notifications(
    caller: Caller,
    database: Store,
    cursors: Cursors,
    *,
    unread: FromQuery[bool] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Notification]:
    """What the caller was told, newest first, of projects they still see; ``unread=true`` leaves out what was read."""
    require_reading_notifications(caller)
    listing = f"notifications {caller.id} unread={unread}"
    before = cursors.before_id(listing, cursor)
    projects = None if caller.project_ids is None else list(caller.project_ids)
    find = queries.list_unread_notifications if unread else queries.list_notifications
    found = await find(database, caller.id, projects, before, limit + 1)
    return cursors.page(listing, found, limit, lambda last: [last.id])


@post("/api/v1/notifications/{notification_id:str}/read", tags=["Notifications"], status_code=200)
async def read_notification(
    request: Call, caller: Caller, database: Store, notification_id: PathId
) -> Response[Notification]:
    """Mark one notification as read; repeating it changes nothing."""
    require_marking_notifications(caller)
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: actions.read_notification(tx, caller, notification_id, expected),
        recheck=lambda tx: actions.get_notification(tx, caller, notification_id),
    )


@post("/api/v1/notifications/read-all", tags=["Notifications"], status_code=200)
async def read_all_notifications(request: Call, caller: Caller, database: Store) -> Response[ReadAll]:
    """Mark the caller's newest unread notifications as read, at most 1000 at once; ``read`` says how many."""
    require_marking_notifications(caller)
    return await write(request, database, lambda tx: actions.read_all_notifications(tx, caller))
