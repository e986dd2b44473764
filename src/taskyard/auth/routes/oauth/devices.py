"""/oauth/device_authorization: a device without a browser begins (RFC 8628)."""

from litestar import Response, post

from taskyard.auth.actions.oauth.authorization import read_resource
from taskyard.auth.actions.oauth.client_authentication import require_grant_type
from taskyard.auth.actions.oauth.devices import begin_device
from taskyard.auth.actions.oauth.scopes import choose_scopes
from taskyard.auth.models.oauth import DEVICE_CODE, DeviceCodes
from taskyard.auth.routes.oauth.protocol import ANSWERS, SECRET, TAGS, client_of_request, read_fields
from taskyard.auth.routes.provided import Call, Issuer, Store
from taskyard.kit.forms import ANY_QUERY

DEVICE_PAGE = "/oauth/device"


@post("/oauth/device_authorization", tags=TAGS, status_code=200, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def authorize_device(request: Call, database: Store, issuer: Issuer) -> Response[DeviceCodes]:
    """Begin on a device without a browser: it shows `user_code` and asks `/oauth/token` with `device_code`.

    A form with `scope` and `resource`. The person has ten minutes; whoever asks more often than every five seconds is
    told `slow_down` and must ask less often from then on.
    """
    fields = await read_fields(request)
    client = await client_of_request(request, database, fields)
    require_grant_type(client, DEVICE_CODE)
    scopes = choose_scopes(fields.get("scope"), client.scopes)
    resource = await read_resource(database, fields, issuer)
    async with database.transaction() as tx:
        codes = await begin_device(tx, client, scopes, resource, issuer + DEVICE_PAGE)
    return Response(codes, status_code=200, headers=SECRET)
