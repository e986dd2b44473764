"""Signing in by a provider, for every door: first it is asked, without a transaction, then one decides.

What does not fit is announced, so its transaction is committed before the refusal is raised.
"""

from taskyard.auth.actions.announcements import announce_security
from taskyard.auth.actions.federation import flows
from taskyard.auth.actions.federation.desk import FederationDesk
from taskyard.auth.actions.federation.discovery import ProviderFault
from taskyard.auth.actions.federation.flows import Unfit
from taskyard.auth.errors.federation import IdentityRefused, ProviderUnavailable
from taskyard.auth.models import SecuritySnapshot
from taskyard.auth.models.federation import Claimed, FederatedBegun, FlowAnswer, FlowWish, StoredProvider
from taskyard.auth.queries.identity_providers import find_enabled_provider
from taskyard.contracts.auth import SIGN_IN_FAILED
from taskyard.kit import metrics
from taskyard.kit.database import Cause, Database, Statements
from taskyard.kit.ids import new_id
from taskyard.kit.problems import NotFound

LONGEST_SLUG = 40


async def get_provider(db: Statements, slug: str) -> StoredProvider:
    """The provider by which somebody wants to sign in. Raises NotFound."""
    provider = await find_enabled_provider(db, slug) if len(slug) <= LONGEST_SLUG else None
    if provider is None:
        raise NotFound
    return provider


async def begin(desk: FederationDesk, provider: StoredProvider, wish: FlowWish) -> FederatedBegun:
    """Where to send somebody. Raises ProviderUnavailable."""
    try:
        return flows.begin_flow(desk.flows, provider, await desk.metadata(provider), wish)
    except ProviderFault as fault:
        raise ProviderUnavailable from fault


async def read_answer(
    database: Database, desk: FederationDesk, provider: StoredProvider, answer: FlowAnswer, cause: Cause
) -> Claimed:
    """Who the provider says came back. Raises IdentityRefused and ProviderUnavailable."""
    try:
        flow = flows.open_flow(desk.flows, answer.flow_token, answer.purpose)
        metadata = await desk.metadata(provider)
        flows.require_fitting(flow, answer, provider, metadata)
        await flows.use_flow(database, flow)
        return await desk.reader.redeem(provider, metadata, desk.secret_of(provider), flow, answer.code)
    except Unfit as fault:
        await note_refusal(database, cause, f"federated_{fault}")
        raise IdentityRefused from fault
    except ProviderFault as fault:
        raise ProviderUnavailable from fault


async def note_refusal(database: Database, cause: Cause, reason: str) -> None:
    """Announce that somebody was not signed in, and why."""
    async with database.transaction(cause) as tx:
        await announce_security(tx, SIGN_IN_FAILED, SecuritySnapshot(new_id(), None, reason))
    metrics.count_sign_in("refused")
