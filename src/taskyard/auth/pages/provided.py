"""What every page is given by name, and how it is answered."""

import msgspec
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from taskyard.auth.actions.federation.desk import FederationDesk
from taskyard.auth.actions.relying_party import RelyingParty
from taskyard.auth.models import AddressPolicy
from taskyard.auth.pages.forms import Forms
from taskyard.auth.routes.provided import Call
from taskyard.kit.principal import Principal, find_principal
from taskyard.kit.sealing import Sealer


class SignUps(msgspec.Struct, frozen=True):
    """Who may sign up here, and whether they prove their address first."""

    policy: str
    verification: AddressPolicy
    seals: Sealer


class SignInDesk(msgspec.Struct, frozen=True):
    """What the pages that sign in need: forms that only they can send, and what passkeys and providers are asked by."""

    forms: Forms
    party: RelyingParty
    federation: FederationDesk
    sign_ups: SignUps


Desk = NamedDependency[SkipValidation[SignInDesk]]
FormTokens = NamedDependency[SkipValidation[Forms]]


def visitor_of(request: Call) -> Principal | None:
    """The person whose browser this is, if they are signed in; a credential of another program is nobody here."""
    principal = find_principal(request.scope)
    if principal is None or principal.kind != "person" or principal.scopes is not None or not principal.session_id:
        return None
    return principal
