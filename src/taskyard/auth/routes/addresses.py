"""E-mail addresses: proving and changing them."""

from litestar import Response, post
from litestar.params import JSONBody

from taskyard.auth.actions import addresses
from taskyard.auth.models import Profile
from taskyard.auth.models.mail import EmailChange, EmailVerification
from taskyard.auth.permissions import require_fresh_sign_in, require_own_account
from taskyard.auth.routes.provided import Call, Caller, Seals, Store, Verification
from taskyard.kit.emails import parse_email
from taskyard.kit.http import API
from taskyard.kit.requests import cause_of
from taskyard.kit.write import write


@post(f"{API}/auth/email/verify", tags=["Sign-in"], status_code=204)
async def verify_email(
    request: Call, data: JSONBody[EmailVerification], database: Store, seals: Seals
) -> Response[None]:
    """Prove an address by the token of a mailed link: that of a new account, or another one for an old account.

    422 `invalid_link`; 409 `email_taken` when somebody else has the new address meanwhile. The Idempotency-Key header
    is ignored.
    """
    async with database.transaction(cause_of(request.scope)) as tx:
        await addresses.follow_link(tx, seals, data.token)
    return Response(None, status_code=204)


@post(f"{API}/me/email/verification", tags=["Account"], status_code=204)
async def ask_to_verify_email(request: Call, caller: Caller, database: Store) -> Response[None]:
    """Mail yourself a link that proves the address of your account; at most three are mailed an hour."""
    require_own_account(caller, "account:write")
    return await write(request, database, lambda tx: addresses.ask_to_verify(tx, caller))


@post(f"{API}/me/email", tags=["Account"], status_code=200)
async def change_email(
    request: Call,
    caller: Caller,
    data: JSONBody[EmailChange],
    database: Store,
    seals: Seals,
    verification: Verification,
) -> Response[Profile]:
    """Change your e-mail address; the old one is told. 401 `fresh_sign_in_required`.

    Where addresses are verified the answer is 202, and the address changes once the link mailed to it is followed.
    Otherwise it changes at once: 200, or 409 `email_taken`.
    """
    require_own_account(caller, "account:write")
    require_fresh_sign_in(caller)
    email = parse_email("/email", data.email)
    act = addresses.ask_to_change_email if verification.is_on else addresses.change_email
    status = 202 if verification.is_on else 200
    return await write(request, database, lambda tx: act(tx, caller, seals, email), status=status)
