"""Redis may stop, hang, forget and come back; nobody who can do without it notices."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis as Client

from taskyard.kit.embedded.valkey import SOCKET, EmbeddedValkey
from taskyard.kit.redis import Redis, RedisDown, Script

ADD = Script("return ARGV[1] + 1")
KEEP = Script("redis.call('SET', KEYS[1], ARGV[1]) return ARGV[1]")


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[EmbeddedValkey]:
    """A Valkey of our own, to be treated badly."""
    server = EmbeddedValkey(tmp_path)
    yield server
    await server.stop()


@pytest.fixture
async def redis(valkey: EmbeddedValkey) -> AsyncIterator[Redis]:
    opened = Redis(await valkey.start())
    yield opened
    await opened.close()


@pytest.fixture
async def successor(valkey: EmbeddedValkey, tmp_path: Path) -> AsyncIterator[EmbeddedValkey]:
    """A second one with the same password, to take the first one's place."""
    server = EmbeddedValkey(tmp_path / "successor")
    server._password = valkey._password
    await server.start()
    yield server
    await server.stop()


async def _eventually(condition: Callable[[], object], seconds: float = 8) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - a test that polls
            await asyncio.sleep(0.02)


async def _fail_over(before: EmbeddedValkey, after: EmbeddedValkey) -> None:
    """Make one server a replica that keeps its connections, and let its address lead to the other."""
    assert before._folder is not None
    assert after._folder is not None
    address = before._folder / SOCKET
    async with Client(unix_socket_path=str(address), password=before._password) as server:
        await server.replicaof("127.0.0.1", 1)
    address.unlink()
    address.symlink_to(after._folder / SOCKET)


def _send_signal(valkey: EmbeddedValkey, number: signal.Signals) -> None:
    assert valkey._process is not None
    os.kill(valkey._process.pid, number)


async def test_script_runs_also_after_the_server_forgot_it(redis_url: str) -> None:
    redis = Redis(redis_url)
    assert await redis.run(ADD, [], [1], timeout=1) == 2
    async with Client.from_url(redis_url) as server:
        await server.script_flush()
    assert await redis.run(ADD, [], [2], timeout=1) == 3
    await redis.close()


async def test_hanging_server_costs_one_short_wait_and_comes_back(valkey: EmbeddedValkey, redis: Redis) -> None:
    await redis.ping()
    _send_signal(valkey, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(RedisDown):
        await redis.run(ADD, [], [1], timeout=0.05)
    for _ in range(100):
        with pytest.raises(RedisDown):
            await redis.run(ADD, [], [1], timeout=0.05)
    assert time.monotonic() - began < 2
    _send_signal(valkey, signal.SIGCONT)
    await _eventually(lambda: not redis.is_down)
    assert await redis.run(ADD, [], [1], timeout=1) == 2


async def test_killed_server_is_found_again(valkey: EmbeddedValkey, redis: Redis) -> None:
    await redis.ping()
    _send_signal(valkey, signal.SIGKILL)
    await asyncio.sleep(0.05)
    with pytest.raises(RedisDown):
        await redis.ping()
    await _eventually(lambda: not redis.is_down)
    await redis.ping()


async def test_address_that_leads_to_another_server_is_followed(
    valkey: EmbeddedValkey, successor: EmbeddedValkey, redis: Redis
) -> None:
    assert await redis.run(KEEP, ["place"], ["first"], timeout=1) == "first"
    await _fail_over(valkey, successor)
    with pytest.raises(RedisDown):
        await redis.run(KEEP, ["place"], ["lost"], timeout=1)
    await _eventually(lambda: not redis.is_down)

    assert await redis.run(KEEP, ["place"], ["second"], timeout=1) == "second"


async def test_absent_server_loses_hints_in_silence() -> None:
    for redis in (Redis("redis://127.0.0.1:1"), Redis("")):
        redis.subscribe({"news": print})
        redis.publish("news", "lost")
        await asyncio.sleep(0.05)
        with pytest.raises(RedisDown):
            await redis.ping()
        assert redis.is_down
        await redis.close()


async def test_hint_reaches_every_listener(redis_url: str) -> None:
    sender, receiver, heard = Redis(redis_url), Redis(redis_url), list[str]()
    receiver.subscribe({"news": heard.append, "other": lambda _: None})
    await _until_subscribed(redis_url, "news")
    sender.publish("news", "one")
    sender.publish("news", "one")
    sender.publish("news", "two")
    await _eventually(lambda: len(heard) == 2)
    assert heard == ["one", "two"]
    await sender.close()
    await receiver.close()


async def test_faulty_listener_does_not_end_the_subscription(redis_url: str) -> None:
    redis, heard = Redis(redis_url), list[str]()

    def listen(text: str) -> None:
        heard.append(text)
        raise ValueError(text)

    redis.subscribe({"faulty": listen})
    await _until_subscribed(redis_url, "faulty")
    redis.publish("faulty", "one")
    redis.publish("faulty", "two")
    try:
        await _eventually(lambda: heard == ["one", "two"])
    finally:
        await redis.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_subscription_outlives_the_server(valkey: EmbeddedValkey, redis: Redis, number: signal.Signals) -> None:
    heard = list[str]()
    redis.subscribe({"news": heard.append})
    await asyncio.sleep(0.2)
    _send_signal(valkey, number)
    await asyncio.sleep(4.6 if number == signal.SIGSTOP else 0.2)
    if number == signal.SIGSTOP:
        _send_signal(valkey, signal.SIGCONT)

    def publish_again() -> bool:
        redis.publish("news", str(time.monotonic()))
        return bool(heard)

    await _eventually(publish_again)


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
async def test_process_that_asks_nothing_notices_too(
    valkey: EmbeddedValkey, redis: Redis, number: signal.Signals
) -> None:
    redis.subscribe({"news": lambda _: None})
    await redis.ping()
    await asyncio.sleep(0.2)
    _send_signal(valkey, number)
    await _eventually(lambda: redis.is_down)
    if number == signal.SIGSTOP:
        _send_signal(valkey, signal.SIGCONT)
    await _eventually(lambda: not redis.is_down)


async def test_closing_ends_everything_at_once(redis_url: str) -> None:
    redis = Redis(redis_url)
    redis.subscribe({"news": print})
    redis.publish("news")
    began = time.monotonic()
    await redis.close()
    redis.publish("news")
    assert time.monotonic() - began < 2
    assert not redis._tasks


async def _until_subscribed(redis_url: str, channel: str) -> None:
    async with asyncio.timeout(3), Client.from_url(redis_url) as server:
        while not (await server.pubsub_numsub(channel))[0][1]:  # noqa: ASYNC110 - a test that polls
            await asyncio.sleep(0.02)
