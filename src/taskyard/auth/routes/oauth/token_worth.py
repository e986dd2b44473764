"""/oauth/introspect and /oauth/revoke: what a token is worth, and letting it be worth nothing."""

from litestar import Response, post

from taskyard.auth.actions.oauth.client_authentication import require_confidential
from taskyard.auth.actions.oauth.introspection import introspect, revoke
from taskyard.auth.models.oauth import Introspection
from taskyard.auth.routes.oauth.protocol import ANSWERS, SECRET, TAGS, client_of_request, read_fields
from taskyard.auth.routes.provided import Call, Issuer, Revocations, Store
from taskyard.kit.forms import ANY_QUERY
from taskyard.kit.requests import cause_of


@post("/oauth/introspect", tags=TAGS, status_code=200, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def introspect_token(request: Call, database: Store, issuer: Issuer) -> Response[Introspection]:
    """What a token is worth (RFC 7662). A form with `token`.

    Told to the client that has it, and to the API it is for: a client with that `resource`. To anybody else it is
    inactive.
    """
    fields = await read_fields(request)
    client = await client_of_request(request, database, fields)
    require_confidential(client)
    found = await introspect(database, client, fields.get("token", ""), issuer)
    return Response(found, status_code=200, headers=SECRET)


@post("/oauth/revoke", tags=TAGS, status_code=200, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def revoke_token(request: Call, database: Store, revocations: Revocations) -> Response[bytes]:
    """End what a token of the client belongs to, refresh and access tokens alike, within a second (RFC 7009).

    A form with `token`. A token that is unknown or somebody else's is answered alike, and nothing happens.
    """
    fields = await read_fields(request)
    client = await client_of_request(request, database, fields)
    async with database.transaction(cause_of(request.scope)) as tx:
        await revoke(tx, client, fields.get("token", ""))
    revocations()
    return Response(b"", status_code=200, headers=SECRET, media_type="text/plain")
