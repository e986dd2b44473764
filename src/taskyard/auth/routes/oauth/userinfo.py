"""/oauth/userinfo: who a client acts for, as far as its scopes go (OpenID Connect Core, 5.3)."""

from litestar import Response, get, post
from msgspec import UNSET

from taskyard.auth.actions import people
from taskyard.auth.actions.oauth.scopes import OPENID
from taskyard.auth.models import Profile
from taskyard.auth.models.oauth import UserInfo
from taskyard.auth.permissions import require_own_account
from taskyard.auth.queries.people import is_email_verified
from taskyard.auth.routes.oauth.protocol import SECRET, TAGS
from taskyard.auth.routes.provided import Caller, Store
from taskyard.kit.database import Database
from taskyard.kit.principal import Principal


@get("/oauth/userinfo", tags=TAGS)
async def get_userinfo(caller: Caller, database: Store) -> Response[UserInfo]:
    """Who the token stands for: `name`, `locale` and `zoneinfo` with `profile`, the address with `email`."""
    return await _answer(caller, database)


@post("/oauth/userinfo", tags=TAGS, status_code=200)
async def post_userinfo(caller: Caller, database: Store) -> Response[UserInfo]:
    """The same, for clients that ask by POST."""
    return await _answer(caller, database)


async def _answer(caller: Principal, database: Database) -> Response[UserInfo]:
    require_own_account(caller, OPENID)
    profile = await people.get_profile(database, caller)
    is_verified = await is_email_verified(database, caller.id)
    return Response(_about(profile, caller.scopes, is_verified=is_verified), status_code=200, headers=SECRET)


def _about(person: Profile, scopes: frozenset[str] | None, *, is_verified: bool) -> UserInfo:
    """What the scopes open; a credential without scopes is the person's own."""
    has_profile, has_email = (scopes is None or scope in scopes for scope in ("profile", "email"))
    return UserInfo(
        sub=person.id,
        name=person.name if has_profile else UNSET,
        locale=person.locale if has_profile else UNSET,
        zoneinfo=person.time_zone if has_profile else UNSET,
        updated_at=int(person.updated_at.timestamp()) if has_profile else UNSET,
        email=person.email if has_email else UNSET,
        email_verified=is_verified if has_email else UNSET,
    )
