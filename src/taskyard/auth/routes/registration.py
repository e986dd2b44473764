"""Signing up."""

from litestar import Response, post
from litestar.params import JSONBody

from taskyard.auth.actions.signing_up import check_newcomer, open_account
from taskyard.auth.models import Profile, Registration
from taskyard.auth.routes.provided import SECRET, Call, Hasher, RegistrationPolicy, Seals, Store, Verification
from taskyard.kit.etags import etag
from taskyard.kit.http import API
from taskyard.kit.requests import cause_of


@post(f"{API}/auth/register", tags=["Sign-in"], status_code=201)
async def register(
    request: Call,
    data: JSONBody[Registration],
    database: Store,
    hasher: Hasher,
    seals: Seals,
    *,
    registration: RegistrationPolicy,
    verification: Verification,
) -> Response[Profile]:
    """Open an account. 409 `email_taken`; 403 `registration_closed` or `invitation_required`.

    `invitation` is the secret in the link that the mail of an invitation holds. It is good for the address that was
    invited, which counts as verified then; 422 `invalid_invitation` for any other, and when the invitation is no more.

    Where addresses are verified, everybody else is mailed a link, which must be followed before signing in. Then an
    address that is taken gets the same answer as any other, and only its owner learns of it, by mail.

    The Idempotency-Key header is ignored here, because remembering the request would mean keeping a fast hash of
    the password. A request that is repeated is told `email_taken`, and can sign in.
    """
    newcomer = await check_newcomer(database, registration, data)
    password_hash = await hasher.hash(data.password)
    async with database.transaction(cause_of(request.scope)) as tx:
        person = await open_account(tx, seals, newcomer, password_hash, verification)
    headers = {**SECRET, "Location": f"{API}/me", "ETag": etag(person.version)}
    return Response(person, status_code=201, headers=headers)
