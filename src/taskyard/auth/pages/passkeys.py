"""The passkeys of whoever is signed in, on a page: a device makes another one, which takes a script and says so."""

import msgspec
from litestar import Response, get, post

from taskyard.auth.actions.passkeys import begin_passkey, register_passkey
from taskyard.auth.actions.relying_party import RelyingParty
from taskyard.auth.errors import PasskeyKnown, PasskeyRefused, TooManyPasskeys
from taskyard.auth.models.passkeys import LONGEST_PASSKEY_NAME, CreatedCredential, NewPasskey
from taskyard.auth.pages.arrivals import PASSKEYS, fresh_visitor_of, to_sign_in
from taskyard.auth.pages.provided import Desk, SignInDesk
from taskyard.auth.pages.rendering import ANSWERS, go_to, show
from taskyard.auth.queries.passkeys import list_passkeys
from taskyard.auth.routes.provided import Call, Factors, Revocations, Store
from taskyard.kit.database import Database
from taskyard.kit.ids import LOWEST_ID
from taskyard.kit.principal import Principal
from taskyard.kit.problems import MalformedRequest, Problem
from taskyard.kit.requests import cause_of

_MOST = 100


@get(PASSKEYS, include_in_schema=False, exception_handlers=ANSWERS)
async def show_passkeys(request: Call, database: Store, desk: Desk) -> Response[str] | Response[bytes]:
    """Which passkeys the visitor has, and a button for another; after a sign-in of moments ago."""
    visitor = fresh_visitor_of(request)
    return to_sign_in(PASSKEYS) if visitor is None else await _show(request, database, desk, visitor)


@post(PASSKEYS, include_in_schema=False, exception_handlers=ANSWERS, status_code=303)
async def add_passkey(
    request: Call, database: Store, desk: Desk, factors: Factors, revocations: Revocations
) -> Response[str] | Response[bytes]:
    """Take what the device made; the first second factor shows its recovery codes, once."""
    fields = await desk.forms.read(request)
    visitor = fresh_visitor_of(request)
    if visitor is None:
        return to_sign_in(PASSKEYS)
    new = _read(fields)
    try:
        async with database.transaction(cause_of(request.scope)) as tx:
            outcome = await register_passkey(tx, desk.party, factors, visitor, new)
    except (PasskeyKnown, TooManyPasskeys) as refusal:
        return await _show(request, database, desk, visitor, refusal)
    if isinstance(outcome, PasskeyRefused):
        return await _show(request, database, desk, visitor, outcome)
    revocations()
    if outcome.recovery_codes:
        return show(request, "recovery_codes", status=201, codes=outcome.recovery_codes)
    return go_to(PASSKEYS)


def _read(fields: dict[str, str]) -> NewPasskey:
    """The passkey of a form. Raises MalformedRequest for what no script of ours sends."""
    name = " ".join(fields.get("name", "").split())[:LONGEST_PASSKEY_NAME]
    try:
        credential = msgspec.json.decode(fields.get("credential", ""), type=CreatedCredential)
    except msgspec.MsgspecError as error:
        raise MalformedRequest("The field credential holds nothing that a device made.") from error
    return NewPasskey(name=name or "Passkey", credential=credential)


async def _show(
    request: Call, database: Database, desk: SignInDesk, visitor: Principal, refusal: Problem | None = None
) -> Response[str]:
    token, cookie = desk.forms.open(request)
    return show(
        request,
        "passkeys",
        status=refusal.status if refusal else 200,
        token=token,
        cookie=cookie,
        passkeys=await list_passkeys(database, visitor.id, LOWEST_ID, _MOST),
        creation_options=await _options(database, desk.party, visitor),
        error=refusal.code() if refusal else "",
    )


async def _options(database: Database, party: RelyingParty, visitor: Principal) -> str:
    """What the device is asked; nothing where there are as many passkeys as there may be."""
    try:
        return msgspec.json.encode(await begin_passkey(database, party, visitor)).decode()
    except TooManyPasskeys:
        return ""
