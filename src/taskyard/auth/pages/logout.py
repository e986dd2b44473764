"""/oauth/logout: a client sends a person to sign out here, too (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Callable
from urllib.parse import urlencode

from litestar import Response, get, post

from taskyard.auth.actions import sessions
from taskyard.auth.actions.oauth.farewells import Farewell, read_farewell
from taskyard.auth.pages.forms import FIELD, Forms
from taskyard.auth.pages.provided import FormTokens, visitor_of
from taskyard.auth.pages.rendering import ANSWERS, go_to, show
from taskyard.auth.pages.sign_out import SIGN_OUT
from taskyard.auth.routes.provided import Call, Issuer, Revocations, Store
from taskyard.kit.database import Database
from taskyard.kit.forms import ANY_QUERY, read_form, read_query
from taskyard.kit.principal import Principal
from taskyard.kit.requests import cause_of

LOGOUT = "/oauth/logout"
_KEPT = ("client_id", "id_token_hint", "post_logout_redirect_uri", "state")


@get(LOGOUT, include_in_schema=False, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def show_logout(
    request: Call, database: Store, forms: FormTokens, issuer: Issuer, revocations: Revocations
) -> Response[str] | Response[bytes]:
    """Sign out at once when the client proves to know the session; otherwise ask the person."""
    fields = read_query(request.scope)
    farewell = await read_farewell(database, fields, issuer)
    visitor = visitor_of(request)
    if visitor is not None and farewell.session_id != visitor.session_id:
        return _ask(request, forms, fields, farewell)
    await _sign_out(request, database, visitor, revocations)
    return _leave(forms, farewell, fields)


@post(LOGOUT, include_in_schema=False, exception_handlers=ANSWERS, status_code=303)
async def log_out(
    request: Call, database: Store, forms: FormTokens, issuer: Issuer, revocations: Revocations
) -> Response[bytes]:
    """The same by a form: a client's, or that of our own page, on which the person says yes."""
    fields = await read_form(request)
    if FIELD not in fields:
        return go_to(f"{LOGOUT}?{urlencode(fields)}")
    await forms.read(request)
    farewell = await read_farewell(database, fields, issuer)
    await _sign_out(request, database, visitor_of(request), revocations)
    return _leave(forms, farewell, fields)


def _ask(request: Call, forms: Forms, fields: dict[str, str], farewell: Farewell) -> Response[str]:
    token, cookie = forms.open(request)
    kept = {name: fields[name] for name in _KEPT if name in fields}
    return show(request, "logout", token=token, cookie=cookie, kept=kept, leads_to=farewell.address or "")


async def _sign_out(request: Call, database: Database, visitor: Principal | None, revoked: Callable[[], None]) -> None:
    if visitor is not None:
        async with database.transaction(cause_of(request.scope)) as tx:
            await sessions.sign_out(tx, visitor, visitor.session_id)
        revoked()


def _leave(forms: Forms, farewell: Farewell, fields: dict[str, str]) -> Response[bytes]:
    address = _address(farewell.address, fields.get("state"))
    return go_to(address, forms.cookie(forms.session_cookie, "", 0))


def _address(address: str | None, state: str | None) -> str:
    if address is None:
        return SIGN_OUT
    if state is None:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'state': state})}"
