"""/users: every account, for administrators of the deployment (`taskyard admin grant`). And DELETE /me."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from litestar import Response, delete, get, post
from litestar.params import QueryParameter

from taskyard.auth.actions import users as actions
from taskyard.auth.models.users import User
from taskyard.auth.permissions import require_fresh_sign_in, require_own_account
from taskyard.auth.routes.provided import Call, Caller, Cursor, Cursors, Limit, PathId, Revocations, Store
from taskyard.kit.cursors import Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.http import API
from taskyard.kit.write import T, read, write

PATH = f"{API}/users"
ONE = PATH + "/{user_id:str}"
TAGS = ["Users"]
READ, ADMIN = "users:read", "users:admin"
Address = Annotated[str | None, QueryParameter(description="Only the account with this e-mail address")]


@get(PATH, tags=TAGS)
async def list_users(
    caller: Caller, database: Store, cursors: Cursors, email: Address = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[User]:
    """Accounts, for administrators. 403 for everybody else."""
    require_own_account(caller, READ)
    after = cursors.after_id("users", cursor)
    found = await actions.list_users(database, caller, email, after, limit + 1)
    return cursors.page("users", found, limit, lambda user: [user.id])


@get(ONE, tags=TAGS)
async def get_user(request: Call, caller: Caller, database: Store, user_id: PathId) -> Response[User]:
    """One account."""
    require_own_account(caller, READ)
    return read(request, await actions.get_user(database, caller, user_id))


@post(ONE + "/disable", tags=TAGS, status_code=200)
async def disable_user(
    request: Call, caller: Caller, database: Store, user_id: PathId, revocations: Revocations
) -> Response[User]:
    """Let somebody in no more; sessions and API keys are refused within a second. 409 `own_account`."""
    require_own_account(caller, ADMIN)
    return await _change(request, database, lambda tx: actions.disable_user(tx, caller, user_id), revocations)


@post(ONE + "/enable", tags=TAGS, status_code=200)
async def enable_user(
    request: Call, caller: Caller, database: Store, user_id: PathId, revocations: Revocations
) -> Response[User]:
    """Let somebody in again."""
    require_own_account(caller, ADMIN)
    return await _change(request, database, lambda tx: actions.enable_user(tx, caller, user_id), revocations)


@post(ONE + "/reset-mfa", tags=TAGS, status_code=204)
async def reset_second_factors(
    request: Call, caller: Caller, database: Store, user_id: PathId, revocations: Revocations
) -> Response[None]:
    """Take the second factors from somebody who has lost them; their sessions end. 401 `fresh_sign_in_required`."""
    require_own_account(caller, ADMIN)
    require_fresh_sign_in(caller)
    return await _change(request, database, lambda tx: actions.reset_second_factors(tx, caller, user_id), revocations)


@delete(ONE, tags=TAGS, status_code=204)
async def delete_user(
    request: Call, caller: Caller, database: Store, user_id: PathId, revocations: Revocations
) -> Response[None]:
    """Delete an account: name, address and secrets are gone for good, what they made stays without a name.

    409 `last_owner` while a workspace has no other owner; 401 `fresh_sign_in_required`.
    """
    require_own_account(caller, ADMIN)
    require_fresh_sign_in(caller)
    return await _change(request, database, lambda tx: actions.delete_user(tx, caller, user_id), revocations)


@delete(f"{API}/me", tags=["Account"], status_code=204)
async def delete_me(request: Call, caller: Caller, database: Store, revocations: Revocations) -> Response[None]:
    """Delete your own account, for good. 409 `last_owner` while a workspace has no other owner."""
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    return await _change(request, database, lambda tx: actions.delete_account(tx, caller.id), revocations)


async def _change(
    request: Call, database: Database, act: Callable[[Transaction], Awaitable[T]], revocations: Callable[[], None]
) -> Response[T]:
    """Write, and once that is committed tell every process."""
    answer = await write(request, database, act)
    revocations()
    return answer
