"""Signing out with a browser."""

from litestar import Response, get, post

from taskyard.auth.actions import sessions
from taskyard.auth.pages.provided import FormTokens, visitor_of
from taskyard.auth.pages.rendering import ANSWERS, go_to, show
from taskyard.auth.routes.provided import Call, Revocations, Store
from taskyard.kit.requests import cause_of

SIGN_OUT = "/oauth/sign-out"


@get(SIGN_OUT, include_in_schema=False, exception_handlers=ANSWERS)
async def show_sign_out(request: Call, forms: FormTokens) -> Response[str]:
    """Ask before signing out, so that no page elsewhere can do it by a link; or say that it is done."""
    if visitor_of(request) is None:
        return show(request, "signed_out")
    token, cookie = forms.open(request)
    return show(request, "sign_out", token=token, cookie=cookie)


@post(SIGN_OUT, include_in_schema=False, exception_handlers=ANSWERS, status_code=303)
async def sign_out(request: Call, database: Store, forms: FormTokens, revocations: Revocations) -> Response[bytes]:
    """End the session of this browser."""
    await forms.read(request)
    visitor = visitor_of(request)
    if visitor is not None:
        async with database.transaction(cause_of(request.scope)) as tx:
            await sessions.sign_out(tx, visitor, visitor.session_id)
        revocations()
    return go_to(SIGN_OUT, forms.cookie(forms.session_cookie, "", 0))
