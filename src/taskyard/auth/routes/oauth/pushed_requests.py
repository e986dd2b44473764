"""/oauth/par: a client pushes an authorization request before it sends a person (RFC 9126)."""

from litestar import Response, post

from taskyard.auth.actions.oauth import authorization
from taskyard.auth.actions.oauth.authorization import find_destination, push_request
from taskyard.auth.errors.oauth import InvalidRequest
from taskyard.auth.models.oauth import Pushed
from taskyard.auth.routes.oauth.protocol import ANSWERS, SECRET, TAGS, client_of_request, read_fields
from taskyard.auth.routes.provided import Call, Issuer, Store
from taskyard.kit.forms import ANY_QUERY

_NOT_KEPT = ("client_secret", "client_id")


@post("/oauth/par", tags=TAGS, status_code=201, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def push_authorization_request(request: Call, database: Store, issuer: Issuer) -> Response[Pushed]:
    """Push an authorization request; the `request_uri` it becomes lives ten minutes and leads to one code.

    A form with the parameters of `/oauth/authorize`. They are checked here already.
    """
    fields = await read_fields(request)
    client = await client_of_request(request, database, fields)
    if "request_uri" in fields:
        raise InvalidRequest("A pushed request cannot name another one.")
    parameters = {name: value for name, value in fields.items() if name not in _NOT_KEPT}
    destination = await find_destination(database, {**parameters, "client_id": client.id})
    await authorization.read_request(database, destination, issuer)
    async with database.transaction() as tx:
        request_uri = await push_request(tx, client, parameters)
    lifetime = int(authorization.REQUEST_LIFETIME.total_seconds())
    return Response(Pushed(request_uri=request_uri, expires_in=lifetime), status_code=201, headers=SECRET)
