"""Clients: registered by people for their programs, or by themselves."""

import secrets
from typing import cast, get_args

import msgspec
from msgspec import UNSET

from taskyard.auth.actions.oauth.addresses import require_redirect_uris, require_resource
from taskyard.auth.actions.oauth.bindings import end_binding
from taskyard.auth.actions.oauth.client_authentication import hash_of_secret
from taskyard.auth.actions.oauth.client_sessions import end_sessions_of_client
from taskyard.auth.actions.oauth.scopes import parse_scopes, require_known
from taskyard.auth.errors import ResourceTaken
from taskyard.auth.errors.oauth import InvalidClientMetadata, InvalidScope, InvalidTarget, OAuthProblem
from taskyard.auth.models.oauth import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    AuthMethod,
    ClientInformation,
    ClientRegistration,
    GrantType,
    NewOAuthClient,
    OAuthClient,
    OAuthClientPatch,
    OAuthClientSnapshot,
    OAuthClientWithSecret,
    RegisteredClient,
)
from taskyard.auth.queries import oauth_clients as queries
from taskyard.auth.queries.oauth_consents import delete_consents_to
from taskyard.contracts.auth import OAUTH_CLIENT_CREATED, OAUTH_CLIENT_DELETED, OAUTH_CLIENT_UPDATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.kit.text import clean_line


async def register_client(tx: Transaction, registration: ClientRegistration) -> ClientInformation:
    """Let a client register itself (RFC 7591). Raises InvalidClientMetadata, InvalidRedirectUri and InvalidScope."""
    secret = _new_secret(registration.token_endpoint_auth_method)
    client = _from_registration(registration, secret)
    await _add(tx, client)
    return ClientInformation(
        client_id=client.id,
        client_id_issued_at=int(client.created_at.timestamp()),
        client_secret=secret or UNSET,
        client_secret_expires_at=0 if secret else UNSET,
        client_name=client.name,
        redirect_uris=client.redirect_uris,
        post_logout_redirect_uris=client.post_logout_redirect_uris,
        grant_types=client.grant_types,
        response_types=["code"] if AUTHORIZATION_CODE in client.grant_types else [],
        scope=" ".join(client.scopes),
        token_endpoint_auth_method=client.auth_method,
    )


async def create_client(tx: Transaction, caller: Principal, new: NewOAuthClient) -> OAuthClientWithSecret:
    """Register a client for a program of the caller's. Raises InvalidInput and ResourceTaken."""
    secret, now = _new_secret(new.token_endpoint_auth_method), clock.now()
    client = RegisteredClient(
        id=new_id(),
        owner_id=caller.id,
        name=clean_line("/name", new.name),
        secret_hash=hash_of_secret(secret) if secret else None,
        auth_method=new.token_endpoint_auth_method,
        redirect_uris=new.redirect_uris,
        post_logout_redirect_uris=new.post_logout_redirect_uris,
        grant_types=list(dict.fromkeys(new.grant_types)),
        scopes=new.scopes,
        resource=new.resource,
        created_at=now,
        updated_at=now,
        version=1,
    )
    _require_input(client)
    try:
        await _add(tx, client)
    except DuplicateRow as error:
        raise ResourceTaken from error
    return _with_secret(client, secret)


async def get_client(db: Statements, caller: Principal, client_id: str) -> OAuthClient:
    """One client of the caller's. Raises NotFound."""
    client = await queries.find_client_of(db, client_id, caller.id) if is_id(client_id) else None
    if client is None:
        raise NotFound
    return as_owner_sees(client)


async def update_client(
    tx: Transaction, caller: Principal, client_id: str, patch: OAuthClientPatch, expected: int | None
) -> OAuthClient:
    """Change a client of the caller's. Raises NotFound, PreconditionFailed and InvalidInput."""
    before = await _lock(tx, caller, client_id)
    require_version(expected, before.version)
    changes = {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET}
    if "name" in changes:
        changes["name"] = clean_line("/name", changes["name"])
    after = msgspec.structs.replace(before, **changes)
    if after == before:
        return as_owner_sees(before)
    _require_input(after)
    return as_owner_sees(await _store(tx, after))


async def rotate_secret(
    tx: Transaction, caller: Principal, client_id: str, expected: int | None
) -> OAuthClientWithSecret:
    """Give a client another secret; the one before is worth nothing from now on. Raises NotFound and InvalidInput."""
    before = await _lock(tx, caller, client_id)
    require_version(expected, before.version)
    secret = _new_secret(before.auth_method)
    if secret is None:
        raise invalid("", "The client has no secret.")
    after = await _store(tx, msgspec.structs.replace(before, secret_hash=hash_of_secret(secret)))
    return _with_secret(after, secret)


async def delete_client(tx: Transaction, caller: Principal, client_id: str) -> None:
    """Let a client be no more, and end everything that anybody allowed it. Raises NotFound."""
    client = await _lock(tx, caller, client_id)
    await queries.mark_client_deleted(tx, client.id, clock.now())
    await delete_consents_to(tx, client.id)
    await end_sessions_of_client(tx, client.id, "client_deleted")
    await end_binding(tx, client.id)
    after = msgspec.structs.replace(client, version=client.version + 1)
    await announce(tx, _change(OAUTH_CLIENT_DELETED, after))


def as_owner_sees(client: RegisteredClient) -> OAuthClient:
    """A client without what only the service needs."""
    return OAuthClient(
        id=client.id,
        name=client.name,
        token_endpoint_auth_method=client.auth_method,
        redirect_uris=client.redirect_uris,
        post_logout_redirect_uris=client.post_logout_redirect_uris,
        grant_types=client.grant_types,
        scopes=client.scopes,
        resource=client.resource,
        created_at=client.created_at,
        updated_at=client.updated_at,
        version=client.version,
    )


def _from_registration(registration: ClientRegistration, secret: str | None) -> RegisteredClient:
    if not set(registration.grant_types) <= set(get_args(GrantType)) or set(registration.response_types) - {"code"}:
        raise InvalidClientMetadata("Only codes, refresh tokens, client credentials and device codes exist here.")
    if registration.token_endpoint_auth_method not in get_args(AuthMethod):
        raise InvalidClientMetadata("Only none, client_secret_basic and client_secret_post exist here.")
    name = " ".join(registration.client_name.split())
    if not name.isprintable():
        raise InvalidClientMetadata("The name cannot be shown.")
    now = clock.now()
    client = RegisteredClient(
        id=new_id(),
        owner_id=None,
        name=name,
        secret_hash=hash_of_secret(secret) if secret else None,
        auth_method=cast(AuthMethod, registration.token_endpoint_auth_method),
        redirect_uris=registration.redirect_uris,
        post_logout_redirect_uris=registration.post_logout_redirect_uris,
        grant_types=list(dict.fromkeys(registration.grant_types)),
        scopes=list(parse_scopes(registration.scope)),
        resource=None,
        created_at=now,
        updated_at=now,
        version=1,
    )
    _require_sound(client)
    return client


def _require_sound(client: RegisteredClient) -> None:
    """Refuse what no client may be. Raises InvalidClientMetadata, InvalidRedirectUri, InvalidScope, InvalidTarget."""
    require_redirect_uris([*client.redirect_uris, *client.post_logout_redirect_uris])
    require_known(client.scopes)
    if client.resource is not None:
        require_resource(client.resource)
    if AUTHORIZATION_CODE in client.grant_types and not client.redirect_uris:
        raise InvalidClientMetadata("A client that uses codes needs a redirect address.")
    if CLIENT_CREDENTIALS in client.grant_types and client.auth_method == "none":
        raise InvalidClientMetadata("A client without a secret cannot act for itself.")


def _require_input(client: RegisteredClient) -> None:
    """The same as an API says no. Raises InvalidInput."""
    try:
        _require_sound(client)
    except OAuthProblem as problem:
        pointers = {InvalidScope: "/scopes", InvalidTarget: "/resource", InvalidClientMetadata: "/grant_types"}
        raise invalid(pointers.get(type(problem), "/redirect_uris"), problem.detail) from None


async def _lock(tx: Transaction, caller: Principal, client_id: str) -> RegisteredClient:
    client = await queries.find_client_for_update(tx, client_id, caller.id) if is_id(client_id) else None
    if client is None:
        raise NotFound
    return client


async def _add(tx: Transaction, client: RegisteredClient) -> None:
    await queries.insert_client(tx, client)
    await announce(tx, _change(OAUTH_CLIENT_CREATED, client))


async def _store(tx: Transaction, client: RegisteredClient) -> RegisteredClient:
    after = msgspec.structs.replace(client, version=client.version + 1, updated_at=max(clock.now(), client.updated_at))
    await queries.update_client(tx, after)
    await announce(tx, _change(OAUTH_CLIENT_UPDATED, after))
    return after


def _with_secret(client: RegisteredClient, secret: str | None) -> OAuthClientWithSecret:
    return OAuthClientWithSecret(**msgspec.structs.asdict(as_owner_sees(client)), client_secret=secret)


def _new_secret(method: str) -> str | None:
    return None if method == "none" else secrets.token_urlsafe(32)


def _change(event: str, client: RegisteredClient) -> Change:
    """An event about a client, which only its owner may see."""
    return Change(
        type=event,
        resource_id=client.id,
        version=client.version,
        data=OAuthClientSnapshot(id=client.id, owner_id=client.owner_id, version=client.version),
        audience_id=client.owner_id,
    )
