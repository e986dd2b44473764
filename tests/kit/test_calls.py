"""Calls between services: one contract, two bindings, the same answers."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import httpx
import msgspec
import pytest
import uvicorn
from joserfc.jwk import OKPKey

from taskyard.kit.asgi import App, Receive, Scope, Send
from taskyard.kit.calls import RemoteCalls, expose, local
from taskyard.kit.database import Database
from taskyard.kit.http import build_service
from taskyard.kit.ids import new_id
from taskyard.kit.principal import PRINCIPAL, Principal
from taskyard.kit.problems import InvalidToken, Unavailable
from taskyard.kit.tokens import AssertionSigner, KeySet, TokenVerifier
from taskyard.kit.upstreams.upstream import Upstream

KEY = OKPKey.generate_key("Ed25519")


class Animal(msgspec.Struct, frozen=True):
    name: str
    legs: int


class Zoo(Protocol):
    async def find_animal(self, *, name: str) -> Animal | None: ...

    async def list_animals(self, *, legs: int = 4, names: list[str]) -> list[Animal]: ...


class SmallZoo:
    """Two animals, one of which takes too long."""

    async def find_animal(self, *, name: str) -> Animal | None:
        if name == "sloth":
            await asyncio.sleep(5)
        if name == "bug":
            raise ValueError("a bug")
        return Animal("cat", 4) if name == "cat" else None

    async def list_animals(self, *, legs: int = 4, names: list[str]) -> list[Animal]:
        return [Animal(name, legs) for name in names]


ZOO: Zoo = SmallZoo()


def door(app: App) -> App:
    """Verifies assertions as a service's own door does."""
    keys = KeySet()
    keys.replace(access={}, services={"project": KEY})
    verifier = TokenVerifier(issuer="", service="auth", keys=keys)

    async def opened(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            token = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer ")
            try:
                scope[PRINCIPAL] = verifier.verify(token) if token else None
            except InvalidToken:
                scope[PRINCIPAL] = None
        await app(scope, receive, send)

    return opened


@asynccontextmanager
async def serving(app: App) -> AsyncIterator[str]:
    """The address of the app on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        running = asyncio.create_task(server.serve([free]))
        try:
            yield f"http://127.0.0.1:{free.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


@pytest.fixture
async def url() -> AsyncIterator[str]:
    app = build_service(title="zoo", handlers=expose("zoo", Zoo, ZOO), provided={})
    async with serving(door(app)) as address:
        yield address


@pytest.fixture
async def calls(url: str) -> AsyncIterator[RemoteCalls]:
    remote = RemoteCalls(Upstream("auth", [url]), signer=AssertionSigner(service="project", key=KEY))
    yield remote
    await remote.close()


@pytest.fixture(params=["local", "remote"])
def zoo(request: pytest.FixtureRequest, calls: RemoteCalls) -> Zoo:
    return local(Zoo, ZOO) if request.param == "local" else calls.bind("zoo", Zoo)


async def test_both_bindings_answer_the_same(zoo: Zoo) -> None:
    assert await zoo.find_animal(name="cat") == Animal("cat", 4)
    assert await zoo.find_animal(name="dög") is None
    assert await zoo.list_animals(names=["a", "b"]) == [Animal("a", 4), Animal("b", 4)]
    assert await zoo.list_animals(names=["c"], legs=6) == [Animal("c", 6)]


async def test_neither_binding_is_called_inside_a_transaction(zoo: Zoo, databases: dict[str, Database]) -> None:
    async with databases["task"].transaction():
        with pytest.raises(RuntimeError, match="inside a transaction"):
            await zoo.find_animal(name="cat")
    assert await zoo.find_animal(name="cat") is not None


@pytest.mark.parametrize("name", ["sloth", "bug"])
async def test_no_good_answer_in_time_is_unavailable(
    calls: RemoteCalls, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.kit.calls.TIMEOUT", 0.2)
    with pytest.raises(Unavailable):
        await calls.bind("zoo", Zoo).find_animal(name=name)


async def test_a_service_that_is_away_is_unavailable() -> None:
    calls = RemoteCalls(Upstream("auth", ["http://127.0.0.1:9"]), signer=AssertionSigner(service="project", key=KEY))
    with pytest.raises(Unavailable):
        await calls.bind("zoo", Zoo).find_animal(name="cat")
    await calls.close()


async def test_unused_calls_close_too() -> None:
    await RemoteCalls(Upstream("", [""]), signer=AssertionSigner(service="project", key=KEY)).close()


async def test_a_wrong_assertion_is_unavailable_to_the_caller(url: str) -> None:
    other = OKPKey.generate_key("Ed25519")
    calls = RemoteCalls(Upstream("auth", [url]), signer=AssertionSigner(service="project", key=other))
    with pytest.raises(Unavailable):
        await calls.bind("zoo", Zoo).find_animal(name="cat")
    await calls.close()


async def asked_as(principal: Principal | None, body: bytes = b'{"name":"cat"}') -> httpx.Response:
    app = build_service(title="zoo", handlers=expose("zoo", Zoo, ZOO), provided={})

    async def known(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, PRINCIPAL: principal}, receive, send)  # type: ignore[arg-type] # a wider scope

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=known)) as client:
        return await client.post("http://test/internal/zoo/find_animal", content=body, headers={"x-service": "project"})


@pytest.mark.parametrize(
    ("principal", "status"),
    [
        (None, 401),
        (Principal(id=new_id()), 403),
        (Principal(id=new_id(), kind="service_account"), 403),
        (Principal(id="project", kind="service"), 200),
    ],
)
async def test_only_services_may_call(principal: Principal | None, status: int) -> None:
    assert (await asked_as(principal)).status_code == status


@pytest.mark.parametrize("body", [b"", b"{}", b'{"name":1}', b'{"name":"cat","more":1}', b"nonsense"])
async def test_a_malformed_call_is_refused(body: bytes) -> None:
    assert (await asked_as(Principal(id="project", kind="service"), body)).status_code == 422


def test_calls_are_no_part_of_the_public_interface() -> None:
    app = build_service(title="zoo", handlers=expose("zoo", Zoo, ZOO), provided={})
    assert not app.openapi_schema.paths


def test_a_contract_takes_keywords_only() -> None:
    class Positional(Protocol):
        async def find(self, name: str) -> None: ...

    implementation: Any = SmallZoo()
    bind: Callable[..., list[Any]] = expose
    with pytest.raises(TypeError, match="keyword-only"):
        bind("positional", Positional, implementation)
