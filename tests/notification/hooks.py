"""Receivers of webhooks on this machine, behaving as well and as badly as a test wants, and a sender for them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, tzinfo
from typing import Any, TypeAlias

import httpx
import msgspec
import standardwebhooks.webhooks
from aiohttp import web

from taskyard.contracts.access import BUILT_IN_ROLES
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.outbound import Outbound
from taskyard.notification.webhooks.sender import WebhookSender
from taskyard.notification.webhooks.sending import Courier
from tests.notification.company import Company
from tests.notification.door import LOOPBACK, SEALER, Door

Reply: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Got(msgspec.Struct, frozen=True):
    """A message as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def resource(self) -> str:
        return str(self.content["data"]["resource_id"])

    def verify(self, secret: str) -> None:
        """By the library that receivers use. Raises WebhookVerificationError."""
        standardwebhooks.webhooks.Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """A server that notes what it gets, and answers as it is told: with a status, or in a way of its own."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.taken: list[Got] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.reply: Reply | None = None
        self.under_way = self.most_under_way = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=hidden"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Receiver"]:
        """Listen, on the same port each time."""
        app = web.Application()
        app.router.add_post("/hook", self._take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        got = Got({name.lower(): value for name, value in request.headers.items()}, await request.read())
        self.got.append(got)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            if self.reply is not None:
                return await self.reply(request)
        finally:
            self.under_way -= 1
        if 200 <= self.status <= 299:
            self.taken.append(got)
        return web.Response(status=self.status, headers=self.headers)


class Hooks:
    """The webhooks of a company, with the sender that serves them."""

    def __init__(self, databases: dict[str, Database], company: Company, door: Door) -> None:
        self.databases = databases
        self.company = company
        self.door = door
        self.admin, self.role = new_id(), new_id()
        self._outbound = Outbound(LOOPBACK)
        self.sender = WebhookSender(databases["notification"], Courier(self._outbound, SEALER))

    async def open(self) -> None:
        """An admin who sees the project, and nothing left of other tests."""
        owner = self.databases["owner"]
        await owner.execute("UPDATE notification.webhooks SET deleted_at = created_at WHERE deleted_at IS NULL")
        await owner.execute(
            "INSERT INTO project.roles (workspace_id, id, key, name, permissions) VALUES ($1, $2, 'admin', '', $3)",
            self.company.workspace,
            self.role,
            int(BUILT_IN_ROLES["admin"]),
        )
        await self.appoint(self.admin)
        await self.company.act_as(self.admin, self.admin)
        await self.company.grant(self.company.project, self.role)

    async def close(self) -> None:
        await self._outbound.close()

    async def appoint(self, person_id: str) -> None:
        """Make somebody an admin."""
        await self.company.act_as(person_id, self.role)

    async def create(self, url: str, *patterns: str, status: int = 201, **fields: Any) -> dict[str, Any]:
        """A webhook of the admin's, with its secret."""
        body = {"workspace_id": self.company.workspace, "url": url, "events": list(patterns) or ["task.*"], **fields}
        answer = await self.door.send(self.admin, "POST", "/webhooks", body)
        assert answer.status_code == status, answer.text
        content: dict[str, Any] = answer.json()
        return content

    async def ask(
        self, method: str, hook: dict[str, Any] | str, verb: str = "", body: object = None, **headers: str
    ) -> httpx.Response:
        """Something the admin does with a webhook."""
        hook_id = hook if isinstance(hook, str) else hook["id"]
        path = f"/webhooks/{hook_id}" + (f"/{verb}" if verb else "")
        return await self.door.send(self.admin, method, path, body, **headers)

    async def deliveries(self, hook: dict[str, Any]) -> list[dict[str, Any]]:
        """What became of what was sent, the latest first."""
        return await self.door.items(self.admin, f"/webhooks/{hook['id']}/deliveries?limit=200")

    async def work(self) -> None:
        """Fan out what is placed and send until nothing is due."""
        await self.company.listen()
        await self.send()

    async def send(self) -> None:
        """Send until nothing is due."""
        async with asyncio.timeout(30):
            while await self.sender.start_due():
                await self.sender.finish()


class Travelled(datetime):
    """The library's clock, moved as ours is."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Travelled":
        return cls.fromtimestamp(clock.now().timestamp(), tz)


async def dawdle(_: web.Request) -> web.StreamResponse:
    """Never answer."""
    await asyncio.sleep(3600)
    raise AssertionError
