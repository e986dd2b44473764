"""What somebody is elsewhere, on a page: linked with a click, unlinked with another, after a sign-in of moments ago."""

from litestar import Response, get, post

from taskyard.auth.actions.federation.flows import LIFETIME
from taskyard.auth.actions.federation.links import link_identity, purpose_of, unlink_identity
from taskyard.auth.actions.federation.sign_in import begin, get_provider
from taskyard.auth.errors.federation import IdentityRefused, IdentityTaken, LastWayIn, NoAccount, ProviderUnavailable
from taskyard.auth.models.federation import FlowWish
from taskyard.auth.pages.arrivals import IDENTITIES, fresh_visitor_of, to_sign_in
from taskyard.auth.pages.callbacks import read_callback
from taskyard.auth.pages.provided import Desk, SignInDesk, visitor_of
from taskyard.auth.pages.rendering import ANSWERS, go_to, show
from taskyard.auth.queries.identities import list_identities
from taskyard.auth.queries.identity_providers import list_buttons
from taskyard.auth.routes.provided import Call, Revocations, Store
from taskyard.kit.database import Database
from taskyard.kit.ids import LOWEST_ID
from taskyard.kit.principal import Principal
from taskyard.kit.problems import Problem
from taskyard.kit.requests import cause_of

_MOST = 100
_REFUSALS = (IdentityRefused, IdentityTaken, NoAccount, ProviderUnavailable)


@get(IDENTITIES, include_in_schema=False, exception_handlers=ANSWERS)
async def show_identities(request: Call, database: Store, desk: Desk) -> Response[str] | Response[bytes]:
    """What the visitor is elsewhere, and by which providers more can be linked."""
    visitor = visitor_of(request)
    return to_sign_in(IDENTITIES) if visitor is None else await _show(request, database, desk, visitor)


@post(f"{IDENTITIES}/link", include_in_schema=False, exception_handlers=ANSWERS, status_code=200)
async def begin_link(request: Call, database: Store, desk: Desk) -> Response[str] | Response[bytes]:
    """Show the way to a provider. A link and not a redirect, as the page's policy lets no form lead there."""
    fields = await desk.forms.read(request)
    visitor = fresh_visitor_of(request)
    if visitor is None:
        return to_sign_in(IDENTITIES)
    provider = await get_provider(database, fields.get("provider", ""))
    wish = FlowWish(purpose=purpose_of(visitor), redirect_uri=desk.federation.callback(provider.slug))
    try:
        begun = await begin(desk.federation, provider, wish)
    except ProviderUnavailable as refusal:
        return await _show(request, database, desk, visitor, refusal)
    cookie = desk.forms.cookie(desk.forms.flow_cookie, begun.flow_token, int(LIFETIME.total_seconds()))
    return show(request, "link", cookie=cookie, address=begun.authorization_url, provider=provider.name)


async def finish_link(
    request: Call, database: Database, desk: SignInDesk, visitor: Principal, slug: str
) -> Response[str] | Response[bytes]:
    """Link what the provider says the visitor is, in the session that began it."""
    if fresh_visitor_of(request) is None:
        return to_sign_in(IDENTITIES)
    try:
        provider = await get_provider(database, slug)
        claimed = await read_callback(request, database, desk, provider, purpose_of(visitor))
        async with database.transaction(cause_of(request.scope)) as tx:
            await link_identity(tx, visitor, provider, claimed)
    except _REFUSALS as refusal:
        return await _show(request, database, desk, visitor, refusal)
    answer = go_to(IDENTITIES)
    answer.set_cookie(desk.forms.spent_flow())
    return answer


@post(f"{IDENTITIES}/unlink", include_in_schema=False, exception_handlers=ANSWERS, status_code=303)
async def unlink(
    request: Call, database: Store, desk: Desk, revocations: Revocations
) -> Response[str] | Response[bytes]:
    """Sign in by an identity no more."""
    fields = await desk.forms.read(request)
    visitor = fresh_visitor_of(request)
    if visitor is None:
        return to_sign_in(IDENTITIES)
    try:
        async with database.transaction(cause_of(request.scope)) as tx:
            await unlink_identity(tx, visitor, fields.get("identity_id", ""))
    except LastWayIn as refusal:
        return await _show(request, database, desk, visitor, refusal)
    revocations()
    return go_to(IDENTITIES)


async def _show(
    request: Call, database: Database, desk: SignInDesk, visitor: Principal, refusal: Problem | None = None
) -> Response[str]:
    token, cookie = desk.forms.open(request)
    return show(
        request,
        "identities",
        status=refusal.status if refusal else 200,
        token=token,
        cookie=cookie,
        identities=await list_identities(database, visitor.id, LOWEST_ID, _MOST),
        providers=await list_buttons(database),
        error=refusal.code() if refusal else "",
    )
