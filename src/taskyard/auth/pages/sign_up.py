"""Signing up with a browser: anybody where the deployment is open, and whoever was mailed an invitation."""

from litestar import Response, get, post

from taskyard.auth.actions.sessions import FIRST_VERSION, Verified
from taskyard.auth.actions.signing_up import Newcomer, check_newcomer, get_invited_email, open_account
from taskyard.auth.errors import EmailTaken
from taskyard.auth.models import (
    LONGEST_EMAIL,
    LONGEST_PERSON_NAME,
    MAX_PASSWORD_LENGTH,
    MIN_PASSWORD_LENGTH,
    Registration,
)
from taskyard.auth.pages.arrivals import Arrived, arrive, open_session
from taskyard.auth.pages.forms import Forms
from taskyard.auth.pages.provided import Desk, SignInDesk
from taskyard.auth.pages.rendering import ANSWERS, show
from taskyard.auth.permissions import require_registration
from taskyard.auth.routes.provided import Call, Hasher, Revocations, Store
from taskyard.contracts.invitations import SIGN_UP_PATH
from taskyard.kit.database import Database, Transaction
from taskyard.kit.forms import ANY_QUERY, read_query
from taskyard.kit.problems import InvalidInput
from taskyard.kit.requests import cause_of


@get(SIGN_UP_PATH, include_in_schema=False, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def show_sign_up(request: Call, database: Store, desk: Desk) -> Response[str]:
    """Ask for a name and a password; the address is the invited one, where there is an invitation."""
    invitation = read_query(request.scope).get("invitation", "")
    require_registration(desk.sign_ups.policy, is_invited=bool(invitation))
    return await _form(request, database, desk.forms, {"invitation": invitation})


@post(SIGN_UP_PATH, include_in_schema=False, exception_handlers=ANSWERS, status_code=303)
async def sign_up(
    request: Call, database: Store, hasher: Hasher, desk: Desk, revocations: Revocations
) -> Response[str] | Response[bytes]:
    """Open an account, and sign the browser in unless the address must be proved first."""
    fields = await desk.forms.read(request)
    wanted = _wanted(fields)
    wrong = _find_wrong(wanted)
    if wrong:
        return await _form(request, database, desk.forms, fields, wrong)
    try:
        newcomer = await check_newcomer(database, desk.sign_ups.policy, wanted)
        password_hash = await hasher.hash(wanted.password)
        async with database.transaction(cause_of(request.scope)) as tx:
            arrived = await _arrive(tx, request, desk, newcomer, password_hash)
    except (InvalidInput, EmailTaken) as refusal:
        wrong = _wrong_field(refusal)
        return await _form(request, database, desk.forms, fields, wrong)
    if arrived is None:
        return show(request, "signed_up", email=newcomer.email)
    revocations()
    return arrive(desk.forms, arrived, "")


async def _arrive(
    tx: Transaction, request: Call, desk: SignInDesk, newcomer: Newcomer, password_hash: str
) -> Arrived | None:
    """A session for whoever has an account now; None while the address is to be proved."""
    verification = desk.sign_ups.verification
    person = await open_account(tx, desk.sign_ups.seals, newcomer, password_hash, verification)
    if newcomer.invitation is None and verification.is_on:
        return None
    return await open_session(tx, request, desk.forms, Verified(person.id, FIRST_VERSION, ("pwd",)))


def _wanted(fields: dict[str, str]) -> Registration:
    return Registration(
        email=fields.get("email", ""),
        name=fields.get("name", ""),
        password=fields.get("password", ""),
        invitation=fields.get("invitation") or None,
    )


def _find_wrong(wanted: Registration) -> str:
    """What of a form cannot be, whoever sends it: forms are not checked by their lengths as bodies are."""
    if not MIN_PASSWORD_LENGTH <= len(wanted.password) <= MAX_PASSWORD_LENGTH:
        return "password_length"
    if len(wanted.name) > LONGEST_PERSON_NAME:
        return "name_wrong"
    return "email_wrong" if len(wanted.email) > LONGEST_EMAIL else ""


def _wrong_field(refusal: InvalidInput | EmailTaken) -> str:
    """The words for a field that does not do. Raises the refusal again where it is none that a person filled in."""
    if isinstance(refusal, EmailTaken):
        return "email_taken"
    words = {"/email": "email_wrong", "/name": "name_wrong", "/password": "password_common"}
    for error in refusal.errors:
        if error.pointer in words:
            return words[error.pointer]
    raise refusal


async def _form(
    request: Call, database: Database, forms: Forms, fields: dict[str, str], wrong: str = ""
) -> Response[str]:
    """The form, with what was filled in but the password. Raises InvalidInvitation."""
    invitation = fields.get("invitation", "")
    email = await get_invited_email(database, invitation) if invitation else fields.get("email", "")[:LONGEST_EMAIL]
    token, cookie = forms.open(request)
    return show(
        request,
        "sign_up",
        status=409 if wrong == "email_taken" else 422 if wrong else 200,
        token=token,
        cookie=cookie,
        invitation=invitation,
        email=email,
        person_name=fields.get("name", "")[:LONGEST_PERSON_NAME],
        wrong=wrong,
        shortest=MIN_PASSWORD_LENGTH,
        longest=MAX_PASSWORD_LENGTH,
    )
