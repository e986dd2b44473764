"""Identity providers as administrators of the deployment set them up."""

import msgspec
from msgspec import UNSET

from taskyard.auth.actions.federation.desk import FederationDesk
from taskyard.auth.actions.federation.discovery import ProviderFault
from taskyard.auth.actions.federation.presets import PRESETS, issuer_of
from taskyard.auth.actions.oauth.addresses import require_redirect_uris
from taskyard.auth.errors.federation import ProviderKnown
from taskyard.auth.errors.oauth import InvalidRedirectUri
from taskyard.auth.models.federation import (
    IdentityProvider,
    IdentityProviderPatch,
    IdentityProviderSnapshot,
    NewIdentityProvider,
    StoredProvider,
)
from taskyard.auth.permissions import require_administrator
from taskyard.auth.queries import identity_providers as queries
from taskyard.auth.queries.users import is_administrator
from taskyard.contracts.auth import IDENTITY_PROVIDER_CREATED, IDENTITY_PROVIDER_DELETED, IDENTITY_PROVIDER_UPDATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.kit.text import clean_line


async def require_reachable(db: Statements, desk: FederationDesk, caller: Principal, new: NewIdentityProvider) -> None:
    """Look at a provider before it is stored, outside of any transaction. Raises InvalidInput, PermissionDenied."""
    await require_running(db, caller)
    try:
        await desk.directory.metadata(issuer_of(new.kind, new.issuer))
    except ProviderFault as fault:
        raise invalid("/issuer", str(fault)) from None


async def create_provider(
    tx: Transaction, desk: FederationDesk, caller: Principal, new: NewIdentityProvider
) -> IdentityProvider:
    """Let people sign in by a provider. Raises ProviderKnown, InvalidInput, PermissionDenied."""
    await require_running(tx, caller)
    preset, provider_id, now = PRESETS[new.kind], new_id(), clock.now()
    provider = StoredProvider(
        id=provider_id,
        slug=new.slug,
        name=clean_line("/name", new.name),
        kind=new.kind,
        issuer=issuer_of(new.kind, new.issuer),
        client_id=new.client_id,
        secret_sealed=desk.seal_secret(new.client_secret, provider_id),
        scopes=list(preset.scopes) if new.scopes is None else new.scopes,
        email_domains=_domains(new.email_domains),
        group_claim=new.group_claim or preset.group_claim,
        redirect_uris=new.redirect_uris,
        creates_accounts=new.creates_accounts,
        trusts_emails=new.trusts_emails,
        is_enabled=new.is_enabled,
        created_at=now,
        updated_at=now,
        version=1,
    )
    _require_sound(provider)
    try:
        await queries.insert_provider(tx, provider)
    except DuplicateRow as error:
        raise ProviderKnown from error
    await announce(tx, _change(IDENTITY_PROVIDER_CREATED, provider))
    return as_seen(provider, desk)


async def list_providers(
    db: Statements, desk: FederationDesk, caller: Principal, after: str, limit: int
) -> list[IdentityProvider]:
    """Every provider, for administrators alone."""
    await require_running(db, caller)
    return [as_seen(provider, desk) for provider in await queries.list_providers(db, after, limit)]


async def get_provider(db: Statements, desk: FederationDesk, caller: Principal, provider_id: str) -> IdentityProvider:
    """One provider, for administrators alone. Raises NotFound."""
    await require_running(db, caller)
    provider = await queries.find_provider(db, provider_id) if is_id(provider_id) else None
    if provider is None:
        raise NotFound
    return as_seen(provider, desk)


async def update_provider(
    tx: Transaction, desk: FederationDesk, before: StoredProvider, patch: IdentityProviderPatch
) -> IdentityProvider:
    """Change a provider that is locked. Raises InvalidInput."""
    after = _patched(before, patch, desk)
    if after == before:
        return as_seen(before, desk)
    _require_sound(after)
    after = msgspec.structs.replace(after, version=before.version + 1, updated_at=max(clock.now(), before.updated_at))
    await queries.update_provider(tx, after)
    await announce(tx, _change(IDENTITY_PROVIDER_UPDATED, after))
    return as_seen(after, desk)


async def delete_provider(tx: Transaction, provider: StoredProvider) -> None:
    """Let nobody sign in by a provider any more that is locked; who they are there is kept."""
    await queries.mark_provider_deleted(tx, provider.id, clock.now())
    gone = msgspec.structs.replace(provider, is_enabled=False, version=provider.version + 1)
    await announce(tx, _change(IDENTITY_PROVIDER_DELETED, gone))


async def lock_provider(tx: Transaction, caller: Principal, provider_id: str, expected: int | None) -> StoredProvider:
    """One provider that may be changed now. Raises NotFound, PreconditionFailed, PermissionDenied."""
    await require_running(tx, caller)
    provider = await queries.find_provider_for_update(tx, provider_id) if is_id(provider_id) else None
    if provider is None:
        raise NotFound
    require_version(expected, provider.version)
    return provider


async def require_running(db: Statements, caller: Principal) -> None:
    """Refuse whoever does not run the deployment. Raises PermissionDenied."""
    require_administrator(is_administrator=await is_administrator(db, caller.id))


def as_seen(provider: StoredProvider, desk: FederationDesk) -> IdentityProvider:
    """A provider without its secret, and with the address that it has to know."""
    shown = msgspec.structs.asdict(provider)
    has_secret = shown.pop("secret_sealed") is not None
    return IdentityProvider(**shown, has_secret=has_secret, callback=desk.callback(provider.slug))


def _patched(provider: StoredProvider, patch: IdentityProviderPatch, desk: FederationDesk) -> StoredProvider:
    changes = {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET}
    if "name" in changes:
        changes["name"] = clean_line("/name", changes["name"])
    if "email_domains" in changes:
        changes["email_domains"] = _domains(changes["email_domains"])
    if "client_secret" in changes:
        changes["secret_sealed"] = desk.seal_secret(changes.pop("client_secret"), provider.id)
    return msgspec.structs.replace(provider, **changes)


def _require_sound(provider: StoredProvider) -> None:
    """Refuse what cannot work, or would send codes anywhere. Raises InvalidInput."""
    if "openid" not in provider.scopes:
        raise invalid("/scopes", "Without the scope openid no provider says who somebody is.")
    try:
        require_redirect_uris(provider.redirect_uris)
    except InvalidRedirectUri as problem:
        raise invalid("/redirect_uris", problem.detail) from None


def _domains(domains: list[str]) -> list[str]:
    """Domains as they are compared: in lower case, each once."""
    return list(dict.fromkeys(clean_line("/email_domains", domain).casefold().lstrip("@") for domain in domains))


def _change(event: str, provider: StoredProvider) -> Change:
    """An event about a provider, which only the trail of the deployment keeps."""
    data = IdentityProviderSnapshot(
        id=provider.id,
        is_enabled=provider.is_enabled,
        creates_accounts=provider.creates_accounts,
        trusts_emails=provider.trusts_emails,
        version=provider.version,
    )
    return Change(type=event, resource_id=provider.id, version=provider.version, data=data)
