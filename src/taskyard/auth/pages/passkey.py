"""Signing in with a passkey on a page, alone or as the second step: the one thing here that takes a script."""

import msgspec
from litestar import Response, post

from taskyard.auth.actions import passkey_check, second_step
from taskyard.auth.actions.relying_party import RelyingParty
from taskyard.auth.actions.sessions import Verified
from taskyard.auth.errors import InvalidMfaToken, InvalidPasskey
from taskyard.auth.models.passkeys import PasskeyStep, SignedCredential
from taskyard.auth.pages.arrivals import PASSKEY, arrive, open_session
from taskyard.auth.pages.provided import Desk
from taskyard.auth.pages.rendering import ANSWERS
from taskyard.auth.pages.second_step import show_second_step
from taskyard.auth.pages.sign_in import show_form
from taskyard.auth.routes.provided import Call, Revocations, Store
from taskyard.kit import metrics
from taskyard.kit.database import Transaction
from taskyard.kit.problems import MalformedRequest, Unauthenticated
from taskyard.kit.requests import cause_of


@post(PASSKEY, include_in_schema=False, exception_handlers=ANSWERS, status_code=303)
async def sign_in_by_passkey(
    request: Call, database: Store, desk: Desk, revocations: Revocations
) -> Response[str] | Response[bytes]:
    """Check what the device signed, and give the browser a session of its own."""
    fields = await desk.forms.read(request)
    async with database.transaction(cause_of(request.scope)) as tx:
        outcome = await _pass(tx, desk.party, fields)
        arrived = (
            outcome if isinstance(outcome, Unauthenticated) else await open_session(tx, request, desk.forms, outcome)
        )
    if isinstance(arrived, Unauthenticated):
        metrics.count_sign_in("refused")
        if not isinstance(arrived, InvalidPasskey):
            raise arrived
        if fields.get("mfa_token"):
            return await show_second_step(request, database, desk, fields, is_wrong=True)
        return await show_form(request, database, desk, fields, arrived)
    revocations()
    return arrive(desk.forms, arrived, fields.get("return_to", ""))


async def _pass(tx: Transaction, party: RelyingParty, fields: dict[str, str]) -> Verified | Unauthenticated:
    credential, mfa_token = _read(fields.get("credential", "")), fields.get("mfa_token", "")
    if not mfa_token:
        return await passkey_check.sign_in_alone(tx, party, credential)
    if len(mfa_token) > second_step.LONGEST_TOKEN:
        raise InvalidMfaToken
    return await second_step.pass_by_passkey(tx, party, PasskeyStep(mfa_token=mfa_token, credential=credential))


def _read(text: str) -> SignedCredential:
    try:
        return msgspec.json.decode(text, type=SignedCredential)
    except msgspec.MsgspecError as error:
        raise MalformedRequest("The field credential holds nothing that a device signed.") from error
