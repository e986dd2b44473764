"""What people link to their accounts themselves, and unlink."""

from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.federation.group_roles import announce_groups
from taskyard.auth.actions.federation.identities import link, require_domain
from taskyard.auth.errors.federation import LastWayIn
from taskyard.auth.models import SecuritySnapshot
from taskyard.auth.models.federation import Claimed, Identity, StoredProvider
from taskyard.auth.queries import identities as queries
from taskyard.auth.queries.identity_providers import find_provider_of_issuer
from taskyard.auth.queries.people import find_profile_for_update, renew_credentials
from taskyard.contracts.auth import IDENTITY_UNLINKED
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.ids import is_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound


def purpose_of(caller: Principal) -> str:
    """Identities are linked within the session that asked for it."""
    return f"link {caller.id} {caller.session_id}"


async def link_identity(tx: Transaction, caller: Principal, provider: StoredProvider, claimed: Claimed) -> Identity:
    """Let the caller sign in by a provider from now on. Raises IdentityTaken, NoAccount, NotFound."""
    require_domain(provider, claimed)
    await _lock(tx, caller)
    return await get_identity(tx, caller, await link(tx, caller.id, claimed, "linked_by_owner"))


async def unlink_identity(tx: Transaction, caller: Principal, identity_id: str) -> None:
    """Let an identity open the caller's account no more; sign-ins under way end. Raises NotFound, LastWayIn."""
    await _lock(tx, caller)
    identity = await get_identity(tx, caller, identity_id)
    if not await queries.has_other_way_in(tx, caller.id, identity.id):
        raise LastWayIn
    await queries.delete_identity(tx, identity.id)
    await renew_credentials(tx, caller.id)
    await announce_security(tx, IDENTITY_UNLINKED, SecuritySnapshot(identity.id, caller.id), version=2)
    provider = await find_provider_of_issuer(tx, identity.issuer)
    if provider is not None:
        await announce_groups(tx, provider, caller.id, ())


async def get_identity(db: Statements, caller: Principal, identity_id: str) -> Identity:
    """One of the caller's identities. Raises NotFound."""
    identity = await queries.find_identity(db, caller.id, identity_id) if is_id(identity_id) else None
    if identity is None:
        raise NotFound
    return identity


async def _lock(tx: Transaction, caller: Principal) -> None:
    """Take turns with whatever else changes the caller's ways in. Raises NotFound."""
    if await find_profile_for_update(tx, caller.id) is None:
        raise NotFound
