"""How signing in by an identity provider says no."""

from taskyard.kit.problems import Conflict, PermissionDenied, Unauthenticated, Unavailable


class ProviderKnown(Conflict):
    """There is an identity provider with this slug or issuer already."""


class GroupRoleKnown(Conflict):
    """The group brings a role in this workspace already."""


class ProviderUnavailable(Unavailable):
    """The identity provider does not answer as it should; try again later."""


class IdentityRefused(Unauthenticated):
    """What the identity provider answered does not fit this sign-in; begin again."""


class NoAccount(PermissionDenied):
    """There is no account for this identity; ask whoever runs Taskyard for one."""


class IdentityNotLinked(Conflict):
    """There is an account with this e-mail address; sign in to it another way, and link the identity there."""


class IdentityTaken(Conflict):
    """The identity belongs to an account already."""


class LastWayIn(Conflict):
    """Without this identity nobody could sign in to the account; set a password first."""
