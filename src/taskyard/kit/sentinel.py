"""Redis behind Sentinel: clients that ask the sentinels who the master is, anew for each connection."""

import asyncio
from typing import Any

from redis.asyncio import Redis as Client
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from taskyard.kit.redis_address import SentinelAddress


class Sentinels:
    """The sentinels of one deployment, asked anew for each connection."""

    def __init__(self, address: SentinelAddress, *, timeout: float) -> None:
        """Wait at most ``timeout`` seconds for each sentinel."""
        self._address = address
        options = {"socket_timeout": timeout, "socket_connect_timeout": timeout, "retry": Retry(NoBackoff(), 0)}
        self._sentinel = _OneQuestionAtATime(address.hosts, sentinel_kwargs={"password": address.password, **options})

    def client(self, **options: Any) -> Client:
        """Make a client whose connections go to the master of the moment."""
        made: Client = self._sentinel.master_for(self._address.name, password=self._address.password, **options)
        return made

    async def close(self) -> None:
        """Close the connections to the sentinels; clients are closed by whoever asked for them."""
        await self._sentinel.aclose()


class _OneQuestionAtATime(Sentinel):
    """The library moves who answered to the front of its list; two questions at once would lose one from it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)  # type: ignore[no-untyped-call] # no types there
        self._turn = asyncio.Lock()

    async def discover_master(self, service_name: str) -> tuple[str, int]:
        """Give host and port of the master; raises MasterNotFoundError."""
        async with self._turn:
            host, port = await super().discover_master(service_name)
        return host, port
