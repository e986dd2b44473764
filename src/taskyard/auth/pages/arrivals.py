"""What every way of signing in ends with: a session for the browser, and the page that somebody came from."""

import re
from urllib.parse import quote, urlsplit

import msgspec
from litestar import Response

from taskyard.auth.actions import sessions
from taskyard.auth.actions.known_devices import LIFETIME
from taskyard.auth.actions.oauth.authorization import find_destination
from taskyard.auth.actions.sessions import Verified
from taskyard.auth.actions.signing_keys import new_refresh_token
from taskyard.auth.errors import FreshSignInRequired
from taskyard.auth.errors.oauth import OAuthProblem
from taskyard.auth.pages.forms import Forms
from taskyard.auth.pages.provided import visitor_of
from taskyard.auth.pages.rendering import go_to
from taskyard.auth.permissions import require_fresh_sign_in
from taskyard.auth.routes.provided import Call, client_of
from taskyard.kit import metrics
from taskyard.kit.database import Database, Transaction
from taskyard.kit.forms import fields_of
from taskyard.kit.principal import Principal
from taskyard.kit.problems import MalformedRequest

SIGN_IN, AUTHORIZE = "/oauth/sign-in", "/oauth/authorize"
SECOND_STEP, PASSKEY = f"{SIGN_IN}/code", f"{SIGN_IN}/passkey"
IDENTITIES, PASSKEYS = "/oauth/identities", "/oauth/passkeys"
WITH_PROVIDER = f"{SIGN_IN}/with/{{provider_slug:str}}"
_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path of ours: nothing that a browser could take for another host."""


class Arrived(msgspec.Struct, frozen=True):
    """What a browser that has signed in is given: for its session, and if it is new to be known by."""

    secret: str
    device_token: str | None


async def open_session(tx: Transaction, request: Call, forms: Forms, verified: Verified) -> Arrived:
    """A new session, in place of the one this browser had. Raises as ``start_browser_session``."""
    before, secret = visitor_of(request), new_refresh_token()
    client = client_of(request, forms.device_of(request))
    session = await sessions.start_browser_session(tx, verified, client, secret)
    if before is not None:
        await sessions.replace_session(tx, before, session)
    return Arrived(secret, session.device_token)


def arrive(forms: Forms, arrived: Arrived, return_to: str) -> Response[bytes]:
    """Back to where somebody came from, signed in from now on."""
    metrics.count_sign_in("accepted")
    lifetime = int(sessions.ABSOLUTE_LIFETIME.total_seconds())
    answer = go_to(own_path(return_to) or SIGN_IN, forms.cookie(forms.session_cookie, arrived.secret, lifetime))
    if arrived.device_token is not None:
        answer.set_cookie(forms.device_cookie(arrived.device_token, int(LIFETIME.total_seconds())))
    return answer


def fresh_visitor_of(request: Call) -> Principal | None:
    """The person whose browser this is, if they signed in moments ago."""
    visitor = visitor_of(request)
    if visitor is None:
        return None
    try:
        require_fresh_sign_in(visitor)
    except FreshSignInRequired:
        return None
    return visitor


def to_sign_in(page: str) -> Response[bytes]:
    """Sign in, again if need be, and come back to a page."""
    return go_to(f"{SIGN_IN}?return_to={quote(page)}")


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
