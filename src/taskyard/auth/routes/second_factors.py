"""/me/mfa: what an account asks for beside the password. Changing that takes a sign-in of the last five minutes.

Answers with secrets are never stored: these routes ignore the Idempotency-Key header.
"""

from litestar import Response, delete, get, post
from litestar.params import JSONBody

from taskyard.auth.actions import second_factors as actions
from taskyard.auth.models import RecoveryCodes, SecondFactors, TotpCode, TotpSetup
from taskyard.auth.permissions import require_fresh_sign_in, require_own_account
from taskyard.auth.queries.second_factors import find_second_factors
from taskyard.auth.routes.provided import SECRET, Call, Caller, Factors, Revocations, Store
from taskyard.kit.http import API
from taskyard.kit.requests import cause_of
from taskyard.kit.write import write

TAGS = ["Second factors"]


@get(f"{API}/me/mfa", tags=TAGS)
async def get_second_factors(caller: Caller, database: Store) -> Response[SecondFactors]:
    """Which second factors you have, and how many recovery codes are left."""
    require_own_account(caller, "account:read")
    return Response(await find_second_factors(database, caller.id), headers=SECRET)


@post(f"{API}/me/mfa/totp", tags=TAGS, status_code=201)
async def begin_totp(request: Call, caller: Caller, database: Store, factors: Factors) -> Response[TotpSetup]:
    """Begin with an authenticator app: its secret as text, link and QR code, told only now.

    Nothing is asked for until `/me/mfa/totp/confirm` within fifteen minutes. 401 `fresh_sign_in_required`;
    409 `second_factor_enabled`.
    """
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    async with database.transaction(cause_of(request.scope)) as tx:
        setup = await actions.begin_totp(tx, factors, caller)
    return Response(setup, status_code=201, headers=SECRET)


@post(f"{API}/me/mfa/totp/confirm", tags=TAGS, status_code=200)
async def confirm_totp(
    request: Call, caller: Caller, data: JSONBody[TotpCode], database: Store, factors: Factors, revocations: Revocations
) -> Response[RecoveryCodes]:
    """Prove the app by its first code; from now on signing in takes one. Answers with ten recovery codes, once.

    Your other sessions end. 422 `wrong_code`; 404 when no app waits for its first code.
    """
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    async with database.transaction(cause_of(request.scope)) as tx:
        codes = await actions.confirm_totp(tx, factors, caller, data.code)
    revocations()
    return Response(codes, headers=SECRET)


@delete(f"{API}/me/mfa/totp", tags=TAGS, status_code=204)
async def delete_totp(request: Call, caller: Caller, database: Store) -> Response[None]:
    """Sign in without an app again; the recovery codes go with it. 401 `fresh_sign_in_required`."""
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    return await write(request, database, lambda tx: actions.remove_totp(tx, caller.id))


@post(f"{API}/me/mfa/recovery-codes", tags=TAGS, status_code=201)
async def create_recovery_codes(
    request: Call, caller: Caller, database: Store, factors: Factors
) -> Response[RecoveryCodes]:
    """Ten new recovery codes, told only now, in place of those there were. 401 `fresh_sign_in_required`."""
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    async with database.transaction(cause_of(request.scope)) as tx:
        codes = await actions.renew_recovery_codes(tx, factors, caller)
    return Response(codes, status_code=201, headers=SECRET)
