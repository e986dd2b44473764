"""Where the links in mails lead. Opening one changes nothing: mail programs open links by themselves."""

from litestar import Response, get, post

from taskyard.auth.actions.addresses import follow_link
from taskyard.auth.actions.mail_links import RESET_PATH, VERIFY_PATH
from taskyard.auth.actions.password_changes import get_link_owner, reset_password
from taskyard.auth.actions.password_rules import require_uncommon
from taskyard.auth.models import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH
from taskyard.auth.pages.forms import Forms
from taskyard.auth.pages.provided import FormTokens
from taskyard.auth.pages.rendering import ANSWERS, show
from taskyard.auth.routes.provided import Call, Hasher, Revocations, Seals, Store
from taskyard.kit.forms import ANY_QUERY, read_query
from taskyard.kit.problems import InvalidInput
from taskyard.kit.requests import cause_of


@get(VERIFY_PATH, include_in_schema=False, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def show_verify_address(request: Call, forms: FormTokens) -> Response[str]:
    """Ask whether an address is theirs."""
    token, cookie = forms.open(request)
    link = read_query(request.scope).get("token", "")
    return show(request, "verify_address", token=token, cookie=cookie, link=link)


@post(VERIFY_PATH, include_in_schema=False, exception_handlers=ANSWERS, status_code=200)
async def verify_address(request: Call, database: Store, forms: FormTokens, seals: Seals) -> Response[str]:
    """Take the address as proved."""
    fields = await forms.read(request)
    async with database.transaction(cause_of(request.scope)) as tx:
        await follow_link(tx, seals, fields.get("link", ""))
    return show(request, "address_verified")


@get(RESET_PATH, include_in_schema=False, exception_handlers=ANSWERS, opt={ANY_QUERY: True})
async def show_reset_password(request: Call, database: Store, forms: FormTokens) -> Response[str]:
    """Ask for a new password, while the link is good."""
    link = read_query(request.scope).get("token", "")
    await get_link_owner(database, link)
    return _form(request, forms, link)


@post(RESET_PATH, include_in_schema=False, exception_handlers=ANSWERS, status_code=200)
async def set_password(
    request: Call, database: Store, hasher: Hasher, forms: FormTokens, revocations: Revocations
) -> Response[str]:
    """Store the new password; signing in with it comes after."""
    fields = await forms.read(request)
    link, password = fields.get("link", ""), fields.get("password", "")
    owner = await get_link_owner(database, link)
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        return _form(request, forms, link, is_wrong_length=True)
    try:
        require_uncommon(password, email=owner.email, name=owner.name)
    except InvalidInput:
        return _form(request, forms, link, is_common=True)
    password_hash = await hasher.hash(password)
    async with database.transaction(cause_of(request.scope)) as tx:
        await reset_password(tx, link, password_hash)
    revocations()
    return show(request, "password_set")


def _form(
    request: Call, forms: Forms, link: str, *, is_wrong_length: bool = False, is_common: bool = False
) -> Response[str]:
    token, cookie = forms.open(request)
    return show(
        request,
        "reset_password",
        status=422 if is_wrong_length or is_common else 200,
        token=token,
        cookie=cookie,
        link=link,
        is_wrong_length=is_wrong_length,
        is_common=is_common,
        shortest=MIN_PASSWORD_LENGTH,
        longest=MAX_PASSWORD_LENGTH,
    )
