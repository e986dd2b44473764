"""Addresses of clients: which may be registered, and which one a request names (RFC 9700, 4.1; RFC 8252)."""

from urllib.parse import SplitResult, urlsplit

from taskyard.auth.errors.oauth import InvalidRedirectUri, InvalidTarget

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def require_redirect_uris(addresses: list[str]) -> None:
    """Refuse addresses to which no code may go. Raises InvalidRedirectUri."""
    for address in addresses:
        if not _is_redirect_uri(address):
            raise InvalidRedirectUri(
                f"{address} is no https address, loopback address or scheme with a dot in its name."
            )


def require_resource(address: str) -> None:
    """Refuse what cannot name an API: an https or loopback address without a fragment. Raises InvalidTarget."""
    parts = _split(address)
    if parts is None or not ((parts.scheme == "https" and parts.hostname) or is_loopback(address)):
        raise InvalidTarget("A resource is an https address without a fragment.")


def is_registered(address: str, registered: list[str]) -> bool:
    """Whether an address is one of those registered, character for character; on loopback any port will do."""
    if address in registered:
        return True
    if not is_loopback(address):
        return False
    return _without_port(address) in {_without_port(known) for known in registered if is_loopback(known)}


def is_loopback(address: str) -> bool:
    """Whether an address is answered by a program on the person's own machine."""
    parts = _split(address)
    return parts is not None and parts.scheme == "http" and parts.hostname in _LOOPBACK


def _is_redirect_uri(address: str) -> bool:
    parts = _split(address)
    if parts is None:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname) and parts.username is None
    return is_loopback(address) or "." in parts.scheme


def _split(address: str) -> SplitResult | None:
    """The parts of an absolute address without a fragment, in printable ASCII; None for anything else."""
    if not address.isascii() or not address.isprintable() or set(address) & set(' #\\"<>'):
        return None
    try:
        parts = urlsplit(address)
        _ = parts.port  # reading the port is what checks it
    except ValueError:
        return None
    return parts if parts.scheme and (parts.netloc or parts.path) else None


def _without_port(address: str) -> tuple[str | None, str, str]:
    parts = urlsplit(address)
    return parts.hostname, parts.path, parts.query
