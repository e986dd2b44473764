"""/me: one's own account."""

from litestar import Response, get, patch
from litestar.params import JSONBody

from taskyard.auth.actions import people
from taskyard.auth.models import Profile, ProfilePatch
from taskyard.auth.permissions import require_own_account
from taskyard.auth.routes.provided import Call, Caller, Store
from taskyard.kit.etags import expected_version
from taskyard.kit.http import API
from taskyard.kit.write import read, write

TAGS = ["Account"]


@get(f"{API}/me", tags=TAGS)
async def get_me(request: Call, caller: Caller, database: Store) -> Response[Profile]:
    """Your own account."""
    require_own_account(caller, "account:read")
    return read(request, await people.get_profile(database, caller))


@patch(f"{API}/me", tags=TAGS)
async def update_me(request: Call, caller: Caller, database: Store, data: JSONBody[ProfilePatch]) -> Response[Profile]:
    """Change your name, time zone or locale."""
    require_own_account(caller, "account:write")
    expected = expected_version(request.scope)
    return await write(
        request,
        database,
        lambda tx: people.update_profile(tx, caller, data, expected),
        recheck=lambda tx: people.get_profile(tx, caller),
    )
