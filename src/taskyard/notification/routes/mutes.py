"""Muting tasks and projects over HTTP: everybody's own."""

from litestar import Response, delete, get, put

from taskyard.kit.cursors import Page
from taskyard.kit.http import API
from taskyard.kit.write import write
from taskyard.notification.actions import mutes as actions
from taskyard.notification.models.mutes import Mute
from taskyard.notification.permissions import require_marking_notifications, require_reading_notifications
from taskyard.notification.queries import mutes as queries
from taskyard.notification.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Store

ALL = f"{API}/notification-preferences/mutes"
TASK, PROJECT = f"{ALL}/tasks/{{task_id:str}}", f"{ALL}/projects/{{project_id:str}}"
TAGS = ["Notification preferences"]


@get(ALL, tags=TAGS)
async def list_mutes(
    caller: Caller, database: Store, cursors: Cursors, *, limit: Limit = 50, cursor: Cursor = None
) -> Page[Mute]:
    """The tasks and projects of which you are told nothing."""
    require_reading_notifications(caller)
    listing = f"mutes of {caller.id}"
    found = await queries.list_mutes(database, caller.id, cursors.after_id(listing, cursor), limit + 1)
    return cursors.page(listing, found, limit, lambda last: [last.subject_id])


@put(TASK, tags=TAGS, status_code=204)
async def mute_task(request: Call, caller: Caller, database: Store, task_id: PathId) -> Response[None]:
    """Be told nothing more of a task, whatever the reason."""
    require_marking_notifications(caller)
    return await write(request, database, lambda tx: actions.mute(tx, caller, "task", task_id))


@delete(TASK, tags=TAGS)
async def unmute_task(request: Call, caller: Caller, database: Store, task_id: PathId) -> Response[None]:
    """Be told of a task again."""
    require_marking_notifications(caller)
    return await write(request, database, lambda tx: actions.unmute(tx, caller, "task", task_id))


@put(PROJECT, tags=TAGS, status_code=204)
async def mute_project(request: Call, caller: Caller, database: Store, project_id: PathId) -> Response[None]:
    """Be told nothing more of a project and its tasks, whatever the reason."""
    require_marking_notifications(caller)
    return await write(request, database, lambda tx: actions.mute(tx, caller, "project", project_id))


@delete(PROJECT, tags=TAGS)
async def unmute_project(request: Call, caller: Caller, database: Store, project_id: PathId) -> Response[None]:
    """Be told of a project again."""
    require_marking_notifications(caller)
    return await write(request, database, lambda tx: actions.unmute(tx, caller, "project", project_id))


HANDLERS = [list_mutes, mute_task, unmute_task, mute_project, unmute_project]
