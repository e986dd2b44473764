"""/oauth/device: a person types the code that a device shows, and decides (RFC 8628, 3.3)."""

from typing import Literal
from urllib.parse import urlencode

from litestar import Response, get, post

from taskyard.auth.actions.oauth import devices
from taskyard.auth.actions.oauth.devices import find_device
from taskyard.auth.actions.people import get_profile
from taskyard.auth.pages.arrivals import SIGN_IN
from taskyard.auth.pages.forms import Forms, StaleForm
from taskyard.auth.pages.provided import FormTokens, visitor_of
from taskyard.auth.pages.rendering import ANSWERS, go_to, show
from taskyard.auth.pages.words import describe_scopes
from taskyard.auth.queries.oauth_clients import find_client
from taskyard.auth.routes.oauth.devices import DEVICE_PAGE
from taskyard.auth.routes.provided import Call, Store
from taskyard.kit.forms import ANY_QUERY, read_query
from taskyard.kit.requests import cause_of

DEVICE_DECISION = f"{DEVICE_PAGE}/decision"


@get(DEVICE_PAGE, include_in_schema=False, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def show_device(request: Call, forms: FormTokens) -> Response[str] | Response[bytes]:
    """Ask for the code; whoever is not signed in does that first."""
    user_code = read_query(request.scope).get("user_code", "")[:20]
    if visitor_of(request) is None:
        back = f"{DEVICE_PAGE}?{urlencode({'user_code': user_code})}"
        return go_to(f"{SIGN_IN}?{urlencode({'return_to': back})}")
    return _form(request, forms, user_code)


@post(DEVICE_PAGE, include_in_schema=False, exception_handlers=ANSWERS, status_code=200)
async def ask_for_device(request: Call, database: Store, forms: FormTokens) -> Response[str]:
    """Show which program waits behind the code, and for what."""
    fields = await forms.read(request)
    visitor, user_code = visitor_of(request), fields.get("user_code", "")
    if visitor is None:
        raise StaleForm
    async with database.transaction() as tx:
        device = await find_device(tx, visitor, user_code)
    client = await find_client(database, device.client_id) if device else None
    if device is None or client is None:
        return _form(request, forms, user_code, status=404)
    token, cookie = forms.open(request)
    return show(
        request,
        "device_consent",
        token=token,
        cookie=cookie,
        client=client,
        person=await get_profile(database, visitor),
        scopes=describe_scopes(request, device.scopes),
        user_code=user_code,
    )


@post(DEVICE_DECISION, include_in_schema=False, exception_handlers=ANSWERS, status_code=200)
async def decide_device(request: Call, database: Store, forms: FormTokens) -> Response[str]:
    """Store what the person decided; the device hears of it when it asks next."""
    fields = await forms.read(request)
    visitor = visitor_of(request)
    if visitor is None:
        raise StaleForm
    decision: Literal["allowed", "denied"] = "allowed" if fields.get("decision") == "allow" else "denied"
    async with database.transaction(cause_of(request.scope)) as tx:
        await devices.decide(tx, visitor, fields.get("user_code", ""), decision)
    return show(request, "device_done", decision=decision)


def _form(request: Call, forms: Forms, user_code: str, *, status: int = 200) -> Response[str]:
    token, cookie = forms.open(request)
    return show(request, "device", status=status, token=token, cookie=cookie, user_code=user_code, wrong=status == 404)
