"""What a token is worth (RFC 7662), and letting it be worth nothing (RFC 7009)."""

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from msgspec import UNSET

from taskyard.auth.actions.oauth.client_sessions import end_client_session
from taskyard.auth.actions.signing_keys import hash_of
from taskyard.auth.models.oauth import Introspection, RegisteredClient
from taskyard.auth.queries.bindings import is_binding_live
from taskyard.auth.queries.client_sessions import is_session_live
from taskyard.auth.queries.oauth_clients import find_client
from taskyard.auth.queries.refresh_tokens import StoredToken, find_token
from taskyard.auth.queries.signing_keys import find_public_key
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.problems import InvalidToken
from taskyard.kit.tokens import ACCESS_TOKEN_TYPE, header_of

INACTIVE = Introspection(active=False)


class Claims(msgspec.Struct):
    """What matters here of an access token of a client."""

    iss: str
    sub: str
    aud: str
    exp: int
    iat: int
    sid: str
    client_id: str
    scope: str
    service_account_id: str | None = None


async def introspect(db: Statements, client: RegisteredClient, token: str, issuer: str) -> Introspection:
    """What a token is worth, told to the client that has it and to the API it is for; to others it is nothing."""
    stored = await find_token(db, hash_of(token))
    if stored is not None:
        return _refresh_token(client, stored, issuer)
    claims = await read_access_token(db, token)
    if claims is None or claims.iss != issuer or not _may_ask(client, claims):
        return INACTIVE
    if claims.exp <= clock.now().timestamp() or not await _is_live(db, claims):
        return INACTIVE
    return Introspection(
        active=True,
        scope=claims.scope,
        client_id=claims.client_id,
        token_type="Bearer",  # noqa: S106 - the name of a scheme (RFC 6750)
        exp=claims.exp,
        iat=claims.iat,
        sub=claims.sub,
        aud=claims.aud,
        iss=claims.iss,
        service_account_id=claims.service_account_id or UNSET,
    )


async def revoke(tx: Transaction, client: RegisteredClient, token: str) -> None:
    """End what a token of the client belongs to; anything else is left as it is, and nobody learns of it."""
    stored = await find_token(tx, hash_of(token))
    if stored is not None:
        if stored.client_id == client.id:
            await end_client_session(tx, stored.session_id, stored.person_id, "revoked_by_client")
        return
    claims = await read_access_token(tx, token)
    if claims is not None and claims.client_id == client.id != claims.sub:
        await end_client_session(tx, claims.sid, claims.sub, "revoked_by_client")


async def read_access_token(db: Statements, token: str) -> Claims | None:
    """The claims of an access token of a client that we signed, whatever its audience; None for anything else."""
    try:
        header = header_of(token)
        public = await find_public_key(db, header.kid) if header.typ == ACCESS_TOKEN_TYPE else None
        if public is None:
            return None
        key = RSAKey.import_key(msgspec.json.decode(public))
        return msgspec.convert(jwt.decode(token, key, algorithms=["RS256"]).claims, Claims)
    except (InvalidToken, JoseError, ValueError, msgspec.MsgspecError):
        return None


def _refresh_token(client: RegisteredClient, stored: StoredToken, issuer: str) -> Introspection:
    expires_at = min(stored.expires_at, stored.session_expires_at)
    if stored.client_id != client.id or stored.is_ended or stored.used_at is not None or expires_at <= clock.now():
        return INACTIVE
    return Introspection(
        active=True,
        scope=" ".join(stored.scopes or ()),
        client_id=client.id,
        exp=int(expires_at.timestamp()),
        sub=stored.person_id,
        iss=issuer,
    )


def _may_ask(client: RegisteredClient, claims: Claims) -> bool:
    return claims.client_id == client.id or (client.resource is not None and claims.aud == client.resource)


async def _is_live(db: Statements, claims: Claims) -> bool:
    """Whether what the token belongs to has not been ended; what a client does for itself ends with the client."""
    if claims.service_account_id is not None:
        return await is_binding_live(db, claims.sid)
    if claims.sub == claims.client_id:
        return await find_client(db, claims.client_id) is not None
    return await is_session_live(db, claims.sid, clock.now())
