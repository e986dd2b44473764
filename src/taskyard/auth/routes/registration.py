"""Signing up."""

from litestar import Response, post
from litestar.params import JSONBody

from taskyard.auth.actions import people
from taskyard.auth.actions.password_rules import require_uncommon
from taskyard.auth.models import Profile, Registration
from taskyard.auth.permissions import require_registration
from taskyard.auth.routes.provided import SECRET, Call, Hasher, RegistrationPolicy, Seals, Store, Verification
from taskyard.kit.emails import parse_email
from taskyard.kit.etags import etag
from taskyard.kit.http import API
from taskyard.kit.requests import cause_of
from taskyard.kit.text import clean_line


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

    Where addresses are verified, a link is mailed and must be followed before signing in. Then an address that is taken
    gets the same answer as any other, and only its owner learns of it, by mail.

    The Idempotency-Key header is ignored here, because remembering the request would mean keeping a fast hash of
    the password. A request that is repeated is told `email_taken`, and can sign in.
    """
    require_registration(registration)
    email, name = parse_email("/email", data.email), clean_line("/name", data.name)
    require_uncommon(data.password, email=email, name=name)
    password_hash = await hasher.hash(data.password)
    async with database.transaction(cause_of(request.scope)) as tx:
        if verification.is_on:
            person = await people.register_or_tell(tx, seals, email=email, name=name, password_hash=password_hash)
        else:
            person = await people.register_person(tx, email=email, name=name, password_hash=password_hash)
    headers = {**SECRET, "Location": f"{API}/me", "ETag": etag(person.version)}
    return Response(person, status_code=201, headers=headers)
