"""The addresses behind a service's name, of which there may be several, and others after a while."""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from taskyard.kit.setting_values import is_loopback


def is_resolved(url: str) -> bool:
    """Whether a URL is left to be connected to as it is: an address, this machine, or a name on a certificate."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or is_loopback(host):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def resolve(url: str) -> list[str]:
    """The same URL with each address of its name; those of IPv4 where there are any. Raises OSError."""
    parts = urlsplit(url)
    port = parts.port or 80
    found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    hosts = {family: sorted({str(to[0]) for kind, _, _, _, to in found if kind == family}) for family, *_ in found}
    inet = [f"{parts.scheme}://{host}:{port}{parts.path}" for host in hosts.get(socket.AF_INET, ())]
    return inet or [f"{parts.scheme}://[{host}]:{port}{parts.path}" for host in hosts.get(socket.AF_INET6, ())]
