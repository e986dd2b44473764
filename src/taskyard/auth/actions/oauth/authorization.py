"""Authorization requests: what a client asks a person for, and what stands between that and a code.

Two steps, because of where a refusal may go. Until the client and its address are known to be good it is told to the
person; from then on to the client, with its ``state`` and our ``iss`` (RFC 9207).
"""

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from taskyard.auth.actions.oauth.addresses import is_registered
from taskyard.auth.actions.oauth.client_authentication import require_grant_type
from taskyard.auth.actions.oauth.scopes import choose_scopes
from taskyard.auth.errors.oauth import (
    InvalidRequest,
    InvalidRequestUri,
    InvalidTarget,
    RequestNotSupported,
    UnsupportedResponseType,
)
from taskyard.auth.models.oauth import (
    AUTHORIZATION_CODE,
    REQUEST_URI_PREFIX,
    Asked,
    ConsentSnapshot,
    Grant,
    RegisteredClient,
)
from taskyard.auth.queries import oauth_codes, oauth_consents, oauth_requests
from taskyard.auth.queries.oauth_clients import find_client, is_resource_known
from taskyard.contracts.auth import OAUTH_CONSENT_GIVEN
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal

CODE_LIFETIME = timedelta(seconds=60)
REQUEST_LIFETIME = timedelta(minutes=10)
"""How long a pushed request waits for its person; the whole sign-in must fit in."""
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST_STATE = 2000
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})


class Destination(msgspec.Struct, frozen=True):
    """Where the answer to a request goes, and the parameters of the request."""

    client: RegisteredClient
    redirect_uri: str
    state: str | None
    parameters: dict[str, str]
    pushed: bytes | None


async def find_destination(db: Statements, query: dict[str, str]) -> Destination:
    """The client of a request and its address. Raises InvalidRequest, which only the person may be told."""
    client_id = query.get("client_id", "")
    client = await find_client(db, client_id) if is_id(client_id) else None
    if client is None:
        raise InvalidRequest("The program that sent you here is not known to Taskyard.")
    parameters, pushed = query, None
    if "request_uri" in query:
        pushed = hash_of_handle(query["request_uri"].removeprefix(REQUEST_URI_PREFIX))
        found = await oauth_requests.find_request(db, pushed, client.id, clock.now())
        if found is None:
            raise InvalidRequestUri
        parameters = found
    redirect_uri = parameters.get("redirect_uri", "")
    if not is_registered(redirect_uri, client.redirect_uris):
        raise InvalidRequest("The address that you are to be sent back to is not one that the program registered.")
    state = parameters.get("state")
    return Destination(client, redirect_uri, None if state is None else state[:_LONGEST_STATE], parameters, pushed)


async def read_request(db: Statements, destination: Destination, issuer: str) -> Asked:
    """What the client asks for. Raises the problem that it is to be told."""
    client, parameters = destination.client, destination.parameters
    if "request" in parameters:
        raise RequestNotSupported
    if parameters.get("response_type") != "code":
        raise UnsupportedResponseType if parameters.get("response_type") else InvalidRequest("No response_type.")
    require_grant_type(client, AUTHORIZATION_CODE)
    _require_pkce(parameters)
    if parameters.get("response_mode", "query") != "query":
        raise InvalidRequest("Only the response mode query exists here.")
    return Asked(
        client=client,
        redirect_uri=destination.redirect_uri,
        state=destination.state,
        scopes=choose_scopes(parameters.get("scope"), client.scopes),
        resource=await read_resource(db, parameters, issuer),
        nonce=_short(parameters, "nonce"),
        challenge=parameters["code_challenge"],
        prompt=_read_prompt(parameters),
        max_age=_read_max_age(parameters),
        login_hint=parameters.get("login_hint", "")[:254],
        pushed=destination.pushed,
    )


async def read_resource(db: Statements, parameters: dict[str, str], issuer: str) -> str | None:
    """The API that tokens are for (RFC 8707); None means ours. Raises InvalidTarget."""
    resource = parameters.get("resource")
    if resource is None or resource == issuer:
        return resource
    if not await is_resource_known(db, resource):
        raise InvalidTarget
    return resource


def is_login_needed(asked: Asked, visitor: Principal, since: datetime | None) -> bool:
    """Whether the person must sign in first; ``since`` is when they were asked to for this very request."""
    signed_in_at = visitor.signed_in_at or _LONG_AGO
    if since is not None and signed_in_at >= since:
        return False
    if asked.prompt & {"login", "select_account"}:
        return True
    return asked.max_age is not None and clock.now() - signed_in_at > timedelta(seconds=asked.max_age)


async def is_consent_needed(db: Statements, asked: Asked, visitor: Principal) -> bool:
    """Whether the person must be asked: not again for the same scopes, if we can know that it is the same program.

    A program that registered itself, or that answers on the person's own machine, could be any.
    """
    client = asked.client
    is_known = client.owner_id is not None and asked.redirect_uri.startswith("https:")
    if "consent" in asked.prompt or not is_known:
        return True
    return not set(asked.scopes) <= set(await oauth_consents.find_consent(db, visitor.id, client.id))


async def give_code(tx: Transaction, asked: Asked, visitor: Principal, *, by_hand: bool) -> str:
    """A code for what a person allows, ``by_hand`` just now or before. Raises InvalidRequestUri for a used request."""
    now = clock.now()
    if asked.pushed is not None and not await oauth_requests.use_request(tx, asked.pushed, now):
        raise InvalidRequestUri
    grant = grant_of(asked.client.id, list(asked.scopes), asked.resource, visitor)
    if by_hand:
        await oauth_consents.upsert_consent(tx, visitor.id, asked.client.id, grant.scopes, now)
        await announce(tx, _consent_given(grant))
    code = secrets.token_urlsafe(32)
    await oauth_codes.insert_code(tx, hash_of_handle(code), asked, grant, now + CODE_LIFETIME)
    return code


async def push_request(tx: Transaction, client: RegisteredClient, parameters: dict[str, str]) -> str:
    """Keep a request until its person comes; its ``request_uri``."""
    handle = secrets.token_urlsafe(32)
    expires_at = clock.now() + REQUEST_LIFETIME
    await oauth_requests.insert_request(tx, hash_of_handle(handle), client.id, parameters, expires_at)
    return REQUEST_URI_PREFIX + handle


def grant_of(client_id: str, scopes: list[str], resource: str | None, visitor: Principal) -> Grant:
    """What a signed-in person allows a client."""
    return Grant(
        client_id=client_id,
        person_id=visitor.id,
        login_id=visitor.session_id,
        signed_in_at=visitor.signed_in_at or clock.now(),
        scopes=scopes,
        resource=resource,
    )


def hash_of_handle(handle: str) -> bytes:
    """What is stored of a code or handle; 256 random bits need no slow hash."""
    return hashlib.sha256(handle.encode()).digest()


def _require_pkce(parameters: dict[str, str]) -> None:
    """Only S256 proves anything (RFC 9700, 2.1.1). Raises InvalidRequest."""
    if parameters.get("code_challenge_method") != "S256":
        raise InvalidRequest("code_challenge_method must be S256 (PKCE, RFC 7636).")
    if not _CHALLENGE.fullmatch(parameters.get("code_challenge", "")):
        raise InvalidRequest("code_challenge must be the SHA-256 of the verifier in base64url (PKCE, RFC 7636).")


def _read_prompt(parameters: dict[str, str]) -> frozenset[str]:
    prompt = frozenset(parameters.get("prompt", "").split())
    if prompt - _PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise InvalidRequest("prompt is none, or some of login, consent and select_account.")
    return prompt


def _read_max_age(parameters: dict[str, str]) -> int | None:
    text = parameters.get("max_age")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise InvalidRequest("max_age is a number of seconds.")
    return int(text)


def _short(parameters: dict[str, str], name: Literal["nonce"]) -> str | None:
    value = parameters.get(name)
    if value is not None and len(value) > _LONGEST_STATE:
        raise InvalidRequest(f"The {name} is too long.")
    return value


def _consent_given(grant: Grant) -> Change:
    """An event about what a person allowed, which only they may see."""
    return Change(
        type=OAUTH_CONSENT_GIVEN,
        resource_id=new_id(),
        version=1,
        data=ConsentSnapshot(client_id=grant.client_id, person_id=grant.person_id, scopes=grant.scopes),
        audience_id=grant.person_id,
    )
