"""What every route of this service is given by name, and what it reads off a request."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, SkipValidation

from taskyard.auth.actions.api_keys import KeySecrets
from taskyard.auth.actions.factor_keys import FactorKeys
from taskyard.auth.actions.federation.desk import FederationDesk
from taskyard.auth.actions.passwords import PasswordHasher
from taskyard.auth.actions.relying_party import RelyingParty
from taskyard.auth.actions.signing_keys import SigningKeys
from taskyard.auth.models import AddressPolicy, Client
from taskyard.kit.cursors import CursorSigner
from taskyard.kit.database import Database
from taskyard.kit.principal import Principal
from taskyard.kit.requests import client_address, header
from taskyard.kit.sealing import Sealer

Call = Request[Any, Any, Any]
Caller = NamedDependency[Principal]
Store = NamedDependency[Database]
Cursors = NamedDependency[CursorSigner]
Hasher = NamedDependency[PasswordHasher]
Factors = NamedDependency[FactorKeys]
Federation = NamedDependency[SkipValidation[FederationDesk]]
Party = NamedDependency[SkipValidation[RelyingParty]]
Signing = NamedDependency[SigningKeys]
KeyMaker = NamedDependency[KeySecrets]
Issuer = NamedDependency[str]
ClientRegistrationPolicy = NamedDependency[bool]
RegistrationPolicy = NamedDependency[str]
Seals = NamedDependency[SkipValidation[Sealer]]
Revocations = NamedDependency[SkipValidation[Callable[[], None]]]
Verification = NamedDependency[SkipValidation[AddressPolicy]]
PathId = FromPath[str]
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many items at most")]
Cursor = Annotated[str | None, QueryParameter(description="The next_cursor of the page before")]

SECRET = {"Cache-Control": "no-store"}
"""Headers of every answer with a secret or an account in it."""
_LONGEST_USER_AGENT = 300


def client_of(request: Call, device_cookie: str | None = None) -> Client:
    """Where a request comes from, as far as it can be told and stored; pages keep a device's secret in a cookie."""
    agent = "".join(c for c in header(request.scope, b"user-agent") or "" if c.isprintable())
    token = device_cookie or header(request.scope, b"x-device-token")
    return Client(_address(client_address(request.scope)), agent[:_LONGEST_USER_AGENT] or None, token)


@lru_cache(maxsize=1024)
def _address(text: str) -> str | None:
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return None
