"""Preferences over HTTP: everybody's own."""

from litestar import Response, get, patch
from litestar.params import JSONBody

from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.write import read, write
from taskyard.notification.actions import preferences as actions
from taskyard.notification.models.preferences import Preferences, PreferencesPatch
from taskyard.notification.permissions import require_marking_notifications, require_reading_notifications
from taskyard.notification.routes.provided import Call, Caller, Store

PATH, TAGS = f"{API}/notification-preferences", ["Notification preferences"]


@get(PATH, tags=TAGS)
async def get_preferences(request: Call, caller: Caller, database: Store) -> Response[Preferences]:
    """How you are told, for each reason: in the inbox and by mail, at once, with the next digest, or not.

    A digest is at ``digest_at`` every day; during quiet hours no mail leaves. Both are hours of your time zone, which
    `PATCH /me` changes.
    """
    require_reading_notifications(caller)
    return read(request, await actions.get_preferences(database, caller.id))


@patch(PATH, tags=TAGS)
async def update_preferences(
    request: Call, caller: Caller, database: Store, data: JSONBody[PreferencesPatch]
) -> Response[Preferences]:
    """Change how you are told from now on, by JSON Merge Patch (RFC 7396)."""
    require_marking_notifications(caller)
    expected = expected_version(request.scope)
    return await write(request, database, lambda tx: actions.update_preferences(tx, caller.id, data, expected))


HANDLERS = [get_preferences, update_preferences]
