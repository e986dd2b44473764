"""What every way of signing in ends with: a session for the browser, and the page that somebody came from."""

import re
from urllib.parse import urlsplit

from litestar import Response

from taskyard.auth.actions import sessions
from taskyard.auth.actions.oauth.authorization import find_destination
from taskyard.auth.actions.sessions import Verified
from taskyard.auth.actions.signing_keys import new_refresh_token
from taskyard.auth.errors.oauth import OAuthProblem
from taskyard.auth.pages.forms import Forms
from taskyard.auth.pages.provided import visitor_of
from taskyard.auth.pages.rendering import go_to
from taskyard.auth.routes.provided import Call, client_of
from taskyard.kit import metrics
from taskyard.kit.database import Database, Transaction
from taskyard.kit.forms import fields_of
from taskyard.kit.problems import MalformedRequest

SIGN_IN, AUTHORIZE = "/oauth/sign-in", "/oauth/authorize"
SECOND_STEP, PASSKEY = f"{SIGN_IN}/code", f"{SIGN_IN}/passkey"
_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path of ours: nothing that a browser could take for another host."""


async def open_session(tx: Transaction, request: Call, verified: Verified) -> str:
    """The cookie of a new session, in place of the one this browser had. Raises as ``start_browser_session``."""
    before, cookie = visitor_of(request), new_refresh_token()
    session = await sessions.start_browser_session(tx, verified, client_of(request), cookie)
    if before is not None:
        await sessions.replace_session(tx, before, session)
    return cookie


def arrive(forms: Forms, cookie: str, return_to: str) -> Response[bytes]:
    """Back to where somebody came from, signed in from now on."""
    metrics.count_sign_in("accepted")
    lifetime = int(sessions.ABSOLUTE_LIFETIME.total_seconds())
    return go_to(own_path(return_to) or SIGN_IN, forms.cookie(forms.session_cookie, cookie, lifetime))


def own_path(text: str) -> str:
    """The text when it is a path of ours, otherwise nothing: nobody is sent elsewhere."""
    return text if _OWN_PATH.fullmatch(text) else ""


async def where_it_leads(database: Database, return_to: str) -> str:
    """The address of the client that a form may end at; browsers want to know it before the form is sent."""
    parts = urlsplit(return_to)
    if parts.path != AUTHORIZE:
        return ""
    try:
        destination = await find_destination(database, fields_of(parts.query.encode(), "resource"))
    except (OAuthProblem, MalformedRequest):
        return ""
    return destination.redirect_uri
