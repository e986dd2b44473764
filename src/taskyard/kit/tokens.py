"""Credentials between client, gateway and services: access tokens and internal assertions.

Every service verifies by itself, with public keys read from ``auth.signing_keys_v1`` and
``auth.service_keys_v1``, so the auth service may be down. Access tokens follow RFC 9068 (RS256,
``typ: at+jwt``); assertions are 60-second Ed25519 tokens from one service to one other.
"""

from datetime import UTC, datetime

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey, RSAKey
from joserfc.util import urlsafe_b64decode

from taskyard.kit import clock
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import InvalidToken

ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type, no secret
ASSERTION_TYPE = "taskyard-assertion+jwt"
API_AUDIENCE = "taskyard-api"
ASSERTION_LIFETIME = 60
"""Seconds."""
SECOND_FACTOR_USED = "mfa"
"""Among the methods of a sign-in (RFC 8176): it took more than one factor, be it a passkey that knows its person."""
CLOCK_SKEW = 60
"""Seconds by which another machine's clock may be ahead."""
ACTS_FOR_OTHERS = "gateway"
"""The one service that may assert who a request is from; any other asserts only itself."""
MAX_TOKEN_LENGTH = 8192
_CACHE_SIZE = 10_000
_PUBLIC_ERROR = "The access token is malformed, expired, revoked or not meant for this service."


class AllowedHeader(msgspec.Struct, forbid_unknown_fields=True):
    """The fields of a JOSE header that are allowed; any other (jwk, jku, x5u, crit) is refused."""

    alg: str
    typ: str
    kid: str


class AccessClaims(msgspec.Struct):
    """The claims an access token must have."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: int
    iat: int
    sid: str
    auth_time: int
    amr: list[str] = []
    nbf: int = 0
    scope: str | None = None
    client_id: str | None = None
    service_account_id: str | None = None
    """The service account as which a client acts that acts for itself; a claim of ours."""


class AssertionClaims(msgspec.Struct):
    """The claims of an internal assertion. ``principal`` is whom the calling service acts for."""

    iss: str
    aud: str
    exp: int
    iat: int
    principal: Principal
    nbf: int = 0


class Verified(msgspec.Struct, frozen=True):
    """A checked credential: whom it stands for, and until when (Unix seconds)."""

    principal: Principal
    expires_at: int


class KeySet:
    """The public keys a process trusts, replaced as a whole when they are read again."""

    def __init__(self) -> None:
        self.access: dict[str, RSAKey] = {}
        self.services: dict[str, OKPKey] = {}
        self.version = 0

    def replace(self, *, access: dict[str, RSAKey], services: dict[str, OKPKey]) -> None:
        """Trust these keys and no others; what was verified by earlier ones is verified again."""
        self.access, self.services = access, services
        self.version += 1


def header_of(token: str) -> AllowedHeader:
    """The JOSE header of a compact token, before any trust. Raises InvalidToken."""
    if len(token) > MAX_TOKEN_LENGTH or token.count(".") != 2:
        raise InvalidToken(_PUBLIC_ERROR)
    try:
        raw = urlsafe_b64decode(token.split(".", 1)[0].encode())
        return msgspec.json.decode(raw, type=AllowedHeader)
    except (ValueError, msgspec.MsgspecError) as error:
        raise InvalidToken(_PUBLIC_ERROR) from error


class TokenVerifier:
    """Verifies tokens for one audience and remembers what it verified, within bounds.

    A remembered token is checked again for expiry and revocation each time.
    """

    def __init__(self, *, issuer: str, service: str, keys: KeySet) -> None:
        self._issuer = issuer
        self._audiences = {API_AUDIENCE, issuer}
        self._service = service
        self._keys = keys
        self._cache: dict[str, Verified] = {}
        self._cached_by = keys.version
        self.revoked: frozenset[str] = frozenset()
        """Sessions and API keys whose tokens are refused although they have not expired."""

    def verify(self, token: str) -> Principal:
        """The principal of a token. Raises InvalidToken, or UnknownKey when its key is not known here."""
        if self._cached_by != self._keys.version:
            self._cache.clear()
            self._cached_by = self._keys.version
        verified = self._cache.get(token)
        if verified is None:
            verified = self._check(token)
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            self._cache[token] = verified
        principal, revoked = verified.principal, self.revoked
        is_revoked = principal.session_id in revoked or principal.credential_id in revoked
        if is_revoked or verified.expires_at <= clock.now().timestamp():
            self._cache.pop(token, None)
            raise InvalidToken(_PUBLIC_ERROR)
        return principal

    def _check(self, token: str) -> Verified:
        header = header_of(token)
        try:
            if header.typ == ACCESS_TOKEN_TYPE and header.alg == "RS256":
                return self._access(token, header.kid)
            if header.typ == ASSERTION_TYPE and header.alg == "Ed25519":
                return self._assertion(token, header.kid)
        except (JoseError, ValueError, msgspec.MsgspecError) as error:
            raise InvalidToken(_PUBLIC_ERROR) from error
        raise InvalidToken(_PUBLIC_ERROR)

    def _access(self, token: str, kid: str) -> Verified:
        key = self._keys.access.get(kid)
        if key is None:
            raise UnknownKey(_PUBLIC_ERROR)
        decoded = jwt.decode(token, key, algorithms=["RS256"])
        claims = msgspec.convert(decoded.claims, AccessClaims)
        audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if claims.iss != self._issuer or not self._audiences & set(audiences) or not _has_begun(claims):
            raise InvalidToken(_PUBLIC_ERROR)
        acts_for_itself = claims.client_id == claims.sub  # as RFC 9068, 2.2 has it
        acts_as = claims.sub if claims.service_account_id is None else claims.service_account_id
        if not (is_id(acts_as) and is_id(claims.sub) and is_id(claims.sid)):
            raise InvalidToken(_PUBLIC_ERROR)
        if acts_as != claims.sub and not acts_for_itself:
            raise InvalidToken(_PUBLIC_ERROR)
        principal = Principal(
            id=acts_as,
            kind="service_account" if acts_for_itself else "person",
            session_id=claims.sid,
            signed_in_at=datetime.fromtimestamp(claims.auth_time, UTC),
            is_strong=SECOND_FACTOR_USED in claims.amr,
            scopes=None if claims.scope is None else frozenset(claims.scope.split()),
            expires_at=claims.exp,
        )
        return Verified(principal, claims.exp)

    def _assertion(self, token: str, kid: str) -> Verified:
        key = self._keys.services.get(kid)
        if key is None:
            raise UnknownKey(_PUBLIC_ERROR)
        decoded = jwt.decode(token, key, algorithms=["Ed25519"])
        claims = msgspec.convert(decoded.claims, AssertionClaims)
        if claims.iss != kid or claims.aud != self._service or not _has_begun(claims):
            raise InvalidToken(_PUBLIC_ERROR)
        if claims.exp - claims.iat > ASSERTION_LIFETIME or not _may_act_as(kid, claims.principal):
            raise InvalidToken(_PUBLIC_ERROR)
        return Verified(claims.principal, claims.exp)


def _has_begun(claims: AccessClaims | AssertionClaims) -> bool:
    return max(claims.iat, claims.nbf) <= clock.now().timestamp() + CLOCK_SKEW


def _may_act_as(service: str, principal: Principal) -> bool:
    if principal.kind == "service":
        return principal.id == service
    return service == ACTS_FOR_OTHERS


class UnknownKey(InvalidToken):
    """The access token is not valid."""

    @classmethod
    def code(cls) -> str:
        """To the client this is an invalid token like any other."""
        return InvalidToken.code()


class AssertionSigner:
    """Signs who a service acts for when it calls another: itself, or a person it authenticated."""

    def __init__(self, *, service: str, key: OKPKey) -> None:
        self._service = service
        self._key = key
        self._cache: dict[tuple[str, Principal], tuple[str, int]] = {}

    def sign(self, audience: str, principal: Principal | None = None) -> str:
        """An assertion for one other service, reused while it has a third of its life left."""
        acting = principal or Principal(id=self._service, kind="service")
        slot = (audience, acting)
        now = int(clock.now().timestamp())
        cached = self._cache.get(slot)
        if cached is not None and cached[1] - now > ASSERTION_LIFETIME // 3:
            return cached[0]
        expires_at = now + ASSERTION_LIFETIME
        header = {"alg": "Ed25519", "typ": ASSERTION_TYPE, "kid": self._service}
        claims = {
            "iss": self._service,
            "aud": audience,
            "iat": now,
            "exp": expires_at,
            "jti": new_id(),
            "principal": msgspec.to_builtins(acting),
        }
        token = jwt.encode(header, claims, self._key, algorithms=["Ed25519"])
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[slot] = (token, expires_at)
        return token
