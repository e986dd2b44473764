"""Scopes: what a client may be given, from what it asks for and what it was registered with."""

from collections.abc import Iterable

from taskyard.auth.errors.oauth import InvalidScope
from taskyard.contracts.scopes import SCOPES

OPENID = "openid"
OFFLINE_ACCESS = "offline_access"
OPENID_SCOPES = (OPENID, "profile", "email", OFFLINE_ACCESS)
"""Those of OpenID Connect: who somebody is, and going on after they signed out."""
KNOWN_SCOPES = (*OPENID_SCOPES, *SCOPES)


def parse_scopes(text: str) -> tuple[str, ...]:
    """The scopes in a parameter, each once, in the order they were named."""
    return tuple(dict.fromkeys(text.split()))


def require_known(scopes: Iterable[str]) -> None:
    """Refuse scopes that do not exist. Raises InvalidScope."""
    unknown = [scope for scope in scopes if scope not in KNOWN_SCOPES]
    if unknown:
        raise InvalidScope(f"There is no scope {unknown[0][:60]}.")


def choose_scopes(asked: str | None, allowed: Iterable[str]) -> tuple[str, ...]:
    """What a client asks for, or all that it may have when it does not say. Raises InvalidScope for more."""
    permitted = tuple(allowed)
    scopes = parse_scopes(asked or "") or permitted
    require_known(scopes)
    refused = [scope for scope in scopes if scope not in permitted]
    if refused:
        raise InvalidScope(f"The client may not have {refused[0]}.")
    return scopes
