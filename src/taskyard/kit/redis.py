"""Redis as something that may vanish at any moment: short waits, and one answer for every kind of absence.

Nothing is stored here whose loss loses anything. After a failure the server counts as down and is probed in the
background, so that no request pays for finding out again.
"""

import asyncio
import contextlib
import hashlib
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import hiredis
import structlog
from redis.asyncio import Redis as Client
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from taskyard.kit.redis_address import is_sentinel, parse_sentinel_address
from taskyard.kit.sentinel import Sentinels

log = structlog.get_logger()

T = TypeVar("T")

CALL_SECONDS = 0.25
PROBE_SECONDS = 1.0
_SILENCE_SECONDS = 2.0
_OUTBOX_SIZE = 10_000
_FAILURES = (RedisError, OSError, TimeoutError, EOFError)


class RedisDown(Exception):  # noqa: N818 - a state, as callers read it
    """Redis does not answer at the moment."""


class Script:
    """A Lua script, sent by its digest and in full only when the server does not know it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class Redis:
    """One process's way to Redis. Only ``run`` and ``ping`` raise RedisDown; hints are lost in silence."""

    def __init__(self, url: str) -> None:
        """Without a URL there is no Redis, which is the same as one that is down for ever."""
        self._exists = bool(url)
        self._sentinels, self._patience = None, CALL_SECONDS
        if is_sentinel(url):
            address = parse_sentinel_address(url)
            self._sentinels = Sentinels(address, timeout=CALL_SECONDS)
            self._patience += CALL_SECONDS * len(address.hosts)  # each sentinel may be the one that hangs
        self._client = _client(url or "redis://", self._sentinels)
        self._line: Any = None
        self._turn = asyncio.Lock()
        self._outbox: dict[tuple[str, str], None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._flushing = False
        self._closed = False
        self.is_down = not url
        """Whether the last thing heard of the server was a failure."""

    async def run(self, script: Script, keys: Sequence[str], args: Sequence[object], *, timeout: float) -> Any:  # noqa: ASYNC109 - limits differ by caller
        """The result of a script within ``timeout`` seconds. Raises RedisDown."""

        async def call() -> Any:
            try:
                return await self._ask("EVALSHA", script.digest, len(keys), *keys, *args)
            except NoScriptError:
                return await self._ask("EVAL", script.text, len(keys), *keys, *args)

        return await self._guarded(call, timeout)

    async def ping(self) -> None:
        """Ask whether the server is there. Raises RedisDown."""
        await self._guarded(partial(self._ask, "PING"), CALL_SECONDS)

    def publish(self, channel: str, text: str = "") -> None:
        """Send a hint soon; the same hint waiting twice is sent once, and with Redis down it is lost."""
        if self.is_down or self._closed or len(self._outbox) >= _OUTBOX_SIZE:
            return
        self._outbox[channel, text] = None
        if not self._flushing:
            self._flushing = True
            self._start(self._flush())

    def subscribe(self, channels: Mapping[str, Callable[[str], None]]) -> None:
        """Call back for every message on these channels, from now until ``close``, reconnecting for ever."""
        if self._exists:
            self._start(self._listen(dict(channels)))

    async def close(self) -> None:
        """Stop every background task and close the connections."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()
        if self._sentinels is not None:
            await self._sentinels.close()

    async def _guarded(self, call: Callable[[], Awaitable[T]], timeout: float) -> T:  # noqa: ASYNC109 - see run
        if self.is_down or self._closed:
            raise RedisDown
        try:
            async with asyncio.timeout(timeout):
                return await call()
        except _FAILURES as error:
            self._note_failure(error)
            raise RedisDown from error

    async def _publish_all(self, hints: Iterable[tuple[str, str]]) -> None:
        await self._ask_all([("PUBLISH", channel, text) for channel, text in hints])

    async def _ask(self, *words: Any) -> Any:
        """One command, as ``_ask_all`` sends it."""
        return (await self._ask_all([words]))[-1]

    async def _ask_all(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Commands in one go over one kept connection, in turn with others.

        Without the client's retries, measurements and looks at the connection, which cost more than a command itself.
        The next connection asks anew where the address leads.
        """
        async with self._turn:
            if self._line is None:
                pool: Any = self._client.connection_pool
                self._line = await pool.get_connection()
            try:
                await self._line.send_packed_command([hiredis.pack_command(words) for words in commands])
                return [await self._line.read_response() for _ in commands]
            except BaseException as error:
                if len(commands) > 1 or not isinstance(error, NoScriptError):  # an answer may still come
                    await self._hang_up()
                raise

    async def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.disconnect(nowait=True)
            await self._client.connection_pool.release(line)

    def _note_failure(self, error: BaseException) -> None:
        if self.is_down or self._closed:
            return
        self.is_down = True
        self._outbox.clear()
        log.warning("redis.down", reason=type(error).__name__)
        self._start(self._probe())

    async def _probe(self) -> None:
        """Ask once a second until the server answers again: on a fresh connection, since whatever failed hung up."""
        while self.is_down:
            await asyncio.sleep(PROBE_SECONDS)
            try:
                async with asyncio.timeout(self._patience):
                    await self._ask("PING")
            except _FAILURES:
                continue
            self.is_down = False
            log.info("redis.up")

    async def _flush(self) -> None:
        try:
            while self._outbox:
                batch, self._outbox = self._outbox, {}
                try:
                    await self._guarded(partial(self._publish_all, batch), CALL_SECONDS)
                except RedisDown:
                    self._outbox.clear()
        finally:
            self._flushing = False

    async def _listen(self, channels: dict[str, Callable[[str], None]]) -> None:
        while True:
            listener = self._client.pubsub()
            try:
                async with asyncio.timeout(_SILENCE_SECONDS):
                    await listener.subscribe(*channels)
                await self._hear(listener, channels)
            except _FAILURES as error:
                log.info("redis.listener_lost", reason=type(error).__name__)
                with contextlib.suppress(RedisDown):  # a process without requests would not notice that it is away
                    await self.ping()
            finally:
                await _drop(listener)
            await asyncio.sleep(PROBE_SECONDS)

    async def _hear(self, listener: PubSub, channels: dict[str, Callable[[str], None]]) -> None:
        """Dispatch messages; after a silence ask for a sign of life, after a second one give up."""
        asked = False
        while True:
            message = await listener.get_message(timeout=_SILENCE_SECONDS)
            if message is None:
                if asked:
                    raise TimeoutError
                async with asyncio.timeout(CALL_SECONDS):
                    await listener.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "message":
                _deliver(channels[str(message["channel"])], str(message["data"]))

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _client(url: str, sentinels: Sentinels | None) -> Client:
    options: dict[str, Any] = {
        "decode_responses": True,
        "socket_timeout": None,  # a timer for each part costs more than the one around every use
        "socket_connect_timeout": CALL_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    return Client.from_url(url, **options) if sentinels is None else sentinels.client(**options)


def _deliver(callback: Callable[[str], None], text: str) -> None:
    """A fault in one listener must not end the subscription of the others."""
    try:
        callback(text)
    except Exception:
        log.exception("redis.listener_failed")


async def _drop(listener: PubSub) -> None:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            closing = listener.aclose()  # type: ignore[no-untyped-call] # the client has no types here
            if inspect.isawaitable(closing):
                await closing
    except _FAILURES:
        pass
