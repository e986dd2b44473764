"""/oauth/token: from whatever a client has to tokens."""

from collections.abc import Awaitable, Callable

from litestar import Response, post

from taskyard.auth.actions.oauth import devices, tokens
from taskyard.auth.actions.oauth.authorization import read_resource
from taskyard.auth.actions.oauth.client_authentication import require_grant_type
from taskyard.auth.actions.oauth.tokens import Outcome, Redeemed
from taskyard.auth.actions.signing_keys import SigningKeys
from taskyard.auth.errors.oauth import InvalidRequest, OAuthProblem, UnsupportedGrantType
from taskyard.auth.models import Client
from taskyard.auth.models.oauth import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    DEVICE_CODE,
    REFRESH_TOKEN,
    RegisteredClient,
    Tokens,
)
from taskyard.auth.routes.oauth.protocol import ANSWERS, SECRET, TAGS, client_of_request, read_fields
from taskyard.auth.routes.provided import Call, Issuer, Revocations, Signing, Store, client_of
from taskyard.kit.database import Database, Transaction
from taskyard.kit.forms import ANY_QUERY
from taskyard.kit.requests import cause_of


@post("/oauth/token", tags=TAGS, status_code=200, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def get_tokens(
    request: Call, database: Store, signing: Signing, *, issuer: Issuer, revocations: Revocations
) -> Response[Tokens]:
    """Exchange a code, a refresh token, a device's code or the client's own secret for tokens (RFC 6749, 3.2).

    A form: `grant_type` `authorization_code` (`code`, `redirect_uri`, `code_verifier`), `refresh_token`
    (`refresh_token`, fewer `scope`s), `client_credentials` (`scope`, `resource`) or
    `urn:ietf:params:oauth:grant-type:device_code` (`device_code`). Codes live a minute and work once; a code or
    refresh token that comes twice ends everything that came of it. A refresh token within ten seconds gets the same
    successor again. The Idempotency-Key header is ignored: nothing here is stored in plain.
    """
    fields = await read_fields(request)
    client = await client_of_request(request, database, fields)
    grant_type = fields.get("grant_type", "")
    if grant_type == CLIENT_CREDENTIALS:
        redeemed = await _for_itself(database, client, fields, issuer)
    else:
        redeem = _way(grant_type, client, fields, signing, client_of(request))
        redeemed = await _carry_out(request, database, redeem, revocations)
    return Response(tokens.tokens_for(redeemed, signing, issuer), status_code=200, headers=SECRET)


def _way(
    grant_type: str, client: RegisteredClient, fields: dict[str, str], signing: SigningKeys, caller: Client
) -> Callable[[Transaction], Awaitable[Outcome]]:
    """How a grant becomes a session. Raises InvalidRequest, UnsupportedGrantType and UnauthorizedClient."""
    if not grant_type:
        raise InvalidRequest("No grant_type.")
    if grant_type not in {AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE}:
        raise UnsupportedGrantType
    require_grant_type(client, grant_type)
    if grant_type == AUTHORIZATION_CODE:
        return lambda tx: tokens.redeem_code(tx, client, fields, caller)
    if grant_type == DEVICE_CODE:
        return lambda tx: devices.poll(tx, client, fields.get("device_code", ""), caller)
    successor = signing.successor_of(fields.get("refresh_token", ""))
    return lambda tx: tokens.refresh_session(tx, client, fields, successor)


async def _carry_out(
    request: Call, database: Database, redeem: Callable[[Transaction], Awaitable[Outcome]], revoked: Callable[[], None]
) -> Redeemed:
    """Commit what it comes to, and refuse after that."""
    async with database.transaction(cause_of(request.scope)) as tx:
        outcome = await redeem(tx)
    if isinstance(outcome, OAuthProblem):
        revoked()
        raise outcome
    return outcome


async def _for_itself(database: Database, client: RegisteredClient, fields: dict[str, str], issuer: str) -> Redeemed:
    require_grant_type(client, CLIENT_CREDENTIALS)
    resource = await read_resource(database, fields, issuer)
    return Redeemed(await tokens.own_session(database, client, fields.get("scope"), resource))
