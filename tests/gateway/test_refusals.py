"""What the gateway refuses is counted by caller, and told in bounded numbers."""

from typing import Any

import httpx
import pytest

from taskyard.contracts.refusals import MOST_AT_ONCE
from taskyard.gateway.policies import POLICIES, Policy, PolicyName
from taskyard.gateway.refusals import MOST_CALLERS, Refusals, caller_of
from taskyard.kit.asgi import Receive, Reply, Scope, Send, send_reply
from taskyard.kit.principal import Principal
from taskyard.kit.redis import Redis
from tests.gateway.fakes import Book, build_gateway, client_of


async def forbidding(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Refuses everybody."""
    await send_reply(send, Reply(403, [], b"{}"))


def seen(book: Book) -> list[tuple[Any, ...]]:
    return [(one.actor_id, one.is_person, one.address, one.status, one.service, one.count) for one in book.told]


async def get(client: httpx.AsyncClient, path: str, **headers: str) -> str:
    return (await client.get(path, headers=headers)).headers["x-request-id"]


async def test_refused_requests_are_counted_by_caller_and_told_once(redis: Redis) -> None:
    book = Book()
    refusals = Refusals(book)
    gateway = build_gateway(redis, upstreams={"task": forbidding}, refusals=refusals)
    async with client_of(gateway) as client:
        for _ in range(3):
            last = await get(client, "/api/v1/tasks", Authorization="Bearer alice")
        await get(client, "/api/v1/tasks")
        await get(client, "/api/v1/nothing")
    assert book.told == []
    for _ in range(2):
        await refusals.hand_on()
    assert seen(book) == [
        ("alice", True, "203.0.113.7", 403, "task", 3),
        (None, False, "203.0.113.7", 403, "task", 1),
    ]
    assert book.told[0].request_id == last


async def test_reached_limits_are_counted(redis: Redis) -> None:
    book = Book()
    refusals = Refusals(book)
    policies: dict[PolicyName, Policy] = {**POLICIES, "anonymous": Policy("anonymous", 1, 60)}
    gateway = build_gateway(redis, refusals=refusals, policies=policies)
    async with client_of(gateway) as client:
        answers = [(await client.get("/api/v1/tasks")).status_code for _ in range(3)]
    await refusals.hand_on()
    assert seen(book) == [(None, False, "203.0.113.7", 429, "gateway", answers.count(429))]


async def test_a_flood_from_many_addresses_is_told_in_a_bounded_number() -> None:
    book = Book()
    refusals = Refusals(book)
    for number in range(5_000):
        refusals.note(caller_of(None, f"2001:db8::{number:x}", 403 + 26 * (number % 2), "task"), str(number))
    await refusals.hand_on()
    assert MOST_CALLERS < len(book.told) <= MOST_CALLERS + 2 < MOST_AT_ONCE
    assert sum(one.count for one in book.told) == 5_000
    assert {one.address for one in book.told[MOST_CALLERS:]} == {""}


@pytest.mark.parametrize("flood", [0, MOST_CALLERS])
async def test_what_nobody_takes_is_kept_and_grows_no_further(flood: int) -> None:
    book = Book()
    refusals = Refusals(book)
    caller = caller_of(Principal(id="client", kind="service_account"), "192.0.2.1", 403, "task")
    refusals.note(caller, "first")
    book.is_away = True
    await refusals.hand_on()
    for number in range(flood):
        refusals.note(caller_of(None, f"198.51.100.{number}", 403, "task"), "flood")
    await refusals.hand_on()
    book.is_away = False
    await refusals.hand_on()
    assert sum(one.count for one in book.told) == flood + 1
    assert len(book.told) <= MOST_CALLERS + 1
