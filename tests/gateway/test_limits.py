"""Rate limits: exact under parallel calls, kept when Redis is away, told on every answer."""

import asyncio
import os
import re
import signal
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis as Client

from taskyard.gateway import limits
from taskyard.gateway.limits import Check, Limiter, LocalBuckets
from taskyard.gateway.policies import POLICIES, Policies, Policy, PolicyName
from taskyard.gateway.routes import class_of
from taskyard.kit.embedded.valkey import EmbeddedValkey
from taskyard.kit.principal import Principal
from taskyard.kit.redis import Redis
from tests.gateway.fakes import build_gateway, client_of

ALICE = Principal(id="alice")
TIGHT: dict[PolicyName, Policy] = {**POLICIES, "read": Policy("read", 20, 600), "sign_in": Policy("sign_in", 5, 600)}


@pytest.fixture
def limiter(redis: Redis) -> Limiter:
    return Limiter(redis, policies=Policies(TIGHT))


async def test_of_ten_times_as_many_exactly_the_quota_passes(redis: Redis) -> None:
    async with client_of(build_gateway(redis, policies=TIGHT)) as client:
        headers = {"Authorization": "Bearer alice"}
        answers = await asyncio.gather(*(client.get("/api/v1/tasks", headers=headers) for _ in range(200)))
    assert Counter(answer.status_code for answer in answers) == {200: 20, 429: 180}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["code"] == "too_many_requests"
    assert 0 < int(refused.headers["retry-after"]) <= 30
    assert refused.headers["ratelimit-policy"] == '"read";q=20;w=600'
    assert re.fullmatch(r'"read";r=0;t=\d+', refused.headers["ratelimit"])


async def test_two_processes_share_one_quota(redis: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REDIS_SECONDS", 5.0)  # on a busy machine each would count for itself, as it should
    other = Redis(redis_url)
    limiters = [Limiter(redis, policies=Policies(TIGHT)), Limiter(other, policies=Policies(TIGHT))]
    decisions = await asyncio.gather(*(_read(limiters[number % 2]) for number in range(100)))
    await other.close()
    assert sum(decisions) == 20


async def test_people_do_not_share_a_quota(limiter: Limiter) -> None:
    for _ in range(20):
        assert await _read(limiter)
    assert not await _read(limiter)
    assert await _read(limiter, Principal(id="bob"))


async def test_refused_request_takes_from_no_bucket(redis: Redis) -> None:
    address = Policy("address", 30, 600)
    limiter = Limiter(redis, policies=Policies({**TIGHT, "address": address}))
    passed = [await _read(limiter) for _ in range(50)]
    assert sum(passed) == 20
    assert sum([await _read(limiter, Principal(id="bob")) for _ in range(20)]) == 10


async def test_quota_comes_back(redis: Redis) -> None:
    limiter = Limiter(redis, policies=Policies({**TIGHT, "read": Policy("read", 10, 1)}))
    assert sum([await _read(limiter) for _ in range(11)]) >= 10
    await asyncio.sleep(0.35)
    assert sum([await _read(limiter) for _ in range(3)]) == 3


async def test_sign_in_is_strict_and_by_address(redis: Redis) -> None:
    gateway = build_gateway(redis, policies=TIGHT)
    async with client_of(gateway, "198.51.100.1") as client, client_of(gateway, "198.51.100.2") as neighbour:
        statuses = [(await client.post("/api/v1/auth/login")).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]
        assert (await client.get("/api/v1/tasks")).status_code == 200
        assert (await neighbour.post("/api/v1/auth/login")).status_code == 200


async def test_what_is_public_has_a_limit_of_its_own_by_address(redis: Redis) -> None:
    gateway = build_gateway(redis, policies={**TIGHT, "public": Policy("public", 5, 600)})
    async with client_of(gateway, "198.51.100.1") as client, client_of(gateway, "198.51.100.2") as neighbour:
        callers = [{}, {"Authorization": "Bearer alice"}, {"Authorization": "Bearer bob"}]
        statuses = [
            (await client.get("/api/v1/public/tasks", headers=caller)).status_code
            for caller in callers
            for _ in range(2)
        ]
        assert statuses == [200] * 5 + [429]
        assert (await client.get("/api/v1/tasks")).status_code == 200
        assert (await neighbour.get("/api/v1/public/tasks")).status_code == 200


async def test_spoofed_addresses_change_no_limit(redis: Redis) -> None:
    async with client_of(build_gateway(redis, policies=TIGHT)) as client:
        answers = [
            await client.post("/api/v1/auth/login", headers={"X-Forwarded-For": f"10.0.0.{number}"})
            for number in range(6)
        ]
    assert answers[-1].status_code == 429


async def test_limits_that_are_off_only_count(redis: Redis) -> None:
    async with client_of(build_gateway(redis, policies=TIGHT, enforced=False)) as client:
        answers = [await client.post("/api/v1/auth/login") for _ in range(8)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[-1].headers["x-ratelimit-remaining"] == "0"


async def test_flushed_and_forgetful_redis_refuses_nothing(limiter: Limiter, redis_url: str) -> None:
    async with Client.from_url(redis_url) as server:
        assert await _read(limiter)
        await server.flushall()
        assert await _read(limiter)
        await server.script_flush()
        assert await _read(limiter)


async def test_without_redis_the_same_quota_holds_here() -> None:
    limiter = Limiter(Redis(""), policies=Policies(TIGHT))
    assert sum(await asyncio.gather(*(_read(limiter) for _ in range(200)))) == 20


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
async def test_vanishing_redis_refuses_nobody(tmp_path: Path, number: signal.Signals) -> None:
    server = EmbeddedValkey(tmp_path)
    redis = Redis(await server.start())
    try:
        async with client_of(build_gateway(redis)) as client:
            before = await client.get("/api/v1/tasks")
            os.kill(_process_id(server), number)
            began = time.monotonic()
            answers = [await client.get("/api/v1/tasks") for _ in range(50)]
            seconds = time.monotonic() - began
    finally:
        await redis.close()
        if number is signal.SIGSTOP:
            os.kill(_process_id(server), signal.SIGCONT)
        await server.stop()
    assert {answer.status_code for answer in (before, *answers)} == {200}
    assert "ratelimit" in answers[-1].headers
    assert seconds < 1.5


async def test_losing_redis_gives_no_second_quota(redis: Redis) -> None:
    limiter = Limiter(redis, policies=Policies(TIGHT))
    before = [await _read(limiter) for _ in range(15)]
    redis.is_down = True
    after = [await _read(limiter) for _ in range(15)]
    redis.is_down = False
    assert (sum(before), sum(after)) == (15, 5)


async def test_impatient_client_does_not_disturb_the_others(limiter: Limiter) -> None:
    calls = [asyncio.ensure_future(_read(limiter)) for _ in range(10)]
    await asyncio.sleep(0)
    calls[0].cancel()
    assert all(await asyncio.gather(*calls[1:]))


async def test_headers_count_down(client: httpx.AsyncClient) -> None:
    first, second = [await client.get("/api/v1/tasks") for _ in range(2)]
    policy, quota = first.headers["ratelimit-policy"], POLICIES["anonymous"].quota
    assert policy == f'"anonymous";q={quota};w={POLICIES["anonymous"].window}'
    assert first.headers["x-ratelimit-limit"] == str(quota)
    assert int(second.headers["x-ratelimit-remaining"]) == int(first.headers["x-ratelimit-remaining"]) - 1
    assert abs(int(first.headers["x-ratelimit-reset"]) - time.time()) < 5


def test_local_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.gateway.limits._LOCAL_KEYS", 10)
    buckets = LocalBuckets()
    for number in range(100):
        buckets.take([Check(TIGHT["read"], str(number))])
    assert len(buckets._arrivals) <= 11


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/api/v1/auth/login", "sign_in"),
        ("GET", "/api/v1/auth/login", "read"),
        ("POST", "/api/v1/tasks", "write"),
        ("HEAD", "/api/v1/tasks", "read"),
        ("GET", "/api/v1/auth/federated", "read"),
        ("GET", "/api/v1/public/tasks", "public"),
        ("POST", "/api/v1/public/tasks", "public"),
        ("GET", "/api/v1/publicity", "read"),
        ("POST", "/api/v1/auth/federated/acme", "sign_in"),
        ("POST", "/api/v1/auth/federated/acme/begin/", "sign_in"),
        ("GET", "/oauth/sign-in/with/acme", "sign_in"),
        ("GET", "/oauth/sign-in/with/acme/callback", "sign_in"),
    ],
)
def test_route_class(method: str, path: str, expected: str) -> None:
    assert class_of(method, path) == expected


async def _read(limiter: Limiter, principal: Principal = ALICE) -> bool:
    decision = await limiter.check(address="203.0.113.7", principal=principal, route_class="read")
    return decision.allowed


def _process_id(server: EmbeddedValkey) -> int:
    assert server._process is not None
    return server._process.pid


async def test_a_bug_in_the_limits_leaves_nobody_waiting(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nonsense(*_: object, **__: object) -> list[str]:
        return ["nonsense"]

    limiter = Limiter(redis, policies=Policies(TIGHT))
    monkeypatch.setattr(redis, "run", nonsense)
    async with asyncio.timeout(5):
        for _ in range(2):
            with pytest.raises(ValueError, match="nonsense"):
                await _read(limiter)
