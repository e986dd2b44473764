"""A service at several addresses: what one of them cannot answer another one does, where that is safe."""

import pytest

from taskyard.kit.asgi import Receive, Reply, Scope, Send, ask, send_reply
from taskyard.kit.upstreams import upstream as upstream_module
from taskyard.kit.upstreams.addresses import IN_A_ROW
from taskyard.kit.upstreams.upstream import Upstream
from tests.gateway.ways import PATH, Way, ways


async def test_every_address_gets_requests() -> None:
    async with ways(3) as way:
        assert await way.ask_often(60) == [200] * 60
    assert all(network.methods for network in way.networks)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_address_where_nobody_listens_costs_no_request(method: str) -> None:
    async with ways(2) as way:
        await way.networks[0].vanish()
        assert await way.ask_often(40, method) == [200] * 40
    assert way.networks[1].methods == [method] * 40


async def test_an_address_that_fails_again_and_again_is_left_out() -> None:
    async with ways(2) as way:
        fail(way, 0, IN_A_ROW - 1)
        with way.upstream.visit(way.upstream.addresses[0], is_trial=False) as visit:
            visit.note_answer(200, retry_after=None)
        fail(way, 0, IN_A_ROW - 1)
        assert not way.upstream.addresses[0].is_out, "an answer between them"
        fail(way, 0, 1)
        assert way.upstream.addresses[0].is_out
        await way.ask_often(20)
    assert way.networks[0].methods == []


async def test_an_address_comes_back_when_a_probe_finds_it_well() -> None:
    async with ways(2) as way:
        await way.networks[0].vanish()
        fail(way, 0, IN_A_ROW)
        way.clock.now += 2
        await way.proxy.look()
        assert way.upstream.addresses[0].is_out
        await way.networks[0].listen()
        way.clock.now += 1
        await way.proxy.look()
        assert way.upstream.addresses[0].is_out, "its time is longer after a probe that failed"
        way.clock.now += 3
        await way.proxy.look()
        assert not way.upstream.addresses[0].is_out
        await way.ask_often(20)
    assert len(way.networks[0].methods) > 1, "a probe, and requests again"


async def test_no_more_than_half_of_the_addresses_are_left_out() -> None:
    async with ways(3) as way:
        for place in range(3):
            fail(way, place, IN_A_ROW)
    assert [address.is_out for address in way.upstream.addresses].count(True) == 1


@pytest.mark.parametrize(
    ("method", "key", "status"), [("GET", "", 200), ("PUT", "k", 200), ("DELETE", "k", 200), ("PUT", "", 503)]
)
async def test_a_cut_connection_is_made_up_for_elsewhere_where_that_is_safe(method: str, key: str, status: int) -> None:
    async with ways(2) as way:
        way.networks[0].manner = "reset"
        while "reset" in {network.manner for network in way.networks if not network.methods}:
            asked = await way.ask(method, key=key)
    assert asked.status == status
    assert len(way.networks[0].methods) == 1


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 503)])
async def test_half_an_answer_is_none(method: str, status: int) -> None:
    async with ways() as way:
        way.networks[0].manner, way.networks[0].every = "cut", 2
        await way.ask(method)
        assert (await way.ask(method)).status == status
    assert len(way.methods) == (3 if status == 200 else 2)


async def test_a_cut_connection_is_tried_once_more_where_there_is_but_one_address() -> None:
    async with ways() as way:
        way.networks[0].manner, way.networks[0].every = "reset", 2
        assert await way.ask_often(3) == [200] * 3
    assert len(way.methods) == 5


async def test_an_address_that_asks_for_time_is_spared() -> None:
    async with ways(2) as way:
        tired, well = way.networks
        tired.manner, tired.answer = "fail", b"503 Service Unavailable\r\nRetry-After: 3"
        while not tired.methods:
            assert (await way.ask()).status == 200
        before = len(well.methods)
        await way.ask_often(10)
        assert (len(tired.methods), len(well.methods)) == (1, before + 10)
        way.clock.now += 4
        tired.manner = "pass"
        await way.ask_often(20)
    assert len(tired.methods) > 1


async def test_an_address_that_says_it_closes_is_left_for_a_while() -> None:
    async def leaving(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send_reply(send, Reply(200, [(b"connection", b"close")], b""))

    async with ways(2, app=leaving) as way:
        await way.ask_often(2)
        rested = [address.rests(way.clock.now) for address in way.upstream.addresses]
        way.clock.now += 20
    assert rested == [True, True]
    assert not way.upstream.addresses[0].rests(way.clock.now)


async def test_the_only_address_answers_for_itself() -> None:
    async with ways() as way:
        way.networks[0].manner, way.networks[0].answer = "fail", b"503 Service Unavailable\r\nRetry-After: 7"
        reply = await ask(way.proxy, PATH)
    assert (reply.status, dict(reply.headers)[b"retry-after"]) == (503, b"7")
    assert len(way.methods) == 1


def fail(way: Way, place: int, times: int) -> None:
    """Let an address answer with mistakes of its own."""
    for _ in range(times):
        with way.upstream.visit(way.upstream.addresses[place], is_trial=False) as visit:
            visit.note_answer(500, retry_after=None)


async def test_names_are_resolved_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ["http://10.0.0.1:3002"]

    async def resolve(_url: str) -> list[str]:
        if not found:
            raise OSError("no name server")
        return found

    async def well(_address: object) -> bool:
        return True

    def known() -> dict[str, bool]:
        return {address.url: address.is_out for address in upstream.addresses}

    monkeypatch.setattr(upstream_module, "resolve", resolve)
    now = 100.0
    upstream = Upstream("task", ["http://tasks:3002"], clock=lambda: now)
    await upstream.look(well)
    assert known() == {"http://10.0.0.1:3002": False}
    assert upstream.addresses[0].name == "tasks:3002"

    found.append("http://10.0.0.2:3002")
    await upstream.look(well)
    assert len(known()) == 1, "not before its time"
    now += upstream_module.RESOLVE_SECONDS
    await upstream._resolve()
    assert known() == {"http://10.0.0.1:3002": False, "http://10.0.0.2:3002": True}, "a new one is probed first"
    await upstream.look(well)
    assert known() == {"http://10.0.0.1:3002": False, "http://10.0.0.2:3002": False}

    found.clear()
    now += upstream_module.RESOLVE_SECONDS
    await upstream.look(well)
    assert len(known()) == 2, "what was known stays while nobody can say"
    found[:] = ["http://10.0.0.2:3002"]
    now += upstream_module.RESOLVE_SECONDS
    await upstream.look(well)
    assert set(known()) == {"http://10.0.0.2:3002"}
