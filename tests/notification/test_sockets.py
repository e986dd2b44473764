"""The WebSocket of the service: what may be said on it, and what it answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from taskyard.kit import sockets
from taskyard.kit.ids import new_id
from taskyard.kit.principal import PRINCIPAL, Principal
from taskyard.notification.routes import socket as socket_module
from taskyard.notification.streams import EventHub
from taskyard.notification.streams import hub as hub_module
from tests.notification.company import Company
from tests.notification.door import Door

pytestmark = pytest.mark.usefixtures("running")


class Client:
    """The client's end of a WebSocket."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.heard: list[dict[str, Any]] = []
        self.end: tuple[int, str] | None = None
        self.status = 0
        self._changed = asyncio.Condition()

    def say(self, **message: Any) -> None:
        self.sent.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def say_raw(self, **message: Any) -> None:
        self.sent.put_nowait({"type": "websocket.receive", **message})

    @property
    def events(self) -> list[str]:
        return [message["event"] for message in self.heard]

    async def until(self, event: str) -> dict[str, Any]:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: event in self.events)
        return next(message for message in self.heard if message["event"] == event)

    async def ended(self) -> tuple[int, str]:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: self.end is not None)
        assert self.end is not None
        return self.end

    async def take(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            self.heard.append(json.loads(message["text"]))
        elif message["type"] == "websocket.close":
            self.end = (message["code"], message["reason"])
            self.sent.put_nowait({"type": "websocket.disconnect", "code": message["code"]})
        elif message["type"] == "websocket.http.response.start":
            self.status = message["status"]
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def opened(door: Door, caller: str | Principal | None) -> AsyncIterator[Client]:
    """An open WebSocket of somebody; leaving the block is the client going away."""
    client = Client()
    client.sent.put_nowait({"type": "websocket.connect"})
    principal = Principal(id=caller) if isinstance(caller, str) else caller
    scope: dict[str, Any] = {
        "type": "websocket", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "scheme": "ws",
        "path": "/api/v1/ws", "raw_path": b"/api/v1/ws", "root_path": "", "query_string": b"", "headers": [],
        "subprotocols": [], "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 0), "state": {},
        "extensions": {"websocket.http.response": {}}, PRINCIPAL: principal,
    }  # fmt: skip
    task = asyncio.create_task(door.app(cast(Any, scope), cast(Any, client.sent.get), cast(Any, client.take)))
    try:
        yield client
    finally:
        client.sent.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(task, 5)


async def test_an_event_arrives_in_the_documented_form(company: Company, door: Door) -> None:
    async with opened(door, company.colleague) as client:
        client.say(type="subscribe")
        answer = await client.until("subscribed")
        assert answer == {
            "id": await company.head(),
            "event": "subscribed",
            "data": {"project_ids": None, "types": None},
        }
        await company.announce()
        await company.place()
        told = await client.until("task.updated.v1")
        assert told["id"] == await company.head()
        assert told["data"] == (await door.items(company.colleague, "/events?limit=200"))[-1]


async def test_a_later_wish_replaces_the_one_before(company: Company, door: Door, hub: EventHub) -> None:
    async with opened(door, company.boss) as client:
        start = await company.head()
        a = await company.announce()
        b = await company.announce(project_id=company.secret_project)
        await company.place()
        client.say(type="subscribe", project_ids=[company.secret_project], after=start)
        assert (await client.until("task.updated.v1"))["data"]["resource_id"] == b
        client.heard.clear()
        client.say(type="subscribe", project_ids=[company.project], after=start)
        assert (await client.until("task.updated.v1"))["data"]["resource_id"] == a
        assert len(client.heard) == 2
        assert sum(1 for _ in hub.crowd) == 1


async def test_another_epoch_is_a_reset(company: Company, door: Door) -> None:
    async with opened(door, company.boss) as client:
        client.say(type="subscribe", after="1:7")
        epoch, position = (await company.head()).split(":")
        assert (await client.until("reset"))["data"] == {"epoch": int(epoch), "position": int(position)}


async def test_a_quiet_socket_has_a_heartbeat(company: Company, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "HEARTBEAT_SECONDS", 0.05)
    async with opened(door, company.boss) as client:
        client.say(type="subscribe")
        await client.until("heartbeat")


async def test_a_shutdown_closes_it(company: Company, door: Door, hub: EventHub) -> None:
    async with opened(door, company.boss) as client:
        client.say(type="subscribe")
        await client.until("subscribed")
        hub.close()
        assert await client.ended() == (1012, "service_restart")


async def test_lost_access_closes_it_and_drops_what_is_queued(company: Company, door: Door) -> None:
    async with opened(door, company.colleague) as client:
        client.say(type="subscribe", project_ids=[company.project])
        await client.until("subscribed")
        await company.announce()
        await company.place()
        await client.until("task.updated.v1")
        await company.remove(company.colleague)
        await company.announce()
        await company.place()
        assert await client.ended() == (4403, "access_lost")
        assert client.events == ["subscribed", "task.updated.v1"]


WRONG = [
    ({"text": "{"}, 4400), ({"bytes": b"\x00"}, 4400), ({"text": '{"type": "shout"}'}, 4400),
    ({"text": '{"type": "subscribe", "colour": "red"}'}, 4400),
    ({"text": '{"type": "subscribe", "project_ids": ["x"]}'}, 4422),
    ({"text": '{"type": "subscribe", "after": "yesterday"}'}, 4422),
    ({"text": json.dumps({"type": "subscribe", "types": ["a"] * 101})}, 4422),
    ({"text": json.dumps({"type": "subscribe", "project_ids": [new_id()]})}, 4404),
]  # fmt: skip


@pytest.mark.parametrize(("message", "code"), WRONG)
async def test_a_wrong_message_closes_it(company: Company, door: Door, message: dict[str, Any], code: int) -> None:
    async with opened(door, company.boss) as client:
        client.say_raw(**message)
        assert (await client.ended())[0] == code


async def test_too_many_messages_close_it(company: Company, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_module, "MESSAGES_A_MINUTE", 2)
    async with opened(door, company.boss) as client:
        for _ in range(6):
            client.say(type="subscribe")
        assert await client.ended() == (4429, "too_many_requests")


async def test_a_silent_one_is_closed(company: Company, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "FIRST_MESSAGE_SECONDS", 0.05)
    async with opened(door, company.boss) as client:
        assert await client.ended() == (4408, "request_timeout")


@pytest.mark.parametrize(
    ("caller", "status"), [(None, 401), (Principal(id=new_id(), scopes=frozenset({"tasks:read"})), 403)]
)
async def test_a_stranger_or_a_narrow_credential_is_refused(door: Door, caller: Principal | None, status: int) -> None:
    async with opened(door, caller) as client:
        async with asyncio.timeout(5):
            while not client.status:  # noqa: ASYNC110 - the answer comes at once
                await asyncio.sleep(0.01)
        assert client.status == status


async def test_who_lacks_a_second_factor_alone_is_told_so(company: Company, door: Door) -> None:
    await company.demand()
    mine, others = [company.project], [new_id()]
    wishes: list[tuple[str | Principal, list[str] | None, tuple[int, str]]] = [
        (company.colleague, mine, (4403, "mfa_required")),
        (Principal(id=company.colleague, project_ids=frozenset(mine)), None, (4403, "mfa_required")),
        (company.colleague, others, (4404, "no_such_project")),
        (company.stranger, mine, (4404, "no_such_project")),
        (Principal(id=company.colleague, is_strong=True), others, (4404, "no_such_project")),
    ]
    for caller, project_ids, end in wishes:
        async with opened(door, caller) as client:
            client.say(type="subscribe", project_ids=project_ids)
            assert await client.ended() == end
