"""/sessions: where one is signed in, and signing out. Signing out bites everywhere within a second."""

from collections.abc import Awaitable, Callable

from litestar import Response, delete, get, post

from taskyard.auth.actions import sessions as actions
from taskyard.auth.models import Session
from taskyard.auth.permissions import require_own_account, require_session
from taskyard.auth.queries import sessions as queries
from taskyard.auth.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Revocations, Store
from taskyard.kit import clock
from taskyard.kit.cursors import Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.http import API
from taskyard.kit.ids import is_id
from taskyard.kit.problems import NotFound
from taskyard.kit.write import write

TAGS = ["Sessions"]


@post(f"{API}/auth/logout", tags=["Sign-in"], status_code=204)
async def logout(request: Call, caller: Caller, database: Store, revocations: Revocations) -> Response[None]:
    """End the session of this access token, and its refresh token with it."""
    require_own_account(caller, "account:write")
    session_id = require_session(caller)
    return await _end(request, database, lambda tx: actions.sign_out(tx, caller, session_id), revocations)


@get(f"{API}/sessions", tags=TAGS)
async def list_sessions(
    caller: Caller, database: Store, cursors: Cursors, limit: Limit = 50, cursor: Cursor = None
) -> Page[Session]:
    """Where you are signed in, and the OAuth clients you allowed to act for you, the newest first."""
    require_own_account(caller, "account:read")
    before = cursors.before_id("sessions", cursor)
    found = await queries.list_sessions(database, caller, clock.now(), before, limit + 1)
    return cursors.page("sessions", found, limit, lambda session: [session.id])


@delete(f"{API}/sessions/{{session_id:str}}", tags=TAGS, status_code=204)
async def delete_session(
    request: Call, caller: Caller, database: Store, session_id: PathId, revocations: Revocations
) -> Response[None]:
    """Sign out one of your devices, or end what you allowed an OAuth client, which must ask you again."""
    require_own_account(caller, "account:write")
    if not is_id(session_id):
        raise NotFound
    return await _end(request, database, lambda tx: actions.end_session(tx, caller, session_id), revocations)


@delete(f"{API}/sessions", tags=TAGS, status_code=204)
async def delete_all_sessions(
    request: Call, caller: Caller, database: Store, revocations: Revocations
) -> Response[None]:
    """Sign out everywhere, here too."""
    require_own_account(caller, "account:write")
    return await _end(request, database, lambda tx: actions.end_all_sessions(tx, caller), revocations)


async def _end(
    request: Call, database: Database, act: Callable[[Transaction], Awaitable[None]], revocations: Callable[[], None]
) -> Response[None]:
    """Write, and once that is committed tell every process."""
    answer = await write(request, database, act)
    revocations()
    return answer
