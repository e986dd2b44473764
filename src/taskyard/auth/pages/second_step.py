"""The second step of signing in with a browser: a code of an authenticator app, or a recovery code."""

import msgspec
from litestar import Response, post

from taskyard.auth.actions import second_step
from taskyard.auth.actions.relying_party import RelyingParty
from taskyard.auth.errors import InvalidCode
from taskyard.auth.models import SecondStep
from taskyard.auth.pages.arrivals import SECOND_STEP, arrive, open_session, own_path, where_it_leads
from taskyard.auth.pages.provided import Desk, SignInDesk
from taskyard.auth.pages.rendering import ANSWERS, show
from taskyard.auth.routes.provided import Call, Factors, Revocations, Store
from taskyard.kit import metrics
from taskyard.kit.database import Database
from taskyard.kit.problems import Unauthenticated
from taskyard.kit.requests import cause_of


async def show_second_step(
    request: Call, database: Database, desk: SignInDesk, fields: dict[str, str], *, is_wrong: bool = False
) -> Response[str]:
    """Ask for a code; either kind goes into the same field."""
    token, cookie = desk.forms.open(request)
    return_to = own_path(fields.get("return_to", ""))
    return show(
        request,
        "code",
        status=401 if is_wrong else 200,
        token=token,
        cookie=cookie,
        leads_to=await where_it_leads(database, return_to),
        return_to=return_to,
        mfa_token=fields["mfa_token"],
        passkey_options=await _passkey_options(database, desk.party, fields["mfa_token"]),
        wrong=is_wrong,
    )


@post(SECOND_STEP, include_in_schema=False, exception_handlers=ANSWERS, status_code=303)
async def take_second_step(
    request: Call, database: Store, factors: Factors, desk: Desk, revocations: Revocations
) -> Response[str] | Response[bytes]:
    """Check the code, and give the browser a session of its own."""
    fields = await desk.forms.read(request)
    step = SecondStep(mfa_token=fields.get("mfa_token", "")[:200], code=fields.get("code", "")[:40])
    is_from_app = step.code.replace(" ", "").isdigit()
    pass_on = second_step.pass_by_totp if is_from_app else second_step.pass_by_recovery_code
    async with database.transaction(cause_of(request.scope)) as tx:
        outcome = await pass_on(tx, factors, step)
        arrived = (
            outcome if isinstance(outcome, Unauthenticated) else await open_session(tx, request, desk.forms, outcome)
        )
    if isinstance(arrived, Unauthenticated):
        metrics.count_sign_in("refused")
        if isinstance(arrived, InvalidCode):
            return await show_second_step(request, database, desk, fields, is_wrong=True)
        raise arrived
    revocations()
    return arrive(desk.forms, arrived, fields.get("return_to", ""))


async def _passkey_options(database: Database, party: RelyingParty, mfa_token: str) -> str:
    """What a device has to sign, for whoever has a passkey."""
    async with database.transaction() as tx:
        options = await second_step.options_for_passkey(tx, party, mfa_token)
    return msgspec.json.encode(options).decode() if options.allow_credentials else ""
