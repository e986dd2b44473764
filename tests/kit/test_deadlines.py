"""A service does not work on for those who have stopped waiting, nor do those whom it asks."""

import asyncio
from typing import Any, Protocol

import msgspec
import pytest
from joserfc.jwk import OKPKey
from litestar import get
from litestar.types import ControllerRouterHandler

from taskyard.kit.asgi import App, Message, Receive, Reply, Scope, Send, ask, send_reply
from taskyard.kit.calls import RemoteCalls
from taskyard.kit.database import Database
from taskyard.kit.deadlines import LONGEST, WAY_BACK, answer_within, read_deadline, write_deadline
from taskyard.kit.door import ServiceDoor
from taskyard.kit.http import build_service
from taskyard.kit.identity import Identity
from taskyard.kit.principal import Principal
from taskyard.kit.problems import DeadlineExceeded
from taskyard.kit.tokens import AssertionSigner
from tests.gateway.servers import free_port, serving, upstream_at

HEADER = b"taskyard-deadline"


class Anybody(Identity):
    """Takes every request for one of the project service."""

    def __init__(self) -> None:
        pass

    async def authenticate(self, scope: Any) -> Principal:  # noqa: ARG002 - as its parent
        return Principal(id="project", kind="service")

    async def client_address(self, scope: Any) -> None:
        """Nobody says."""


class Heads(Protocol):
    async def find_deadline(self) -> float: ...


def door(*handlers: ControllerRouterHandler) -> App:
    """A service in a process of its own, as far as it can tell."""
    return ServiceDoor(build_service(title="a", handlers=list(handlers), provided={}), Anybody())


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, None), (b"1500", 1.5), (b"0", 0.0), (b"-5", None), (b"soon", None), (b"9" * 12, None), (b"700000", None)],
)
def test_only_a_sensible_time_is_a_deadline(value: bytes | None, seconds: float | None) -> None:
    assert read_deadline(value) == seconds


@pytest.mark.parametrize(("left", "told"), [(1.0, 1.0 - WAY_BACK), (0.1, 0.05), (0.001, 0.001), (LONGEST, 599.95)])
def test_the_next_hop_has_a_little_less(left: float, told: float) -> None:
    assert read_deadline(write_deadline(left).encode()) == pytest.approx(told, abs=0.001)


async def test_a_statement_ends_with_its_deadline(databases: dict[str, Database]) -> None:
    @get("/slow")
    async def sleep() -> None:
        await databases["task"].execute("SELECT pg_sleep(60) /* nobody waits */")

    reply = await ask(door(sleep), "/slow", headers=[(HEADER, b"300")])
    assert reply.status == 504
    assert msgspec.json.decode(reply.body)["code"] == "deadline_exceeded"
    await until_nobody_runs(databases["owner"], "nobody waits")
    assert databases["task"].pool.in_use == 0


async def until_nobody_runs(database: Database, words: str) -> None:
    """Wait until PostgreSQL has ended every statement with these words."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid()"
    async with asyncio.timeout(5):
        while await database.fetch_value(f"{asked} AND state = 'active'", words):  # noqa: ASYNC110 - another process ends it
            await asyncio.sleep(0.02)


async def test_an_answer_that_has_begun_is_not_cut_off() -> None:
    sent: list[Message] = []

    async def streaming(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.1)
        await send({"type": "http.response.body", "body": b"late", "more_body": False})

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def keep(message: Message) -> None:
        sent.append(message)

    await answer_within(0.03, streaming, {}, receive, keep)
    assert sent[-1]["body"] == b"late"


async def test_a_time_limit_of_an_application_is_its_own_matter() -> None:
    async def failing(*_: object) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await answer_within(5, failing, {}, _never, _never)
    with pytest.raises(DeadlineExceeded):
        await answer_within(0.01, lambda *_: asyncio.sleep(5), {}, _never, _never)


async def _never(*_: object) -> Any:
    raise NotImplementedError


async def test_whoever_is_asked_has_less_time_than_who_asks() -> None:
    told: list[int] = []

    async def auth(scope: Scope, _receive: Receive, send: Send) -> None:
        told.append(int(dict(scope["headers"])[HEADER]))
        await send_reply(send, Reply(200, [], b"1.5"))

    port = free_port()
    signer = AssertionSigner(service="project", key=OKPKey.generate_key("Ed25519"))
    calls = RemoteCalls(upstream_at("auth", port), signer=signer)
    heads = calls.bind("heads", Heads)

    @get("/asks")
    async def ask_auth() -> float:
        return await heads.find_deadline()

    async with serving(auth, port):
        for headers in ([(HEADER, b"5000")], []):
            assert (await ask(door(ask_auth), "/asks", headers=headers)).body == b"1.5"
    await calls.close()
    assert 0 < told[0] < 5000
    assert told[1] == 2000 - WAY_BACK * 1000
