"""Three Valkeys with their Sentinels, configured by the script of the manifests, as three addresses of this machine.

The pods have the same ports and names of their own; here the names are loopback addresses.
"""

import asyncio
import contextlib
import ipaddress
import os
import platform
import re
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from scripts.render_manifests import KUBERNETES
from taskyard.kit.embedded.valkey import _binary
from taskyard.kit.redis import Redis, RedisDown, Script
from taskyard.kit.redis_address import SentinelAddress
from taskyard.kit.sentinel import Sentinels

SCRIPT = KUBERNETES / "base/valkey/configure.sh"
SET = Script("return redis.call('SET', KEYS[1], ARGV[1])")
PASSWORD = secrets.token_hex(12)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(platform.system() != "Linux", reason="needs more loopback addresses than one"),
]


class Pod:
    """One Valkey and its Sentinel at an address of their own."""

    def __init__(self, address: str, folder: Path, path: str) -> None:
        self.address = address
        self._folder = folder
        self._environment = {"PATH": path, "SELF": address, "FOLDER": str(folder), "REDISCLI_AUTH": PASSWORD}
        self._running: list[subprocess.Popen[bytes]] = []

    def configure(self, peers: str) -> str:
        """Run the script as the pod's first container does, and give what it wrote for Valkey."""
        self._folder.mkdir(exist_ok=True)
        environment = self._environment | {"PEERS": peers, "BIND": self.address}
        subprocess.run(["/bin/sh", str(SCRIPT)], env=environment, check=True, timeout=60)
        hurry = self._folder / "sentinel.conf"
        hurry.write_text(hurry.read_text().replace("taskyard 5000", "taskyard 500"))
        return (self._folder / "valkey.conf").read_text()

    def start(self) -> None:
        """Start both."""
        with (self._folder / "log").open("ab") as log:
            for arguments in (["valkey.conf"], ["sentinel.conf", "--sentinel"]):
                command = [str(_binary()), str(self._folder / arguments[0]), *arguments[1:]]
                self._running.append(subprocess.Popen(command, stdout=log, stderr=log))

    def kill(self) -> None:
        """End both at once, without a word."""
        for process in self._running:
            process.kill()
            process.wait()
        self._running.clear()


def _tools(folder: Path) -> str:
    """A PATH on which the machine's command line client has the name it has in the image."""
    client = shutil.which("valkey-cli") or shutil.which("redis-cli")
    if client is None:
        assert not os.environ.get("TASKYARD_TEST_REQUIRE_TOOLS"), "redis-cli is not installed"
        pytest.skip("redis-cli is not installed (on Debian: apt install redis-tools)")
    (folder / "valkey-cli").symlink_to(client)
    return f"{folder}:{os.environ['PATH']}"


@pytest.fixture
def pods(tmp_path: Path) -> Iterator[list[Pod]]:
    """Three pods, the first of which becomes the master; nothing else of this machine has their addresses."""
    path = _tools(tmp_path)
    first = ipaddress.ip_address(f"127.{secrets.randbelow(200) + 20}.{secrets.randbelow(250)}.10")
    addresses = [str(first + place) for place in range(3)]
    made = [Pod(address, tmp_path / address, path) for address in addresses]
    for pod in made:
        pod.configure(" ".join(addresses))
        pod.start()
    yield made
    for pod in made:
        pod.kill()


@pytest.fixture
async def redis(pods: list[Pod]) -> AsyncIterator[Redis]:
    hosts = ",".join(f"{pod.address}:26379" for pod in pods)
    opened = Redis(f"redis+sentinel://:{PASSWORD}@{hosts}/taskyard")
    yield opened
    await opened.close()


async def _eventually_writes(redis: Redis, seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(RedisDown):
                await redis.run(SET, ["key"], ["value"], timeout=1)
                return
            await asyncio.sleep(0.05)


def _told(pod: Pod, *command: str, password: str = PASSWORD) -> str:
    client = shutil.which("redis-cli") or shutil.which("valkey-cli") or ""
    environment = {"REDISCLI_AUTH": password} if password else {}
    arguments = [client, "-h", pod.address, *command]
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False).stdout


async def _eventually_all_know_each_other(pods: list[Pod]) -> None:
    """Until a Sentinel has heard of both replicas and both other Sentinels, it cannot lead a change."""
    async with asyncio.timeout(40):
        while True:
            known = [_told(pod, "-p", "26379", "sentinel", "masters") for pod in pods]
            if all(re.search(r"num-slaves\n2\nnum-other-sentinels\n2\n", text) for text in known):
                return
            await asyncio.sleep(0.2)


async def test_master_is_replaced_and_comes_back_as_replica(pods: list[Pod], redis: Redis) -> None:
    await _eventually_writes(redis)
    await _eventually_all_know_each_other(pods)
    pods[0].kill()
    with pytest.raises(RedisDown):
        await redis.run(SET, ["key"], ["value"], timeout=1)
    await _eventually_writes(redis)
    configuration = pods[0].configure(" ".join(pod.address for pod in pods))
    assert re.search(rf"^replicaof ({pods[1].address}|{pods[2].address}) 6379$", configuration, re.MULTILINE)


async def test_hints_arrive_again_after_the_change(pods: list[Pod], redis: Redis) -> None:
    heard = asyncio.Event()
    await _eventually_writes(redis)
    await _eventually_all_know_each_other(pods)
    redis.subscribe({"hint": lambda _: heard.set()})
    pods[0].kill()
    async with asyncio.timeout(40):
        while not heard.is_set():
            with contextlib.suppress(RedisDown):
                await redis.ping()
            redis.publish("hint", "now")
            await asyncio.sleep(0.1)


async def test_wrong_password_opens_nothing(pods: list[Pod]) -> None:
    stranger = Redis(f"redis+sentinel://:wrong@{pods[0].address}:26379/taskyard")
    with pytest.raises(RedisDown):
        await stranger.run(SET, ["key"], ["value"], timeout=1)
    assert "NOAUTH" in _told(pods[0], "ping", password="")
    await stranger.close()


async def test_no_sentinel_is_forgotten_when_many_ask_at_once(pods: list[Pod], redis: Redis) -> None:
    await _eventually_writes(redis)
    hosts = tuple((pod.address, 26_379) for pod in pods)
    # the first in the list does not answer, so that every question goes on to the next
    pods[0].kill()
    sentinels = Sentinels(SentinelAddress(hosts, "taskyard", PASSWORD), timeout=0.25)
    questions = (sentinels._sentinel.discover_master("taskyard") for _ in range(20))
    await asyncio.gather(*questions, return_exceptions=True)
    known = {client.connection_pool.connection_kwargs["host"] for client in sentinels._sentinel.sentinels}
    await sentinels.close()
    assert known == {pod.address for pod in pods}
