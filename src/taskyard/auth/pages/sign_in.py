"""Signing in with a browser: a form, and afterwards a cookie instead of tokens."""

import math

import msgspec
from litestar import Response, get, post

from taskyard.auth.actions import login_attempts
from taskyard.auth.actions.passkey_check import begin_alone
from taskyard.auth.actions.password_check import RightPassword, check_password
from taskyard.auth.actions.passwords import PasswordHasher
from taskyard.auth.actions.people import get_profile
from taskyard.auth.actions.second_step import begin_second_step
from taskyard.auth.errors import InvalidCredentials, TooManyAttempts
from taskyard.auth.models import MAX_PASSWORD_LENGTH, Credentials
from taskyard.auth.pages.arrivals import SIGN_IN, arrive, open_session, own_path, where_it_leads
from taskyard.auth.pages.provided import Desk, SignInDesk, visitor_of
from taskyard.auth.pages.rendering import ANSWERS, show
from taskyard.auth.pages.second_step import show_second_step
from taskyard.auth.queries.identity_providers import list_buttons
from taskyard.auth.routes.provided import Call, Hasher, Revocations, Store, client_of
from taskyard.kit.database import Database
from taskyard.kit.forms import ANY_QUERY, read_query
from taskyard.kit.problems import Problem
from taskyard.kit.requests import cause_of


@get(SIGN_IN, include_in_schema=False, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def show_sign_in(request: Call, database: Store, desk: Desk) -> Response[str]:
    """Ask who somebody is, or say who is signed in."""
    query = read_query(request.scope)
    visitor = visitor_of(request)
    if visitor is not None and "return_to" not in query:
        person, providers = await get_profile(database, visitor), await list_buttons(database)
        return show(request, "signed_in", person=person, providers=providers)
    fields = {"email": query.get("login_hint", ""), "return_to": query.get("return_to", "")}
    return await show_form(request, database, desk, fields)


@post(SIGN_IN, include_in_schema=False, exception_handlers=ANSWERS, status_code=303)
async def sign_in(
    request: Call, database: Store, hasher: Hasher, desk: Desk, revocations: Revocations
) -> Response[str] | Response[bytes]:
    """Check the password; then give the browser a session of its own, or ask for the second factor."""
    fields = await desk.forms.read(request)
    try:
        right = await _check(request, database, hasher, desk, fields)
        if right.verified.second_factors:
            step = {"mfa_token": await _begin(request, database, right), "return_to": fields.get("return_to", "")}
            return await show_second_step(request, database, desk, step)
        async with database.transaction(cause_of(request.scope)) as tx:
            arrived = await open_session(tx, request, desk.forms, right.verified)
            await login_attempts.give_back(tx, right.attempt)
    except (InvalidCredentials, TooManyAttempts) as refusal:
        return await show_form(request, database, desk, fields, refusal)
    revocations()
    return arrive(desk.forms, arrived, fields.get("return_to", ""))


async def _check(
    request: Call, database: Database, hasher: PasswordHasher, desk: SignInDesk, fields: dict[str, str]
) -> RightPassword:
    """Who it is. Raises InvalidCredentials and TooManyAttempts."""
    credentials = Credentials(email=fields.get("email", "")[:254], password=fields.get("password", ""))
    if len(credentials.password) > MAX_PASSWORD_LENGTH:
        raise InvalidCredentials
    return await check_password(database, hasher, credentials, client_of(request, desk.forms.device_of(request)))


async def _begin(request: Call, database: Database, right: RightPassword) -> str:
    """The token by which the second step goes on."""
    async with database.transaction(cause_of(request.scope)) as tx:
        return (await begin_second_step(tx, right)).mfa_token


async def show_form(
    request: Call, database: Database, desk: SignInDesk, fields: dict[str, str], refusal: Problem | None = None
) -> Response[str]:
    """Ask for address and password, or for a passkey."""
    token, cookie = desk.forms.open(request)
    return_to = own_path(fields.get("return_to", ""))
    seconds = refusal.headers.get("Retry-After", "") if refusal else ""
    answer = show(
        request,
        "sign_in",
        status=refusal.status if refusal else 200,
        token=token,
        cookie=cookie,
        leads_to=await where_it_leads(database, return_to),
        return_to=return_to,
        email=fields.get("email", "")[:254],
        mfa_token="",
        may_sign_up=desk.sign_ups.policy == "open",
        providers=await list_buttons(database),
        passkey_options=msgspec.json.encode(begin_alone(desk.party)).decode(),
        error=refusal.code() if refusal else "",
        minutes=math.ceil(int(seconds or 0) / 60),
    )
    if seconds:
        answer.headers["Retry-After"] = seconds
    return answer
