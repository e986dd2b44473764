"""Signing out at a client's word: whom it means, and where they go then (OpenID Connect RP-Initiated Logout 1.0)."""

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from taskyard.auth.actions.oauth.addresses import is_registered
from taskyard.auth.actions.oauth.tokens import ID_TOKEN_TYPE
from taskyard.auth.errors.oauth import InvalidRequest
from taskyard.auth.queries.oauth_clients import find_client
from taskyard.auth.queries.signing_keys import find_public_key
from taskyard.kit.database import Statements
from taskyard.kit.ids import is_id
from taskyard.kit.problems import InvalidToken
from taskyard.kit.tokens import header_of


class Hint(msgspec.Struct):
    """What an ID token that we gave says of whom and of where."""

    iss: str
    aud: str
    sub: str
    sid: str


class Farewell(msgspec.Struct, frozen=True):
    """Which session a client means, if it proves to know one, and where the person goes after that."""

    session_id: str | None
    address: str | None


async def read_farewell(db: Statements, fields: dict[str, str], issuer: str) -> Farewell:
    """What a client asks for. Raises InvalidRequest, which only the person may be told."""
    hint = await _read_hint(db, fields["id_token_hint"], issuer) if "id_token_hint" in fields else None
    client_id = fields.get("client_id") or (hint.aud if hint else "")
    if hint is not None and hint.aud != client_id:
        raise InvalidRequest("The id_token_hint is another client's.")
    address = fields.get("post_logout_redirect_uri")
    if address is not None:
        client = await find_client(db, client_id) if is_id(client_id) else None
        if client is None or not is_registered(address, client.post_logout_redirect_uris):
            raise InvalidRequest("The address that you are to be sent to is not one that the program registered.")
    return Farewell(hint.sid if hint else None, address)


async def _read_hint(db: Statements, token: str, issuer: str) -> Hint:
    """An ID token of ours, expired or not. Raises InvalidRequest."""
    try:
        header = header_of(token)
        public = await find_public_key(db, header.kid) if header.typ == ID_TOKEN_TYPE else None
        if public is not None:
            key = RSAKey.import_key(msgspec.json.decode(public))
            hint = msgspec.convert(jwt.decode(token, key, algorithms=["RS256"]).claims, Hint)
            if hint.iss == issuer:
                return hint
    except (InvalidToken, JoseError, ValueError, msgspec.MsgspecError):
        pass
    raise InvalidRequest("The id_token_hint is none of ours.")
