"""Signing in with a browser by an identity provider: there by a link, and back with an answer."""

from litestar import Response, get
from litestar.params import FromPath

from taskyard.auth.actions.federation.flows import LIFETIME
from taskyard.auth.actions.federation.identities import sign_in_as
from taskyard.auth.actions.federation.links import purpose_of
from taskyard.auth.actions.federation.sign_in import begin, get_provider
from taskyard.auth.actions.second_step import await_second_factor
from taskyard.auth.errors.federation import (
    IdentityNotLinked,
    IdentityRefused,
    IdentityTaken,
    NoAccount,
    ProviderUnavailable,
)
from taskyard.auth.models.federation import Claimed, FlowWish, StoredProvider
from taskyard.auth.pages.arrivals import IDENTITIES, WITH_PROVIDER, Arrived, arrive, open_session, own_path
from taskyard.auth.pages.callbacks import find_flow, read_callback
from taskyard.auth.pages.identities import finish_link
from taskyard.auth.pages.provided import Desk, SignInDesk, visitor_of
from taskyard.auth.pages.rendering import ANSWERS, go_to
from taskyard.auth.pages.second_step import show_second_step
from taskyard.auth.pages.sign_in import show_form
from taskyard.auth.routes.provided import Call, Revocations, Store
from taskyard.kit.database import Database
from taskyard.kit.forms import ANY_QUERY, read_query
from taskyard.kit.requests import cause_of

PURPOSE = "page"
_REFUSALS = (IdentityRefused, IdentityTaken, NoAccount, IdentityNotLinked, ProviderUnavailable)
Slug = FromPath[str]


@get(WITH_PROVIDER, include_in_schema=False, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def go_to_provider(
    request: Call, provider_slug: Slug, database: Store, desk: Desk
) -> Response[str] | Response[bytes]:
    """Send a browser to a provider, with a cookie by which it is known when it comes back."""
    provider = await get_provider(database, provider_slug)
    wish = FlowWish(
        purpose=PURPOSE,
        redirect_uri=desk.federation.callback(provider.slug),
        return_to=own_path(read_query(request.scope).get("return_to", "")),
        is_again=visitor_of(request) is not None,
    )
    try:
        begun = await begin(desk.federation, provider, wish)
    except ProviderUnavailable as refusal:
        return await show_form(request, database, desk, {"return_to": wish.return_to}, refusal)
    cookie = desk.forms.cookie(desk.forms.flow_cookie, begun.flow_token, int(LIFETIME.total_seconds()))
    return go_to(begun.authorization_url, cookie)


@get(f"{WITH_PROVIDER}/callback", include_in_schema=False, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def come_back(
    request: Call, provider_slug: Slug, database: Store, desk: Desk, revocations: Revocations
) -> Response[str] | Response[bytes]:
    """Check what the provider says, and give the browser a session of its own, or ask for the second factor.

    Who is signed in and began to link what they are there goes on with that.
    """
    visitor, flow = visitor_of(request), find_flow(request, desk, PURPOSE)
    if visitor is not None and find_flow(request, desk, purpose_of(visitor)) is not None:
        return await finish_link(request, database, desk, visitor, provider_slug)
    return_to = flow.return_to if flow else ""
    try:
        provider = await get_provider(database, provider_slug)
        claimed = await read_callback(request, database, desk, provider, PURPOSE)
        outcome = await _pass(request, database, desk, provider, claimed)
    except _REFUSALS as refusal:
        if isinstance(refusal, IdentityNotLinked):
            return_to = return_to or IDENTITIES
        return await show_form(request, database, desk, {"return_to": return_to}, refusal)
    if isinstance(outcome, str):
        return await show_second_step(request, database, desk, {"mfa_token": outcome, "return_to": return_to})
    revocations()
    answer = arrive(desk.forms, outcome, return_to)
    answer.set_cookie(desk.forms.spent_flow())
    return answer


async def _pass(
    request: Call, database: Database, desk: SignInDesk, provider: StoredProvider, claimed: Claimed
) -> Arrived | str:
    """A session, or the token by which the second step goes on."""
    async with database.transaction(cause_of(request.scope)) as tx:
        verified = await sign_in_as(tx, provider, claimed)
        if verified.second_factors:
            return (await await_second_factor(tx, verified)).mfa_token
        return await open_session(tx, request, desk.forms, verified)
