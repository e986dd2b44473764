"""How the auth service says no, beyond what every service says."""

from taskyard.kit.problems import Conflict, PermissionDenied, TooManyRequests, Unauthenticated


class EmailTaken(Conflict):
    """There is an account with this e-mail address already."""


class RegistrationClosed(PermissionDenied):
    """Nobody can sign up here by themselves."""


class InvitationRequired(PermissionDenied):
    """Signing up here takes an invitation."""


class InvalidCredentials(Unauthenticated):
    """The e-mail address or the password is wrong."""


class InvalidRefreshToken(Unauthenticated):
    """The refresh token is unknown, expired or revoked."""


class RefreshTokenReused(Unauthenticated):
    """The refresh token was used before, so its session has been ended."""


class TooManyAttempts(TooManyRequests):
    """Too many failed sign-ins; try again later."""


class TooManyApiKeys(Conflict):
    """There are as many API keys as there may be; revoke one first."""
