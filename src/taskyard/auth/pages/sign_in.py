"""Signing in with a browser: a form, and afterwards a cookie instead of tokens."""

import math
import re

from litestar import Response, get, post

from taskyard.auth.actions import login_attempts, sessions
from taskyard.auth.actions.password_check import check_password
from taskyard.auth.actions.passwords import PasswordHasher
from taskyard.auth.actions.people import get_profile
from taskyard.auth.actions.signing_keys import new_refresh_token
from taskyard.auth.errors import InvalidCredentials, TooManyAttempts
from taskyard.auth.models import MAX_PASSWORD_LENGTH, Credentials
from taskyard.auth.pages.forms import Forms
from taskyard.auth.pages.provided import FormTokens, visitor_of
from taskyard.auth.pages.rendering import ANSWERS, go_to, show
from taskyard.auth.routes.provided import Call, Hasher, Revocations, Store, client_of
from taskyard.kit import metrics
from taskyard.kit.forms import ANY_QUERY, read_query
from taskyard.kit.requests import cause_of

SIGN_IN = "/oauth/sign-in"
_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path of ours: nothing that a browser could take for another host."""


@get(SIGN_IN, include_in_schema=False, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def show_sign_in(request: Call, database: Store, forms: FormTokens) -> Response[str]:
    """Ask who somebody is, or say who is signed in."""
    query = read_query(request.scope)
    visitor = visitor_of(request)
    if visitor is not None and "return_to" not in query:
        return show(request, "signed_in", person=await get_profile(database, visitor))
    return _form(request, forms, query.get("return_to", ""), email=query.get("login_hint", ""))


@post(SIGN_IN, include_in_schema=False, exception_handlers=ANSWERS, opt={ANY_QUERY: True}, status_code=303)
async def sign_in(
    request: Call, database: Store, hasher: Hasher, forms: FormTokens, revocations: Revocations
) -> Response[str] | Response[bytes]:
    """Check the password, and give the browser a session of its own."""
    fields = await forms.read(request)
    credentials = Credentials(email=fields.get("email", "")[:254], password=fields.get("password", ""))
    return_to = own_path(fields.get("return_to", "")) or SIGN_IN
    try:
        cookie = await _signed_in(request, database, hasher, credentials)
    except (InvalidCredentials, TooManyAttempts) as refusal:
        return _form(request, forms, return_to, email=credentials.email, refusal=refusal)
    revocations()
    return go_to(return_to, forms.cookie(forms.session_cookie, cookie, int(sessions.ABSOLUTE_LIFETIME.total_seconds())))


def own_path(text: str) -> str:
    """The text when it is a path of ours, otherwise nothing: nobody is sent elsewhere."""
    return text if _OWN_PATH.fullmatch(text) else ""


async def _signed_in(request: Call, database: Store, hasher: PasswordHasher, credentials: Credentials) -> str:
    """The cookie of a new session, in place of the one this browser had. Raises as ``check_password``."""
    if len(credentials.password) > MAX_PASSWORD_LENGTH:
        raise InvalidCredentials
    client, before = client_of(request), visitor_of(request)
    right = await check_password(database, hasher, credentials, client.address or "")
    cookie = new_refresh_token()
    async with database.transaction(cause_of(request.scope)) as tx:
        await sessions.start_browser_session(tx, right.verified, client, cookie)
        await login_attempts.give_back(tx, right.attempt)
        if before is not None:
            await sessions.replace_session(tx, before)
    metrics.count_sign_in("accepted")
    return cookie


def _form(
    request: Call,
    forms: Forms,
    return_to: str,
    *,
    email: str,
    refusal: InvalidCredentials | TooManyAttempts | None = None,
) -> Response[str]:
    token, cookie = forms.open(request)
    minutes = math.ceil(int(refusal.headers.get("Retry-After", "0")) / 60) if refusal else 0
    answer = show(
        request,
        "sign_in",
        status=refusal.status if refusal else 200,
        token=token,
        cookie=cookie,
        return_to=own_path(return_to),
        email=email,
        error=refusal.code() if refusal else "",
        minutes=minutes,
    )
    if minutes and refusal:
        answer.headers["Retry-After"] = refusal.headers["Retry-After"]
    return answer
