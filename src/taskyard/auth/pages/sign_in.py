"""Signing in with a browser: a form, and afterwards a cookie instead of tokens."""

import math

from litestar import Response, get, post

from taskyard.auth.actions import login_attempts
from taskyard.auth.actions.password_check import RightPassword, check_password
from taskyard.auth.actions.passwords import PasswordHasher
from taskyard.auth.actions.people import get_profile
from taskyard.auth.actions.second_step import begin_second_step
from taskyard.auth.errors import InvalidCredentials, TooManyAttempts
from taskyard.auth.models import MAX_PASSWORD_LENGTH, Credentials
from taskyard.auth.pages.arrivals import SIGN_IN, arrive, open_session, own_path, where_it_leads
from taskyard.auth.pages.forms import Forms
from taskyard.auth.pages.provided import FormTokens, visitor_of
from taskyard.auth.pages.rendering import ANSWERS, show
from taskyard.auth.pages.second_step import show_second_step
from taskyard.auth.routes.provided import Call, Hasher, Revocations, Store, client_of
from taskyard.kit.database import Database
from taskyard.kit.forms import ANY_QUERY, read_query
from taskyard.kit.problems import Problem
from taskyard.kit.requests import cause_of


@get(SIGN_IN, include_in_schema=False, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def show_sign_in(request: Call, database: Store, forms: FormTokens) -> Response[str]:
    """Ask who somebody is, or say who is signed in."""
    query = read_query(request.scope)
    visitor = visitor_of(request)
    if visitor is not None and "return_to" not in query:
        return show(request, "signed_in", person=await get_profile(database, visitor))
    fields = {"email": query.get("login_hint", ""), "return_to": query.get("return_to", "")}
    return await _form(request, database, forms, fields)


@post(SIGN_IN, include_in_schema=False, exception_handlers=ANSWERS, status_code=303)
async def sign_in(
    request: Call, database: Store, hasher: Hasher, forms: FormTokens, revocations: Revocations
) -> Response[str] | Response[bytes]:
    """Check the password; then give the browser a session of its own, or ask for the second factor."""
    fields = await forms.read(request)
    try:
        right = await _check(request, database, hasher, fields)
        if right.verified.second_factors:
            return await _ask_for_code(request, database, forms, right, fields.get("return_to", ""))
        async with database.transaction(cause_of(request.scope)) as tx:
            cookie = await open_session(tx, request, right.verified)
            await login_attempts.give_back(tx, right.attempt)
    except (InvalidCredentials, TooManyAttempts) as refusal:
        return await _form(request, database, forms, fields, refusal)
    revocations()
    return arrive(forms, cookie, fields.get("return_to", ""))


async def _check(request: Call, database: Database, hasher: PasswordHasher, fields: dict[str, str]) -> RightPassword:
    """Who it is. Raises InvalidCredentials and TooManyAttempts."""
    credentials = Credentials(email=fields.get("email", "")[:254], password=fields.get("password", ""))
    if len(credentials.password) > MAX_PASSWORD_LENGTH:
        raise InvalidCredentials
    return await check_password(database, hasher, credentials, client_of(request).address or "")


async def _ask_for_code(
    request: Call, database: Database, forms: Forms, right: RightPassword, return_to: str
) -> Response[str]:
    async with database.transaction(cause_of(request.scope)) as tx:
        needed = await begin_second_step(tx, right)
    return await show_second_step(request, database, forms, {"mfa_token": needed.mfa_token, "return_to": return_to})


async def _form(
    request: Call, database: Database, forms: Forms, fields: dict[str, str], refusal: Problem | None = None
) -> Response[str]:
    token, cookie = forms.open(request)
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
        error=refusal.code() if refusal else "",
        minutes=math.ceil(int(seconds or 0) / 60),
    )
    if seconds:
        answer.headers["Retry-After"] = seconds
    return answer
