"""How OAuth says no: the class name is the ``error`` (RFC 6749, OpenID Connect Core, and their additions)."""

from collections.abc import Mapping

from taskyard.kit.problems import Problem


class OAuthProblem(Problem):
    """The request could not be carried out."""

    status = 400


class InvalidRequest(OAuthProblem):
    """A parameter is missing, malformed, or there twice."""


class InvalidClient(OAuthProblem):
    """The client is unknown, or did not prove who it is."""

    status = 401

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail, headers=headers or {"WWW-Authenticate": 'Basic realm="taskyard"'})


class InvalidGrant(OAuthProblem):
    """The code or token is unknown, expired, used, revoked, or another client's."""


class UnauthorizedClient(OAuthProblem):
    """The client is not registered for that."""


class UnsupportedGrantType(OAuthProblem):
    """There is no such way to a token here."""


class UnsupportedResponseType(OAuthProblem):
    """Only the response type code exists here."""


class InvalidScope(OAuthProblem):
    """A scope is unknown here, or more than the client may have."""


class InvalidTarget(OAuthProblem):
    """The resource is unknown here, or more than one (RFC 8707)."""


class AccessDenied(OAuthProblem):
    """The person said no."""


class LoginRequired(OAuthProblem):
    """The person must sign in, and the client asked not to show that."""


class ConsentRequired(OAuthProblem):
    """The person must be asked, and the client asked not to do that."""


class RequestNotSupported(OAuthProblem):
    """Signed request objects are not supported; push the request instead."""


class InvalidRequestUri(OAuthProblem):
    """The pushed request is unknown, expired, used, or another client's."""


class AuthorizationPending(OAuthProblem):
    """The person has not decided yet."""


class SlowDown(OAuthProblem):
    """Ask less often, by five seconds more each time."""


class ExpiredToken(OAuthProblem):
    """The person did not decide in time; begin again."""


class InvalidRedirectUri(OAuthProblem):
    """A redirect address is not acceptable."""


class InvalidClientMetadata(OAuthProblem):
    """What a client says of itself is not acceptable."""


class RegistrationDisabled(OAuthProblem):
    """Clients cannot register themselves here."""

    status = 403

    @classmethod
    def code(cls) -> str:
        """The code of RFC 6749 that fits."""
        return "access_denied"
