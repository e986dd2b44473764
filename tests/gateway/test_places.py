"""More than can be done: what matters most is let in first, a line never grows, and no is said at once."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from taskyard.gateway import places as module
from taskyard.gateway.places import Overloaded, Places
from taskyard.gateway.routes import Rank, rank_of
from taskyard.kit.asgi import Receive, Reply, Scope, Send, send_reply
from taskyard.kit.redis import Redis
from tests.gateway.fakes import build_gateway, client_of

ALICE = {"Authorization": "Bearer alice"}


class Slow:
    """An upstream that answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_answer = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        more = scope["method"] == "POST"
        while more:
            more = (await receive()).get("more_body", False)
        self.asked.append(scope["path"])
        await self.may_answer.wait()
        await send_reply(send, Reply(200, [], b"{}"))

    async def until(self, count: int) -> None:
        """Wait until so many requests have reached it."""
        async with asyncio.timeout(10):
            while len(self.asked) < count:  # noqa: ASYNC110 - what is waited for happens in the gateway
                await asyncio.sleep(0.001)


async def _eventually(places: Places, waiting: int) -> None:
    async with asyncio.timeout(10):
        while places.waiting != waiting:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)


@pytest.fixture
def places() -> Places:
    return Places(4)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
async def client(redis: Redis, places: Places, slow: Slow) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(build_gateway(redis, upstreams={"task": slow, "auth": slow}, places=places)) as client:
        client.headers.update(ALICE)
        yield client


async def hold(places: Places, rank: Rank, count: int) -> None:
    for _ in range(count):
        await places.take(rank)


async def test_what_matters_less_may_not_take_all_places(places: Places) -> None:
    await hold(places, Rank.BULK, 2)
    waiting = [asyncio.ensure_future(places.take(Rank.BULK)), asyncio.ensure_future(places.take(Rank.LISTS))]
    await asyncio.sleep(0)
    assert (places.in_use, places.waiting) == (3, 1)
    await hold(places, Rank.WORK, 1)
    await hold(places, Rank.ESSENTIAL, 1)
    assert places.in_use == 5
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_who_matters_more_is_let_in_first(places: Places) -> None:
    await hold(places, Rank.WORK, 4)
    let_in: list[str] = []

    async def come(name: str, rank: Rank) -> None:
        await places.take(rank)
        let_in.append(name)
        places.give_back()

    order = [("bulk", Rank.BULK), ("list", Rank.LISTS), ("first", Rank.WORK), ("second", Rank.WORK)]
    coming = [asyncio.ensure_future(come(*one)) for one in order]
    await _eventually(places, 4)
    for _ in range(4):
        places.give_back()
    await asyncio.gather(*coming)
    assert let_in == ["first", "second", "list", "bulk"]
    assert (places.in_use, places.waiting) == (0, 0)


async def test_a_burst_may_wait_and_a_standing_line_may_not(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BURST_SECONDS", 0.3)
    await hold(places, Rank.WORK, 4)
    loop = asyncio.get_running_loop()
    began = loop.time()
    first = asyncio.ensure_future(places.take(Rank.WORK))
    await asyncio.sleep(0.15)
    assert not first.done()
    late = asyncio.ensure_future(_refused_after(places))
    with pytest.raises(Overloaded):
        await first
    assert loop.time() - began >= 0.25
    assert await late >= 0.04
    assert (places.in_use, places.waiting) == (4, 0)


async def _refused_after(places: Places) -> float:
    began = asyncio.get_running_loop().time()
    with pytest.raises(Overloaded):
        await places.take(Rank.WORK)
    return asyncio.get_running_loop().time() - began


async def test_a_full_line_refuses_at_once_and_makes_room_for_what_matters_more() -> None:
    places = Places(1)
    await hold(places, Rank.WORK, 1)
    line = [asyncio.ensure_future(places.take(Rank.LISTS)) for _ in range(16)]
    await _eventually(places, 16)
    assert places.is_full_for(Rank.LISTS)
    assert not places.is_full_for(Rank.WORK)
    with pytest.raises(Overloaded):
        await places.take(Rank.LISTS)
    work = asyncio.ensure_future(places.take(Rank.WORK))
    await asyncio.wait([line[-1]])
    assert isinstance(line[-1].exception(), Overloaded)
    assert sum(task.done() for task in line) == 1
    places.give_back()
    await work
    for task in line:
        task.cancel()
    await asyncio.gather(*line, return_exceptions=True)


async def test_who_leaves_the_line_takes_no_place(places: Places) -> None:
    await hold(places, Rank.WORK, 4)
    leaving, staying = (asyncio.ensure_future(places.take(Rank.WORK)) for _ in range(2))
    await _eventually(places, 2)
    leaving.cancel()
    await asyncio.sleep(0)
    places.give_back()
    await staying
    assert places.in_use == 4
    late = asyncio.ensure_future(places.take(Rank.WORK))
    await _eventually(places, 1)
    places.give_back()
    late.cancel()  # its place came in the same moment
    await asyncio.gather(late, return_exceptions=True)
    assert places.in_use == 3


async def test_requests_are_worked_on_in_bounded_number(client: httpx.AsyncClient, places: Places, slow: Slow) -> None:
    lists = [asyncio.ensure_future(client.get("/api/v1/tasks")) for _ in range(10)]
    await slow.until(3)
    work = asyncio.ensure_future(client.get("/api/v1/tasks/1"))
    out = asyncio.ensure_future(client.post("/api/v1/auth/logout"))
    await slow.until(5)
    assert (await client.get("/live")).status_code == 200
    assert set(slow.asked[3:]) == {"/api/v1/tasks/1", "/api/v1/auth/logout"}
    slow.may_answer.set()
    assert {answer.status_code for answer in await asyncio.gather(*lists, work, out)} == {200}
    assert (places.in_use, places.waiting) == (0, 0)


async def test_sign_ins_have_places_of_their_own(redis: Redis, places: Places, slow: Slow) -> None:
    """They wait long for a hash: meanwhile lists go on, and no list keeps anybody from signing in."""
    upstreams = {"task": slow, "auth": slow}
    async with client_of(build_gateway(redis, upstreams=upstreams, places=places, enforced=False)) as client:
        sign_ins = [asyncio.ensure_future(client.post("/api/v1/auth/login", content=b"{}")) for _ in range(30)]
        await slow.until(30)
        client.headers.update(ALICE)
        lists = [asyncio.ensure_future(client.get("/api/v1/tasks")) for _ in range(3)]
        await slow.until(33)
        assert places.in_use == 3
        await hold(places, Rank.WORK, 1)
        places._most = 0
        late = asyncio.ensure_future(client.post("/api/v1/auth/login", content=b"{}"))
        await slow.until(34)
        slow.may_answer.set()
        assert {answer.status_code for answer in await asyncio.gather(*sign_ins, *lists, late)} == {200}


async def test_too_many_sign_ins_are_refused(redis: Redis, slow: Slow) -> None:
    sign_ins = Places(4)
    sign_ins._most = 0
    await hold(sign_ins, Rank.LISTS, 3)
    async with client_of(build_gateway(redis, upstreams={"auth": slow}, sign_in_places=sign_ins)) as client:
        async with asyncio.timeout(10):
            answer = await client.post("/api/v1/auth/login", content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert slow.asked == []


async def test_too_much_is_refused_before_anything_is_asked(redis: Redis, slow: Slow) -> None:
    places = Places(1)
    async with client_of(build_gateway(redis, upstreams={"task": slow, "auth": slow}, places=places)) as client:
        client.headers.update(ALICE)
        held = asyncio.ensure_future(client.get("/api/v1/tasks"))
        await slow.until(1)
        line = [asyncio.ensure_future(client.get("/api/v1/tasks")) for _ in range(16)]
        await _eventually(places, 16)
        refused = await client.get("/api/v1/tasks", headers={"Authorization": "Bearer mallory"})
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert int(refused.headers["retry-after"]) >= 1
        assert (await client.get("/ready")).status_code == 200
        slow.may_answer.set()
        assert {answer.status_code for answer in await asyncio.gather(held, *line)} == {200}
    assert (places.in_use, places.waiting) == (0, 0)


async def test_a_slow_sender_holds_no_place(client: httpx.AsyncClient, places: Places, slow: Slow) -> None:
    rest = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        await rest.wait()
        yield b"}"

    sending = [asyncio.ensure_future(client.post("/api/v1/tasks", content=slowly())) for _ in range(8)]
    slow.may_answer.set()
    assert (await client.get("/api/v1/tasks/1")).status_code == 200
    assert places.in_use == 0
    rest.set()
    assert {answer.status_code for answer in await asyncio.gather(*sending)} == {200}
    assert (places.in_use, places.waiting) == (0, 0)


async def test_a_slow_reader_and_a_stream_hold_no_place(redis: Redis, places: Places) -> None:
    may_end = asyncio.Event()

    async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await may_end.wait()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    gateway = build_gateway(redis, upstreams={"notification": stream}, places=places)
    async with client_of(gateway) as client:
        open_ones = [asyncio.ensure_future(client.get("/api/v1/events/stream")) for _ in range(20)]
        await asyncio.sleep(0.1)
        assert (places.in_use, places.waiting) == (0, 0)
        may_end.set()
        assert {answer.status_code for answer in await asyncio.gather(*open_ones)} == {200}


async def test_a_failing_service_keeps_no_place(redis: Redis, places: Places) -> None:
    async with client_of(build_gateway(redis, places=places)) as client:
        assert (await client.get("/api/v1/projects")).status_code == 500
    assert places.in_use == 0


async def test_who_leaves_before_an_answer_keeps_no_place(redis: Redis, places: Places) -> None:
    async def silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
        assert places.in_use == 1

    async with client_of(build_gateway(redis, upstreams={"task": silent}, places=places)) as client:
        with pytest.raises(AssertionError):  # httpx misses an answer
            await client.get("/api/v1/tasks")
    assert places.in_use == 0


async def test_a_full_house_refuses_a_body_that_has_come(redis: Redis, places: Places, slow: Slow) -> None:
    await hold(places, Rank.WORK, 4)
    places._most = 0
    async with client_of(build_gateway(redis, upstreams={"task": slow}, places=places)) as client:
        answer = await client.post("/api/v1/tasks", content=b"{}", headers=ALICE)
    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert slow.asked == []


@pytest.mark.parametrize(
    ("method", "path", "rank"),
    [
        ("POST", "/api/v1/auth/logout", Rank.ESSENTIAL),
        ("POST", "/oauth/sign-out", Rank.ESSENTIAL),
        ("GET", "/api/v1/tasks/1", Rank.WORK),
        ("GET", "/api/v1/boards/1/", Rank.WORK),
        ("POST", "/api/v1/tasks", Rank.WORK),
        ("DELETE", "/api/v1/tasks/1", Rank.WORK),
        ("POST", "/api/v1/tasks/1/attachments", Rank.WORK),
        ("GET", "/api/v1/tasks", Rank.LISTS),
        ("GET", "/api/v1/tasks/1/comments", Rank.LISTS),
        ("GET", "/api/v1/search", Rank.LISTS),
        ("POST", "/api/v1/auth/login", Rank.LISTS),
        ("GET", "/api/v1/reports/burndown", Rank.BULK),
        ("POST", "/api/v1/exports", Rank.BULK),
        ("POST", "/api/v1/tasks/batch", Rank.BULK),
    ],
)
def test_ranks(method: str, path: str, rank: Rank) -> None:
    assert rank_of(method, path) is rank
