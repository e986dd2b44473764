"""How the auth service says no, beyond what every service says."""

from taskyard.kit.problems import Conflict, InvalidInput, PermissionDenied, TooManyRequests, Unauthenticated


class EmailTaken(Conflict):
    """There is an account with this e-mail address already."""


class RegistrationClosed(PermissionDenied):
    """Nobody can sign up here by themselves."""


class InvitationRequired(PermissionDenied):
    """Signing up here takes an invitation."""


class InvalidInvitation(InvalidInput):
    """The invitation is unknown, over, or was mailed to another address."""


class InvalidCredentials(Unauthenticated):
    """The e-mail address or the password is wrong."""


class InvalidRefreshToken(Unauthenticated):
    """The refresh token is unknown, expired or revoked."""


class RefreshTokenReused(Unauthenticated):
    """The refresh token was used before, so its session has been ended."""


class TooManyAttempts(TooManyRequests):
    """Too many failed sign-ins; try again later."""


class InvalidLink(InvalidInput):
    """The link is unknown, expired, or was used before; ask for another one."""


class TooManyApiKeys(Conflict):
    """There are as many API keys as there may be; revoke one first."""


class OwnAccount(Conflict):
    """Nobody disables or deletes their own account as an administrator."""


class LastOwner(Conflict):
    """The person is the only owner of a workspace."""


class FreshSignInRequired(Unauthenticated):
    """A sign-in of the last five minutes is needed for that."""


class SecondFactorMissing(Unauthenticated):
    """The account asks for a second factor, which is missing."""


class InvalidMfaToken(Unauthenticated):
    """The sign-in that waited for a second factor is over; begin again with the password."""


class InvalidCode(Unauthenticated):
    """The code is wrong, too old, or was used before."""


class SignInEnded(Unauthenticated):
    """Too many wrong codes, so this sign-in is over; begin again with the password."""


class SecondFactorEnabled(Conflict):
    """The account has an authenticator app already; remove it first."""


class WrongCode(InvalidInput):
    """The code is wrong; compare the clock of the device that shows it."""


class ResourceTaken(Conflict):
    """Another client is this resource already."""


class NotForItself(Conflict):
    """The client keeps no secret, or is not registered for client_credentials."""


class ClientBound(Conflict):
    """The client acts as another service account; end that first."""


class InvalidPasskey(Unauthenticated):
    """The passkey is unknown here, or did not sign what it was asked to; begin again."""


class PasskeyRefused(InvalidInput):
    """The device did not make the passkey it was asked for; begin again."""


class PasskeyKnown(Conflict):
    """The passkey is registered already."""


class TooManyPasskeys(Conflict):
    """There are as many passkeys as there may be; remove one first."""
