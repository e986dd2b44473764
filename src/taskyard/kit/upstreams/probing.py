"""Asking an address that was left out whether it is well again."""

from typing import TYPE_CHECKING

from taskyard.kit.upstreams.addresses import Address

if TYPE_CHECKING:
    import aiohttp

PROBE_SECONDS = 2.0


async def is_ready(session: "aiohttp.ClientSession", address: Address) -> bool:
    """Whether a service at an address says that it is ready."""
    import aiohttp  # noqa: PLC0415 - a sixth of the start, and in one process nobody is probed

    headers = {"Host": address.name} if address.name else {}
    timeout = aiohttp.ClientTimeout(total=PROBE_SECONDS)
    try:
        async with session.get(
            f"{address.url}/ready", headers=headers, allow_redirects=False, timeout=timeout
        ) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False
