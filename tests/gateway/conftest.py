"""A gateway over fake upstreams and the real Valkey, emptied before each test."""

from collections.abc import AsyncIterator

import httpx
import pytest
from redis.asyncio import Redis as Client

from taskyard.gateway.app import Gateway
from taskyard.kit.redis import Redis
from tests.gateway.fakes import build_gateway, client_of


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """Our way to an empty Valkey."""
    async with Client.from_url(redis_url) as client:
        await client.flushall()
    opened = Redis(redis_url)
    yield opened
    await opened.close()


@pytest.fixture
def gateway(redis: Redis) -> Gateway:
    """The gateway as it is by default."""
    return build_gateway(redis)


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A stranger at the gateway."""
    async with client_of(gateway) as opened:
        yield opened
