"""Tokens for clients: from a code, a refresh token, a device's code, or the client's own secret."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import TypeAlias

import msgspec
from msgspec import UNSET

from taskyard.auth.actions import sessions
from taskyard.auth.actions.oauth.authorization import hash_of_handle
from taskyard.auth.actions.oauth.client_sessions import end_client_session, start_client_session
from taskyard.auth.actions.oauth.scopes import OPENID, OPENID_SCOPES, choose_scopes
from taskyard.auth.actions.signing_keys import SigningKeys, new_refresh_token
from taskyard.auth.errors import InvalidRefreshToken
from taskyard.auth.errors.oauth import InvalidGrant, InvalidScope, InvalidTarget, OAuthProblem, UnauthorizedClient
from taskyard.auth.models import Client, LiveSession
from taskyard.auth.models.oauth import REFRESH_TOKEN, Grant, RegisteredClient, Tokens
from taskyard.auth.queries import oauth_codes
from taskyard.auth.queries.bindings import find_binding
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.identity import ACCESS_TOKEN_LIFETIME
from taskyard.kit.ids import new_id

ID_TOKEN_LIFETIME = timedelta(minutes=10)
ID_TOKEN_TYPE = "JWT"  # noqa: S105 - a media type, no secret


class Redeemed(msgspec.Struct, frozen=True):
    """A session of a client that has just begun or gone on, and what its tokens are made of."""

    session: LiveSession
    refresh_token: str | None = None
    nonce: str | None = None


Outcome: TypeAlias = Redeemed | OAuthProblem
"""What asking for tokens comes to. A refusal that is returned and not raised has effects, which must be committed."""


async def redeem_code(tx: Transaction, client: RegisteredClient, fields: dict[str, str], caller: Client) -> Outcome:
    """The session a code becomes. Raises InvalidGrant.

    Returns it when the code was used before: then two have it, and what it became has been ended.
    """
    code_hash, session_id = hash_of_handle(fields.get("code", "")), new_id()
    code = await oauth_codes.use_code(tx, code_hash, client.id, session_id, clock.now())
    if code is None:
        return await _end_what_became_of(tx, code_hash, client.id)
    if code.expires_at <= clock.now() or fields.get("redirect_uri") != code.redirect_uri:
        raise InvalidGrant
    if not _fits(fields.get("code_verifier", ""), code.challenge):
        raise InvalidGrant("The code_verifier does not fit the code_challenge.")
    if fields.get("resource", code.grant.resource) != code.grant.resource:
        raise InvalidTarget
    redeemed = await begin_session(tx, client, session_id, code.grant, caller)
    return msgspec.structs.replace(redeemed, nonce=code.nonce)


async def begin_session(
    tx: Transaction, client: RegisteredClient, session_id: str, grant: Grant, caller: Client
) -> Redeemed:
    """A session of the client for what a person allowed, with a refresh token if it may have one."""
    refresh_token = new_refresh_token() if REFRESH_TOKEN in client.grant_types else None
    session = await start_client_session(tx, session_id, grant, caller, refresh_token)
    return Redeemed(session, refresh_token)


async def refresh_session(tx: Transaction, client: RegisteredClient, fields: dict[str, str], successor: str) -> Outcome:
    """The session a refresh token goes on with, perhaps with fewer scopes. Raises InvalidGrant and InvalidScope.

    Returns InvalidGrant when the token was used before: then two have it, and the session has been ended.
    """
    try:
        session = await sessions.rotate_refresh_token(
            tx, fields.get("refresh_token", ""), successor, client_id=client.id
        )
    except InvalidRefreshToken as error:
        raise InvalidGrant from error
    if session is None:
        return InvalidGrant("The refresh token was used before, so everything that came of it has been ended.")
    if fields.get("resource", session.resource) != session.resource:
        raise InvalidTarget
    scopes = choose_scopes(fields.get("scope"), session.scopes)
    return Redeemed(msgspec.structs.replace(session, scopes=scopes), successor)


async def own_session(db: Statements, client: RegisteredClient, scope: str | None, resource: str | None) -> LiveSession:
    """What a client acts with for itself, as a service account where it is bound to one.

    No person, so nothing of OpenID Connect. Raises InvalidScope, and UnauthorizedClient when the account has ended.
    """
    bound = await find_binding(db, client.id)
    if bound is not None and not bound.is_active:
        raise UnauthorizedClient("The service account of the client is disabled or deleted.")
    binding = None if bound is None else bound.binding
    allowed = [name for name in client.scopes if name not in OPENID_SCOPES and (not binding or name in binding.scopes)]
    scopes = choose_scopes(scope, allowed)
    if not scopes:
        raise InvalidScope("The client has no scopes of its own.")
    session = LiveSession(client.id, client.id, clock.now(), (), client.id, scopes, resource)
    if binding is None:
        return session
    return msgspec.structs.replace(session, id=binding.id, account_id=binding.account_id)


def tokens_for(redeemed: Redeemed, signing: SigningKeys, issuer: str) -> Tokens:
    """What the token endpoint answers for a session."""
    session = redeemed.session
    access_token = signing.access_token(session, issuer=issuer)
    return Tokens(
        access_token=access_token,
        expires_in=int(ACCESS_TOKEN_LIFETIME.total_seconds()),
        scope=" ".join(session.scopes),
        refresh_token=redeemed.refresh_token or UNSET,
        id_token=_id_token(redeemed, access_token, signing, issuer) if OPENID in session.scopes else UNSET,
    )


def _id_token(redeemed: Redeemed, access_token: str, signing: SigningKeys, issuer: str) -> str:
    """Who signed in, when and where, for the client alone (OpenID Connect Core, 2)."""
    session, now = redeemed.session, int(clock.now().timestamp())
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    claims: dict[str, object] = {
        "iss": issuer,
        "sub": session.person_id,
        "aud": session.client_id,
        "iat": now,
        "exp": now + int(ID_TOKEN_LIFETIME.total_seconds()),
        "auth_time": int(session.started_at.timestamp()),
        "at_hash": urlsafe_b64encode(half).decode().rstrip("="),
        "sid": session.login_id or session.id,
    }
    if session.methods:
        claims["amr"] = list(session.methods)
    if redeemed.nonce is not None:
        claims["nonce"] = redeemed.nonce
    return signing.sign(claims, ID_TOKEN_TYPE)


async def _end_what_became_of(tx: Transaction, code_hash: bytes, client_id: str) -> OAuthProblem:
    became = await oauth_codes.find_session_of_code(tx, code_hash, client_id)
    if became is None:
        raise InvalidGrant
    await end_client_session(tx, *became, "code_reused")
    return InvalidGrant("The code was used before, so everything that came of it has been ended.")


def _fits(verifier: str, challenge: str) -> bool:
    digest = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return 43 <= len(verifier) <= 128 and hmac.compare_digest(digest, challenge)
