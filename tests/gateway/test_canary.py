"""A share of the callers is answered by the next version, and by the present one where that fails."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from joserfc.jwk import OKPKey

from taskyard.gateway.canary import Canary, Share, Shares, read_shares
from taskyard.gateway.proxy import HttpProxy
from taskyard.kit import metrics
from taskyard.kit.asgi import App, Receive, Reply, Scope, Send, ask, send_reply
from taskyard.kit.forwarding import ClientSigner
from taskyard.kit.ids import new_id
from taskyard.kit.principal import PRINCIPAL, Principal
from taskyard.kit.problems import InvalidInput, Problem
from taskyard.kit.upstreams.breaker import IN_A_ROW
from taskyard.kit.upstreams.upstream import Upstream
from taskyard.kit.watched_file import FileError
from tests.gateway.servers import free_port, serving, upstream_at

KEY = OKPKey.generate_key("Ed25519")
CALLERS = [new_id() for _ in range(200)]


def version(name: bytes, status: int = 200) -> App:
    """A service that says which version it is."""

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send_reply(send, Reply(status, [], name))

    return answer


class Field:
    """Two versions of a service behind a gateway's canary."""

    def __init__(self, canary: Canary, urls: str) -> None:
        self.canary, self.urls = canary, urls

    def share(self, percent: float) -> None:
        """Let the next version answer so many."""
        self.canary.use(Share(self.urls, percent))

    async def ask(self, caller: str = CALLERS[0], wish: bytes = b"") -> str:
        """Which version answers, or the code of the refusal."""
        headers = [(b"x-taskyard-canary", wish)] if wish else []
        try:
            reply = await ask(self.canary, "/api/v1/tasks", {PRINCIPAL: Principal(id=caller)}.items(), headers=headers)
        except Problem as problem:
            return problem.code()
        return reply.body.decode()

    async def answered_by_next(self) -> set[str]:
        """The callers whom the next version answers."""
        return {caller for caller in CALLERS if await self.ask(caller) == "next"}


@pytest.fixture
async def field() -> AsyncIterator[Field]:
    present, following = free_port(), free_port()
    signer = ClientSigner(KEY)

    def make(urls: tuple[str, ...]) -> HttpProxy:
        return HttpProxy(Upstream("task-canary", urls, has_deputy=True), signer=signer, service="task")

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(version(b"present"), present))
        await stack.enter_async_context(serving(version(b"next"), following))
        canary = Canary(HttpProxy(upstream_at("task", present), signer=signer), make)
        stack.push_async_callback(canary.close)
        yield Field(canary, f"http://127.0.0.1:{following}")


async def test_without_a_share_the_present_version_answers_all(field: Field) -> None:
    assert await field.answered_by_next() == set()
    assert await field.ask(wish=b"always") == "present"
    field.share(0)
    assert await field.answered_by_next() == set()
    field.share(100)
    assert await field.answered_by_next() == set(CALLERS)
    field.canary.use(None)
    assert await field.answered_by_next() == set()


async def test_a_caller_stays_with_one_version_while_the_share_grows(field: Field) -> None:
    field.share(20)
    few = await field.answered_by_next()
    assert 10 <= len(few) <= 80
    assert await field.answered_by_next() == few
    field.share(60)
    assert few < await field.answered_by_next()


async def test_who_wants_to_chooses(field: Field) -> None:
    field.share(0)
    assert await field.ask(wish=b"always") == "next"
    field.share(100)
    assert await field.ask(wish=b"never") == "present"
    with pytest.raises(InvalidInput):
        await ask(field.canary, "/api/v1/tasks", headers=[(b"x-taskyard-canary", b"perhaps")])


async def test_the_present_version_takes_over_from_one_that_fails(field: Field) -> None:
    field.urls = f"http://127.0.0.1:{free_port()}"
    field.share(100)
    answers = [await field.ask() for _ in range(IN_A_ROW + 5)]
    assert answers[-5:] == ["present"] * 5
    assert answers.count("unavailable") <= IN_A_ROW


async def test_the_present_version_takes_over_from_one_that_is_wrong(field: Field) -> None:
    port = free_port()
    async with serving(version(b"wrong", 500), port):
        field.urls = f"http://127.0.0.1:{port}"
        field.share(100)
        answers = [await field.ask() for _ in range(IN_A_ROW + 5)]
    assert answers == ["wrong"] * IN_A_ROW + ["present"] * 5


async def test_nothing_is_shown_of_a_version_that_was_taken_back(field: Field) -> None:
    field.urls = f"http://127.0.0.1:{free_port()}"
    field.share(100)
    while await field.ask() != "present":
        pass
    await field.canary.look()
    shown = 'taskyard_upstream_breaker_open{upstream="task-canary"}'
    assert f"{shown} 1.0" in metrics.render().decode()
    field.canary.use(None)
    await field.canary.look()
    text = metrics.render().decode()
    assert f"{shown} 0.0" in text
    assert f'address="{field.urls}"' not in text


async def test_addresses_of_both_are_seen_to(field: Field) -> None:
    await field.canary.look()
    field.share(100)
    await field.canary.look()
    assert await field.ask() == "next"


def test_a_file_says_which_services_have_a_next_version() -> None:
    found = read_shares(b'[task]\nurls = "http://a:1, http://b:2"\npercent = 2.5\n')
    assert found == Shares(task=Share("http://a:1, http://b:2", 2.5))
    assert found.task is not None
    assert found.task.addresses == ("http://a:1", "http://b:2")
    assert read_shares(None) == Shares()


@pytest.mark.parametrize(
    "content",
    [
        b"[tasks]\nurls = 'http://a:1'\n",
        b"[task]\nurls = 'ftp://a'\n",
        b"[task]\nurls = 'http://a:1'\npercent = 101\n",
        b"[",
    ],
)
def test_a_file_that_cannot_be_followed_is_refused(content: bytes) -> None:
    with pytest.raises(FileError):
        read_shares(content)
