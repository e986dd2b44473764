"""What identity providers publish about themselves: their addresses and keys (OpenID Connect Discovery 1.0).

Fetched through the guarded client, and remembered for a time. Failures are remembered as well, for a moment, so that
a provider which does not answer holds up one sign-in and not all.
"""

import asyncio
import time
from collections import defaultdict
from typing import TypeVar

import msgspec

from taskyard.kit.outbound import Answer, Boundary, Outbound, Unreachable

REMEMBERED_SECONDS = 3_600.0
FAILURE_SECONDS = 10.0
KEYS_AGAIN_SECONDS = 60.0
"""So often at most a key that is unknown makes us ask for the keys again."""
LONGEST_ANSWER = 512 * 1024
T = TypeVar("T")


class ProviderFault(Exception):  # noqa: N818 - as the refusals: the name says what happened
    """A provider does not answer, or not as the standard says. The message may be shown to whoever set it up."""


class Metadata(msgspec.Struct, frozen=True):
    """What a provider says of itself, as far as we need it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    response_types_supported: tuple[str, ...] = ("code",)
    code_challenge_methods_supported: tuple[str, ...] | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class KeyDocument(msgspec.Struct, frozen=True):
    """The public keys of a provider (RFC 7517)."""

    keys: list[dict[str, object]]


class _Remembered(msgspec.Struct):
    """Something that was fetched, or why it could not be, and when."""

    value: object
    fault: str
    at: float


class ProviderDirectory:
    """Asks providers about themselves, and remembers what they say."""

    def __init__(self, outbound: Outbound, boundary: Boundary) -> None:
        self._outbound = outbound
        self._boundary = boundary
        self._remembered: dict[str, _Remembered] = {}
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def metadata(self, issuer: str) -> Metadata:
        """What the provider with this issuer says of itself. Raises ProviderFault."""
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = await self._recall(url, Metadata, REMEMBERED_SECONDS)
        if metadata.issuer != issuer:
            raise ProviderFault("The document there names another issuer.")
        if "code" not in metadata.response_types_supported:
            raise ProviderFault("The provider gives no codes.")
        if "S256" not in (metadata.code_challenge_methods_supported or ["S256"]):
            raise ProviderFault("The provider knows no PKCE by S256.")
        self._require_addresses(metadata)
        return metadata

    async def keys(self, metadata: Metadata, *, again: bool = False) -> list[dict[str, object]]:
        """The keys of a provider; ``again`` when one is missing among those remembered. Raises ProviderFault."""
        seconds = KEYS_AGAIN_SECONDS if again else REMEMBERED_SECONDS
        return (await self._recall(metadata.jwks_uri, KeyDocument, seconds)).keys

    def _require_addresses(self, metadata: Metadata) -> None:
        endpoints = [metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri]
        for url in [*endpoints, *filter(None, [metadata.userinfo_endpoint])]:
            fault = self._boundary.find_fault(url)
            if fault is not None:
                raise ProviderFault(f"The provider names an address that is not asked: {fault}")

    async def _recall(self, url: str, kind: type[T], seconds: float) -> T:
        """What is at an address, younger than so many seconds."""
        async with self._turns[url]:
            known = await self._look_up(url, kind, seconds)
        if known.fault:
            raise ProviderFault(known.fault)
        return msgspec.convert(known.value, kind)

    async def _look_up(self, url: str, kind: type[T], seconds: float) -> _Remembered:
        known = self._remembered.get(url)
        lasting = FAILURE_SECONDS if known is not None and known.fault else seconds
        if known is None or time.monotonic() - known.at > lasting:
            known = self._remembered[url] = await self._fetch(url, kind)
        return known

    async def _fetch(self, url: str, kind: type[T]) -> _Remembered:
        try:
            answer = await self._ask(url)
            return _Remembered(read_json(answer, kind), "", time.monotonic())
        except ProviderFault as fault:
            return _Remembered(None, str(fault), time.monotonic())

    async def _ask(self, url: str) -> Answer:
        fault = self._boundary.find_fault(url)
        if fault is not None:
            raise ProviderFault(fault)
        try:
            return await self._outbound.get(url, {"Accept": "application/json"}, keep=LONGEST_ANSWER + 1)
        except Unreachable as error:
            raise ProviderFault(f"The provider cannot be asked: {error}.") from error


def read_json(answer: Answer, kind: type[T]) -> T:
    """What an answer holds. Raises ProviderFault when it is too long, no success, or something else."""
    if answer.status != 200:
        raise ProviderFault(f"The provider answers with the status {answer.status}.")
    if len(answer.beginning) > LONGEST_ANSWER:
        raise ProviderFault("The provider's answer is too long.")
    try:
        return msgspec.json.decode(answer.beginning, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProviderFault("The provider's answer is not what the standard says.") from error
