"""/oauth/register: clients register themselves (RFC 7591), where the deployment lets them."""

import msgspec
from litestar import Response, post

from taskyard.auth.actions.oauth.clients import register_client
from taskyard.auth.errors.oauth import InvalidClientMetadata, RegistrationDisabled
from taskyard.auth.models.oauth import ClientInformation, ClientRegistration
from taskyard.auth.routes.oauth.protocol import ANSWERS, SECRET, TAGS
from taskyard.auth.routes.provided import Call, ClientRegistrationPolicy, Store
from taskyard.kit.requests import cause_of

_decode = msgspec.json.Decoder(ClientRegistration).decode


@post("/oauth/register", tags=TAGS, status_code=201, exception_handlers=ANSWERS)
async def register_oauth_client(
    request: Call, database: Store, client_registration: ClientRegistrationPolicy
) -> Response[ClientInformation]:
    """Register a client by itself (RFC 7591). Everybody it acts for is asked each time, since anybody can do this.

    JSON with `client_name`, `redirect_uris`, `grant_types`, `scope` and `token_endpoint_auth_method`; what is not
    known is ignored. `TASKYARD_CLIENT_REGISTRATION` turns it off: then it is 403.
    """
    if not client_registration:
        raise RegistrationDisabled
    try:
        registration = _decode(await request.body())
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidClientMetadata(str(error)) from None
    async with database.transaction(cause_of(request.scope)) as tx:
        information = await register_client(tx, registration)
    return Response(information, status_code=201, headers=SECRET)
