"""The embedded Valkey: behind a password, on a private socket, back again when it falls."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from taskyard.kit.embedded import EmbeddedError, EmbeddedValkey


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path)
    yield server
    await server.stop()


async def test_password_is_needed_and_not_on_the_command_line(server: EmbeddedValkey, tmp_path: Path) -> None:
    url = await server.start()
    assert await echo(url) == b"hello"
    with pytest.raises(RedisError, match="authenticated"):
        await echo(f"unix://{tmp_path}/run/valkey.sock")
    assert server._process is not None
    command = Path(f"/proc/{server._process.pid}/cmdline")
    assert not command.exists() or server._password.encode() not in command.read_bytes()


async def test_killed_server_comes_back_at_the_same_address(server: EmbeddedValkey) -> None:
    url = await server.start()
    assert server._process is not None
    server._process.kill()
    async with asyncio.timeout(15):
        while True:
            try:
                assert await echo(url) == b"hello"
                break
            except RedisError:
                await asyncio.sleep(0.05)


async def test_second_server_on_the_same_folder_is_refused(server: EmbeddedValkey, tmp_path: Path) -> None:
    await server.start()
    with pytest.raises(EmbeddedError, match="another Taskyard is already running"):
        await EmbeddedValkey(tmp_path).start()


async def test_nothing_is_kept(server: EmbeddedValkey, tmp_path: Path) -> None:
    client = Redis.from_url(await server.start())
    await client.set("key", "value")
    await client.aclose()
    await server.stop()
    again = EmbeddedValkey(tmp_path)
    client = Redis.from_url(await again.start())
    assert await client.get("key") is None
    await client.aclose()
    await again.stop()


async def echo(url: str) -> object:
    client = Redis.from_url(url, retry=None)
    try:
        return await client.echo("hello")
    finally:
        await client.aclose()
