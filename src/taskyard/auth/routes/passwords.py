"""New passwords.

These routes ignore the Idempotency-Key header: remembering a request would mean keeping a fast hash of its password.
"""

from litestar import Response, post
from litestar.params import JSONBody

from taskyard.auth.actions import login_attempts
from taskyard.auth.actions.letters import tell_whoever_has
from taskyard.auth.actions.password_changes import change_password, get_link_owner, reset_password
from taskyard.auth.actions.password_check import check_password
from taskyard.auth.actions.password_rules import require_uncommon
from taskyard.auth.actions.people import get_profile
from taskyard.auth.errors import InvalidCredentials
from taskyard.auth.models import Credentials
from taskyard.auth.models.mail import ForgottenPassword, PasswordChange, PasswordReset
from taskyard.auth.permissions import require_fresh_sign_in, require_own_account
from taskyard.auth.routes.provided import Call, Caller, Hasher, Revocations, Seals, Store, client_of
from taskyard.kit.http import API
from taskyard.kit.problems import invalid
from taskyard.kit.requests import cause_of

TAGS = ["Passwords"]


@post(f"{API}/auth/password/forgot", tags=TAGS, status_code=204)
async def forgot(data: JSONBody[ForgottenPassword], database: Store, seals: Seals) -> Response[None]:
    """Mail a link to a new password, if somebody has this address; the answer is the same if nobody has.

    The link is good once, for fifteen minutes. At most three are mailed an hour.
    """
    async with database.transaction() as tx:
        await tell_whoever_has(tx, seals, "reset_password", data.email)
    return Response(None, status_code=204)


@post(f"{API}/auth/password/reset", tags=TAGS, status_code=204)
async def reset(
    request: Call, data: JSONBody[PasswordReset], database: Store, hasher: Hasher, revocations: Revocations
) -> Response[None]:
    """Set a new password by the token of a mailed link, and sign in with it then; every session ends.

    A second factor stays. 422 `invalid_link` for one that is unknown, expired or used.
    """
    owner = await get_link_owner(database, data.token)
    require_uncommon(data.password, email=owner.email, name=owner.name)
    password_hash = await hasher.hash(data.password)
    async with database.transaction(cause_of(request.scope)) as tx:
        await reset_password(tx, data.token, password_hash)
    revocations()
    return Response(None, status_code=204)


@post(f"{API}/auth/password/change", tags=TAGS, status_code=204)
async def change(
    request: Call,
    caller: Caller,
    data: JSONBody[PasswordChange],
    database: Store,
    hasher: Hasher,
    *,
    revocations: Revocations,
) -> Response[None]:
    """Set a new password in place of the present one; your other sessions end. 401 `fresh_sign_in_required`."""
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    profile = await get_profile(database, caller)
    require_uncommon(data.password, email=profile.email, name=profile.name)
    present = Credentials(email=profile.email, password=data.current_password)
    try:
        right = await check_password(database, hasher, present, client_of(request))
    except InvalidCredentials:
        raise invalid("/current_password", "This is not your present password.") from None
    password_hash = await hasher.hash(data.password)
    async with database.transaction(cause_of(request.scope)) as tx:
        await change_password(tx, caller, right.verified, password_hash)
        await login_attempts.give_back(tx, right.attempt)
    revocations()
    return Response(None, status_code=204)
