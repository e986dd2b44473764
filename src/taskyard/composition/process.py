"""What one operating-system process of Taskyard holds: connections, signals, background work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import OKPKey

import taskyard
from taskyard.composition.background import Background
from taskyard.composition.reporting import Reporting
from taskyard.kit.asgi import App, Message, Receive, Reply, Scope, Send, send_reply
from taskyard.kit.browsers import BrowserSessions
from taskyard.kit.credentials import Credentials
from taskyard.kit.database import Database
from taskyard.kit.head_watch import HeadWatch
from taskyard.kit.identity import REVOCATION_CHANNEL, Identity
from taskyard.kit.keys import Keys
from taskyard.kit.leases import Leases
from taskyard.kit.metrics import count_events, tell_build
from taskyard.kit.redis import Redis
from taskyard.kit.sequencer import Sequencer
from taskyard.kit.settings import Settings
from taskyard.kit.signals import Signal
from taskyard.kit.tokens import AssertionSigner
from taskyard.kit.vital_signs import VitalSigns

WRITTEN_CHANNEL = "taskyard:written"
"""Hint: a transaction with events was committed, so the sequencer has work."""
PLACED_CHANNEL = "taskyard:placed"
"""Hint: events have positions, so consumers and streams have work."""

_NOT_READY = Reply(503, [(b"content-type", b"application/json"), (b"cache-control", b"no-store")], b'{"ready":false}')

Hook = Callable[[], Awaitable[None]]


class Process:
    """The shared parts of a process, opened on the first use and closed together."""

    def __init__(self, name: str, settings: Settings, keys: Mapping[str, Keys]) -> None:
        self._reporting = Reporting(settings, name)
        self.settings = settings
        self.is_leaving = False
        """Asked to stop: whoever asks is told to go elsewhere."""
        self.keys = keys
        self.redis = Redis(settings.redis_url or "")
        self.written = Signal()
        self.placed = Signal()
        self.background = Background()
        self._vital_signs = VitalSigns(self.redis)
        self.background.add("vital signs", self._vital_signs.look_again)
        tell_build(taskyard.__version__)
        self._sequencer: Sequencer | None = None
        self._head: HeadWatch | None = None
        self._databases: dict[str, Database] = {}
        self._on_start: list[Hook] = []
        self._on_stop: list[Hook] = []
        self._on_drain: list[Callable[[], None]] = []
        self._on_revocation: list[Callable[[], None]] = []

    def database(self, role: str) -> Database:
        """The database under one role."""
        if role not in self._databases:
            url = self.settings.service_database_urls[role]
            database = Database(url, size=self.settings.pool_size)
            database.on_announced = self._announced
            database.on_events = count_events
            self._vital_signs.watch_pool(role, database.pool)
            self._databases[role] = database
        return self._databases[role]

    def identity(self, service: str, api_keys: Credentials | None = None) -> Identity:
        """The authentication of this process on behalf of one service, kept fresh in the background."""
        database, address = self.database(service), self.settings.public_url
        browsers = BrowserSessions(database, public_url=address) if service == "gateway" else None
        identity = Identity(database, issuer=address, service=service, browsers=browsers, api_keys=api_keys)
        self.on_revocation(identity.hint)
        self.background.add(f"identity of {service}", identity.run)
        return identity

    def watch_head(self, role: str) -> HeadWatch:
        """Knowledge of where the log ends, kept fresh in the background: one look for the whole process.

        It is asked for as the role that wants it first; what all of them are told is the same.
        """
        if self._head is None:
            self._head = HeadWatch(self.database(role), self.placed)
            self.on_start(self._head.look_first)
            self.background.add("head of the log", self._head.look_again)
        return self._head

    def assertion_key(self, service: str) -> OKPKey:
        """The private key of a service, whose public half every process can read."""
        private = self.keys[service].signing_key()
        return OKPKey.import_key(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def signer(self, service: str) -> AssertionSigner:
        """How a service proves itself to another."""
        return AssertionSigner(service=service, key=self.assertion_key(service))

    def revocations_changed(self) -> None:
        """Tell every process that a session was revoked."""
        self._hint_of_revocations()
        self.redis.publish(REVOCATION_CHANNEL, "")

    def _events_placed(self, position: int) -> None:
        """Tell every process that the log has grown."""
        self.placed.notify()
        self.redis.publish(PLACED_CHANNEL, str(position))

    def on_start(self, hook: Hook) -> None:
        """Run before the first request."""
        self._on_start.append(hook)

    def on_stop(self, hook: Hook) -> None:
        """Run after the last request."""
        self._on_stop.append(hook)

    def on_drain(self, hook: Callable[[], None]) -> None:
        """Run when the server is asked to stop, while requests are still under way: ends what would not end."""
        self._on_drain.append(hook)

    def on_revocation(self, hook: Callable[[], None]) -> None:
        """Run when somebody was signed out or a credential revoked, in this process or another."""
        self._on_revocation.append(hook)

    def every(self, seconds: float, name: str, work: Hook) -> None:
        """Repeat short work in the background, first after one pause."""

        async def step() -> None:
            await asyncio.sleep(seconds)
            await work()

        self.background.add(name, step)

    def drain(self) -> None:
        """End the streams: new requests should no longer come, and soon they cannot."""
        self.is_leaving = True
        for hook in self._on_drain:
            hook()

    async def start(self) -> None:
        """Open what must be open before the first request, then start the background work."""
        self._listen()
        for hook in self._on_start:
            await hook()
        self._vital_signs.look()
        self.background.start()

    async def stop(self) -> None:
        """Close everything, last opened first, whatever fails on the way."""
        async with AsyncExitStack() as closing:
            closing.callback(self._reporting.close)
            closing.push_async_callback(self.redis.close)
            for database in self._databases.values():
                closing.push_async_callback(database.close)
            for hook in self._on_stop:
                closing.push_async_callback(hook)
            closing.push_async_callback(self.background.stop)

    def run_sequencer(self) -> None:
        """Let this process give positions while it holds the lease."""
        database = self.database("sequencer")
        self._sequencer = Sequencer(database, Leases(database), self.written, self._events_placed)
        self.background.add("sequencer", self._sequencer.run)

    def _announced(self) -> None:
        self.written.notify()
        if self._sequencer is None or not self._sequencer.leads:
            self.redis.publish(WRITTEN_CHANNEL, "")

    def _listen(self) -> None:
        self.redis.subscribe(
            {
                WRITTEN_CHANNEL: lambda _: self.written.notify(),
                PLACED_CHANNEL: lambda _: self.placed.notify(),
                REVOCATION_CHANNEL: lambda _: self._hint_of_revocations(),
            }
        )

    def _hint_of_revocations(self) -> None:
        for hook in self._on_revocation:
            hook()


class Application:
    """An ASGI application together with the process it works in: started, drained and stopped as one.

    ``leave_seconds`` is how long it still takes requests after it was asked to stop.
    """

    leave_seconds = 0

    def __init__(self, app: App, process: Process) -> None:
        self._app = app
        self.process = process
        self.start = process.start
        self.drain = process.drain
        self.stop = process.stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; who leaves says so on each connection, and to those who ask whether it is ready."""
        if self.process.is_leaving and scope["type"] == "http":
            send = _telling_to_leave(send)
            if scope["path"] == "/ready":
                await send_reply(send, _NOT_READY)
                return
        await self._app(scope, receive, send)


def _telling_to_leave(send: Send) -> Send:
    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
        await send(message)

    return telling
