"""/oauth/authorize: a client sends a person, who signs in and decides, and goes back with a code or a refusal."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from litestar import Response, get, post

from taskyard.auth.actions.oauth import authorization
from taskyard.auth.actions.oauth.authorization import Destination, find_destination, read_request
from taskyard.auth.actions.people import get_profile
from taskyard.auth.errors.oauth import AccessDenied, ConsentRequired, LoginRequired, OAuthProblem
from taskyard.auth.models.oauth import Asked
from taskyard.auth.pages.arrivals import AUTHORIZE, SIGN_IN
from taskyard.auth.pages.forms import Forms, StaleForm
from taskyard.auth.pages.provided import FormTokens, visitor_of
from taskyard.auth.pages.rendering import ANSWERS, go_to, show
from taskyard.auth.pages.words import describe_scopes
from taskyard.auth.routes.provided import Call, Issuer, Store
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.forms import ANY_QUERY, fields_of, read_form, read_query
from taskyard.kit.principal import Principal
from taskyard.kit.requests import cause_of

CONSENT = "/oauth/consent"
_SINCE, _MARK = "asked_since", "asked_mark"
"""What we add to a request while its person signs in: when they were asked to, and that it was us who asked."""
_REPEATABLE = "resource"
"""Several may be asked for (RFC 8707); joined they are one that nobody knows."""


@get(AUTHORIZE, include_in_schema=False, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def authorize(
    request: Call, database: Store, forms: FormTokens, issuer: Issuer
) -> Response[str] | Response[bytes]:
    """Begin where a client sends a person: sign in, ask, or go back at once."""
    query = read_query(request.scope, _REPEATABLE)
    since = _read_since(forms, query)
    destination = await find_destination(database, query)
    try:
        asked = await read_request(database, destination, issuer)
        visitor = visitor_of(request)
        if visitor is None or authorization.is_login_needed(asked, visitor, since):
            return _to_sign_in(request, forms, asked)
        if await authorization.is_consent_needed(database, asked, visitor):
            return await _ask(request, database, forms, asked, visitor)
        answer = await _give_code(request, database, asked, visitor)
    except OAuthProblem as problem:
        answer = _refusal(problem)
    return _back(destination, answer, issuer, status=302)


@post(AUTHORIZE, include_in_schema=False, exception_handlers=ANSWERS, status_code=303)
async def authorize_by_form(request: Call) -> Response[bytes]:
    """The same for clients that send a person by a form (OpenID Connect Core, 3.1.2.1)."""
    return go_to(f"{AUTHORIZE}?{urlencode(await read_form(request, _REPEATABLE))}")


@post(CONSENT, include_in_schema=False, exception_handlers=ANSWERS, status_code=303)
async def decide(request: Call, database: Store, forms: FormTokens, issuer: Issuer) -> Response[bytes]:
    """Go back with what the person decided on the page."""
    fields = await forms.read(request)
    visitor = visitor_of(request)
    if visitor is None:
        raise StaleForm
    destination = await find_destination(database, fields_of(fields.get("asked", "").encode(), _REPEATABLE))
    try:
        asked = await read_request(database, destination, issuer)
        if fields.get("decision") != "allow":
            raise AccessDenied
        answer = await _give_code(request, database, asked, visitor, by_hand=True)
    except OAuthProblem as problem:
        answer = _refusal(problem)
    return _back(destination, answer, issuer, status=303)


def _to_sign_in(request: Call, forms: Forms, asked: Asked) -> Response[bytes]:
    """To the page that signs in, and back here. Raises LoginRequired when the client wants nothing shown."""
    if "none" in asked.prompt:
        raise LoginRequired
    now = str(int(clock.now().timestamp()))
    query = [(name, value) for name, value in _pairs(request) if name not in {_SINCE, _MARK}]
    back = urlencode([*query, (_SINCE, now), (_MARK, forms.sign(now, asked.client.id))])
    values = {"return_to": f"{AUTHORIZE}?{back}"} | ({"login_hint": asked.login_hint} if asked.login_hint else {})
    return _redirect(f"{SIGN_IN}?{urlencode(values)}", 302)


async def _ask(request: Call, database: Database, forms: Forms, asked: Asked, visitor: Principal) -> Response[str]:
    """Show who asks for what. Raises ConsentRequired when the client wants nothing shown."""
    if "none" in asked.prompt:
        raise ConsentRequired
    token, cookie = forms.open(request)
    return show(
        request,
        "consent",
        token=token,
        cookie=cookie,
        leads_to=asked.redirect_uri,
        client=asked.client,
        address=asked.redirect_uri,
        person=await get_profile(database, visitor),
        scopes=describe_scopes(request, asked.scopes),
        asked=urlencode(_pairs(request)),
    )


async def _give_code(
    request: Call, database: Database, asked: Asked, visitor: Principal, *, by_hand: bool = False
) -> dict[str, str]:
    async with database.transaction(cause_of(request.scope)) as tx:
        return {"code": await authorization.give_code(tx, asked, visitor, by_hand=by_hand)}


def _refusal(problem: OAuthProblem) -> dict[str, str]:
    return {"error": problem.code(), "error_description": problem.detail}


def _back(destination: Destination, answer: dict[str, str], issuer: str, *, status: int) -> Response[bytes]:
    """To the client, always with who answers (RFC 9207)."""
    address, state = destination.redirect_uri, destination.state
    values = answer | ({} if state is None else {"state": state}) | {"iss": issuer}
    return _redirect(f"{address}{'&' if '?' in address else '?'}{urlencode(values)}", status)


def _redirect(address: str, status: int) -> Response[bytes]:
    answer = go_to(address)
    answer.status_code = status
    return answer


def _pairs(request: Call) -> list[tuple[str, str]]:
    return list(read_query(request.scope, _REPEATABLE).items())


def _read_since(forms: Forms, query: dict[str, str]) -> datetime | None:
    """When we asked the person to sign in for this request; None unless it was us who says so."""
    since, mark = query.pop(_SINCE, ""), query.pop(_MARK, "")
    if not mark or mark != forms.sign(since, query.get("client_id", "")):
        return None
    return datetime.fromtimestamp(int(since), UTC)
