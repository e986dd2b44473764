"""What a provider says of a person, once all of it is checked: code for ID token (OpenID Connect Core, 3.1.3.7)."""

from base64 import b64encode
from typing import TypeAlias
from urllib.parse import quote_plus, urlencode

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry
from joserfc.util import urlsafe_b64decode

from taskyard.auth.actions.federation.discovery import (
    LONGEST_ANSWER,
    Metadata,
    ProviderDirectory,
    ProviderFault,
    read_json,
)
from taskyard.auth.actions.federation.flows import Unfit
from taskyard.auth.models.federation import Claimed, Flow, StoredProvider
from taskyard.kit import clock
from taskyard.kit.outbound import Outbound, Unreachable

ALGORITHMS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""Families of algorithms by their kind of key. What a shared secret signs, or nobody, is not taken."""
_ALLOWED = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]
Said: TypeAlias = dict[str, object]
"""What somebody else says, of which nothing is known yet."""
PublicKey: TypeAlias = dict[str, str | list[str]]
LONGEST_TOKEN = 64 * 1024
LEEWAY = 60
"""Seconds by which a provider's clock may be off."""
_SHORTEST_MODULUS = 342
"""2048 bits as they are written (RFC 7518, 6.3.1.1)."""


class _Tokens(msgspec.Struct, frozen=True):
    """What a token endpoint answers."""

    id_token: str
    access_token: str = ""


class _Header(msgspec.Struct, frozen=True):
    """What a token says of its signature. Keys that it brings along or points to are never looked at."""

    alg: str
    kid: str | None = None
    crit: msgspec.Raw | None = None


class _Claims(msgspec.Struct, frozen=True):
    """What an ID token must and may say, by type."""

    sub: str
    aud: str | list[str]
    azp: str | None = None


class TokenReader:
    """Exchanges codes, and reads what comes for them."""

    def __init__(self, outbound: Outbound, directory: ProviderDirectory) -> None:
        self._outbound = outbound
        self._directory = directory

    async def redeem(
        self, provider: StoredProvider, metadata: Metadata, secret: str | None, flow: Flow, code: str
    ) -> Claimed:
        """What the provider says of who came back with a code. Raises Unfit and ProviderFault."""
        tokens = await self._exchange(provider, metadata, secret, flow, code)
        claims = await self._verify(tokens.id_token, provider, metadata, flow.nonce)
        _require_asked_again(claims, flow)
        if _lacks(claims, provider) and metadata.userinfo_endpoint and tokens.access_token:
            said = await self._ask_more(metadata.userinfo_endpoint, tokens.access_token, claims["sub"])
            claims = {**{name: said[name] for name in said if name not in _withheld(claims)}, **claims}
        return _claimed(claims, provider)

    async def _exchange(
        self, provider: StoredProvider, metadata: Metadata, secret: str | None, flow: Flow, code: str
    ) -> _Tokens:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": flow.redirect_uri,
            "code_verifier": flow.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if secret is not None and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}"  # RFC 6749, 2.3.1
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            fields |= {"client_id": provider.client_id, **({} if secret is None else {"client_secret": secret})}
        try:
            answer = await self._outbound.post(
                metadata.token_endpoint, urlencode(fields).encode(), headers, keep=LONGEST_ANSWER + 1
            )
        except Unreachable as error:
            raise ProviderFault(f"The provider cannot be asked: {error}.") from error
        if answer.status in (400, 401, 403):
            raise Unfit("code")
        return read_json(answer, _Tokens)

    async def _verify(self, token: str, provider: StoredProvider, metadata: Metadata, nonce: str) -> Said:
        """The claims of an ID token that is for us, for this sign-in, and signed by the provider. Raises Unfit."""
        header = _header_of(token)
        key = await self._find_key(metadata, header)
        try:
            public = JWKRegistry.import_key(msgspec.convert(key, PublicKey))
            claims: Said = jwt.decode(token, public, algorithms=_ALLOWED).claims
            _expected(provider, nonce).validate(claims)
            typed = msgspec.convert(claims, _Claims)
        except (JoseError, ValueError, TypeError) as error:
            raise Unfit("id_token") from error
        _require_party(typed, provider.client_id)
        return claims

    async def _find_key(self, metadata: Metadata, header: _Header) -> Said:
        """The one key that may have signed; when it is unknown, the provider may have a new one."""
        for again in (False, True):
            fitting = [key for key in await self._directory.keys(metadata, again=again) if _may_sign(key, header)]
            if len(fitting) == 1:
                return fitting[0]
        raise Unfit("key")

    async def _ask_more(self, url: str, access_token: str, subject: object) -> Said:
        """What the provider says besides of the same person (OpenID Connect Core, 5.3)."""
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        try:
            answer = await self._outbound.get(url, headers, keep=LONGEST_ANSWER + 1)
        except Unreachable as error:
            raise ProviderFault(f"The provider cannot be asked: {error}.") from error
        said: Said = read_json(answer, Said)
        if said.get("sub") != subject:
            raise Unfit("subject")
        return said


def _expected(provider: StoredProvider, nonce: str) -> jwt.JWTClaimsRegistry:
    """What the claims of an ID token must be, apart from whom it is about."""
    return jwt.JWTClaimsRegistry(
        now=lambda: int(clock.now().timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )


def _header_of(token: str) -> _Header:
    if len(token) > LONGEST_TOKEN or token.count(".") != 2:
        raise Unfit("id_token")
    try:
        header = msgspec.json.decode(urlsafe_b64decode(token.partition(".")[0].encode()), type=_Header)
    except ValueError as error:
        raise Unfit("id_token") from error
    if header.alg not in _ALLOWED or header.crit is not None:
        raise Unfit("algorithm")
    return header


def _may_sign(key: Said, header: _Header) -> bool:
    """Whether a key is of the kind, the name and the use that a token needs."""
    if key.get("kty") != ALGORITHMS[header.alg[:2]] or key.get("use", "sig") != "sig":
        return False
    if key["kty"] == "RSA" and len(str(key.get("n"))) < _SHORTEST_MODULUS:
        return False
    return key.get("alg", header.alg) == header.alg and header.kid in (None, key.get("kid"))


def _require_party(claims: _Claims, client_id: str) -> None:
    """Refuse a token that was given to somebody else, or also to somebody else (azp). Raises Unfit."""
    if not 1 <= len(claims.sub) <= 255 or not claims.sub.isprintable():
        raise Unfit("subject")
    several = isinstance(claims.aud, list) and len(claims.aud) > 1
    if (several or claims.azp is not None) and claims.azp != client_id:
        raise Unfit("party")


def _require_asked_again(claims: Said, flow: Flow) -> None:
    """Refuse who was to be asked again and was not, where the provider says when that was. Raises Unfit."""
    asked_at = claims.get("auth_time")
    if flow.began_at is not None and isinstance(asked_at, int) and asked_at < flow.began_at - LEEWAY:
        raise Unfit("auth_time")


def _lacks(claims: Said, provider: StoredProvider) -> bool:
    return "email" not in claims or (provider.group_claim is not None and provider.group_claim not in claims)


def _withheld(claims: Said) -> set[str]:
    """What is not taken from a second source: whether an address is verified is said with the address."""
    return {"email", "email_verified"} if "email" in claims else set()


def _claimed(claims: Said, provider: StoredProvider) -> Claimed:
    email, name = claims.get("email"), claims.get("name")
    return Claimed(
        issuer=provider.issuer,
        subject=str(claims["sub"]),
        email=email if isinstance(email, str) else None,
        is_email_verified=claims.get("email_verified") in (True, "true"),
        name=name if isinstance(name, str) else None,
        groups=_groups(claims, provider.group_claim),
    )


def _groups(claims: Said, claim: str | None) -> tuple[str, ...] | None:
    """In which groups somebody is; None where that is said elsewhere (5.6.2), or not in words."""
    if claim is None or claim in _names_elsewhere(claims):
        return None
    groups = claims.get(claim, [])
    if isinstance(groups, str):
        return (groups,)
    return tuple(group for group in groups if isinstance(group, str)) if isinstance(groups, list) else None


def _names_elsewhere(claims: Said) -> dict[object, object]:
    names = claims.get("_claim_names")
    return names if isinstance(names, dict) else {}
