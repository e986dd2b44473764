"""Signing in with a browser by an identity provider: there by a link, and back with an answer."""

from litestar import Response, get
from litestar.params import FromPath

from taskyard.auth.actions.federation.flows import LIFETIME, Unfit, open_flow
from taskyard.auth.actions.federation.identities import sign_in_as
from taskyard.auth.actions.federation.sign_in import begin, get_provider, read_answer
from taskyard.auth.actions.second_step import await_second_factor
from taskyard.auth.errors.federation import IdentityNotLinked, IdentityRefused, NoAccount, ProviderUnavailable
from taskyard.auth.models.federation import Claimed, FlowAnswer, FlowWish, StoredProvider
from taskyard.auth.pages.arrivals import WITH_PROVIDER, Arrived, arrive, open_session, own_path
from taskyard.auth.pages.provided import Desk, SignInDesk, visitor_of
from taskyard.auth.pages.rendering import ANSWERS, go_to
from taskyard.auth.pages.second_step import show_second_step
from taskyard.auth.pages.sign_in import show_form
from taskyard.auth.routes.provided import Call, Revocations, Store
from taskyard.kit.browsers import read_cookie
from taskyard.kit.database import Database
from taskyard.kit.forms import ANY_QUERY, read_query
from taskyard.kit.requests import cause_of

PURPOSE = "page"
_REFUSALS = (IdentityRefused, NoAccount, IdentityNotLinked, ProviderUnavailable)
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
    """Check what the provider says, and give the browser a session of its own, or ask for the second factor."""
    token = read_cookie(request.scope, desk.forms.flow_cookie) or ""
    return_to = _kept(desk, token)
    try:
        provider = await get_provider(database, provider_slug)
        claimed = await _read(request, database, desk, provider, token)
        outcome = await _pass(request, database, desk, provider, claimed)
    except _REFUSALS as refusal:
        return await show_form(request, database, desk, {"return_to": return_to}, refusal)
    if isinstance(outcome, str):
        return await show_second_step(request, database, desk, {"mfa_token": outcome, "return_to": return_to})
    revocations()
    answer = arrive(desk.forms, outcome, return_to)
    answer.set_cookie(desk.forms.spent_flow())
    return answer


def _kept(desk: SignInDesk, token: str) -> str:
    """Where somebody came from, if this browser began here."""
    try:
        return open_flow(desk.federation.flows, token, PURPOSE).return_to
    except Unfit:
        return ""


async def _read(request: Call, database: Database, desk: SignInDesk, provider: StoredProvider, token: str) -> Claimed:
    """Who came back. Raises IdentityRefused, for somebody who did not want to as well, and ProviderUnavailable."""
    query = read_query(request.scope)
    if "error" in query:
        raise IdentityRefused
    answer = FlowAnswer(
        purpose=PURPOSE,
        flow_token=token,
        code=query.get("code", ""),
        state=query.get("state", ""),
        iss=query.get("iss"),
    )
    return await read_answer(database, desk.federation, provider, answer, cause_of(request.scope))


async def _pass(
    request: Call, database: Database, desk: SignInDesk, provider: StoredProvider, claimed: Claimed
) -> Arrived | str:
    """A session, or the token by which the second step goes on."""
    async with database.transaction(cause_of(request.scope)) as tx:
        verified = await sign_in_as(tx, provider, claimed)
        if verified.second_factors:
            return (await await_second_factor(tx, verified)).mfa_token
        return await open_session(tx, request, desk.forms, verified)
