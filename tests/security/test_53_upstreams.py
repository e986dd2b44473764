"""53: a service that fails is left alone, not stormed; and nobody is made to wait for it longer than said."""

import asyncio
import time

import pytest

from taskyard.kit.upstreams.breaker import GOOD_TRIALS, IN_A_ROW, LEAST, TRIAL_SECONDS
from tests.gateway.fault_proxy import Manner
from tests.gateway.ways import Asked, ways

SHED_SECONDS = 0.005


async def test_breaker_opens_sheds_lets_trials_through_and_closes() -> None:
    async with ways() as way:
        (network,) = way.networks
        network.manner = "swallow"
        await network.vanish()
        assert set(await way.ask_often(IN_A_ROW)) == {503}
        assert way.breaker == "open"
        await network.listen()

        began = time.process_time()
        shed = [await way.ask() for _ in range(100)]
        assert (time.process_time() - began) / 100 < SHED_SECONDS
        assert set(map(repr, shed)) == {repr(Asked(503, "unavailable", "1"))}
        assert network.methods == []

        network.manner = "pass"
        way.clock.now += 1.0
        assert await way.ask_often(GOOD_TRIALS) == [200] * GOOD_TRIALS
        assert way.breaker == "closed"
        assert await way.ask_often(5) == [200] * 5


async def test_one_trial_at_a_time_and_one_that_fails_opens_it_for_longer() -> None:
    async with ways() as way:
        (network,) = way.networks
        network.manner = "fail"
        await way.ask_often(IN_A_ROW, "POST")
        before = len(network.methods)
        way.clock.now += 1.0
        assert set(await way.ask_often(10, "POST")) == {502, 503}
        assert len(network.methods) == before + 1
        assert way.breaker == "open"
        way.clock.now += 1.0
        assert (await way.ask("POST")).retry_after == "1", "twice as long as before"
        assert len(network.methods) == before + 1


async def test_a_trial_that_hangs_holds_up_others_for_a_second_only() -> None:
    async with ways(seconds=1.0) as way:
        (network,) = way.networks
        network.manner = "fail"
        await way.ask_often(IN_A_ROW, "POST")
        network.manner = "swallow"
        way.clock.now += 1.0
        hanging = asyncio.ensure_future(way.ask("POST"))
        async with asyncio.timeout(10):
            while len(network.methods) == IN_A_ROW:  # noqa: ASYNC110 - until it came through the network
                await asyncio.sleep(0.01)
        assert set(await way.ask_often(10)) == {503}
        assert len(network.methods) == IN_A_ROW + 1
        network.manner = "pass"
        way.clock.now += TRIAL_SECONDS
        assert await way.ask_often(GOOD_TRIALS) == [200] * GOOD_TRIALS
        assert way.breaker == "closed"
        assert (await hanging).status == 504


async def test_breaker_opens_when_half_of_many_fail() -> None:
    async with ways() as way:
        (network,) = way.networks
        network.manner, network.every = "fail", 2
        statuses = await way.ask_often(LEAST + 10, "POST")
        assert statuses[:LEAST].count(502) == LEAST // 2
        assert way.breaker == "open"
    assert len(network.methods) == LEAST


async def test_a_service_that_says_when_to_come_again_is_not_left_alone() -> None:
    async with ways() as way:
        (network,) = way.networks
        network.manner, network.answer = "fail", b"503 Service Unavailable\r\nRetry-After: 1"
        await way.ask_often(LEAST, "POST")
        assert way.breaker == "closed"


@pytest.mark.parametrize(("count", "most"), [(100, 20), (5, 3)])
async def test_retries_are_a_fifth_of_the_requests_at_most(count: int, most: int) -> None:
    async with ways(2) as way:
        for network in way.networks:
            network.manner, network.answer = "fail", b"503 Service Unavailable\r\nRetry-After: 1"
        assert set(await way.ask_often(count)) == {503}
    assert len(way.methods) == count + most


@pytest.mark.parametrize("manner", ["reset", "fail"])
@pytest.mark.parametrize("key", ["", "a-key"])
async def test_a_post_that_was_sent_is_never_sent_again(manner: Manner, key: str) -> None:
    async with ways(2) as way:
        for network in way.networks:
            network.manner = manner
        asked = await way.ask("POST", body=b"{}", key=key)
    assert (asked.status, asked.code) == ((503, "outcome_unknown") if manner == "reset" else (502, ""))
    assert way.methods == ["POST"]


async def test_a_post_goes_elsewhere_where_nobody_took_it() -> None:
    async with ways(2) as way:
        await way.networks[0].vanish()
        for _ in range(5):
            assert (await way.ask("POST", body=b"{}")).status == 200
    assert way.networks[1].methods == ["POST"] * 5


@pytest.mark.parametrize("manner", ["swallow", "half", "drip"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_after_the_deadline_the_client_has_504_and_nobody_works_on(manner: Manner, method: str) -> None:
    async with ways(2, seconds=0.3) as way:
        for network in way.networks:
            network.manner = manner
        began = time.monotonic()
        asked = await way.ask(method)
        assert (asked.status, asked.code) == (504, "deadline_exceeded")
        assert time.monotonic() - began >= 0.3
        (network,) = (network for network in way.networks if network.methods)
        await asyncio.wait_for(network.abandoned.wait(), 5)
    assert way.methods == [method], "there is no time to ask elsewhere"


async def test_latency_within_the_deadline_is_no_failure() -> None:
    async with ways() as way:
        way.networks[0].delay = 0.15
        assert await way.ask_often(IN_A_ROW) == [200] * IN_A_ROW
        assert way.breaker == "closed"
