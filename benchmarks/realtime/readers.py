"""Open event streams by the thousand, each a bare protocol that notes when its events came."""

import asyncio
import re
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import cast

_EVENT = re.compile(rb'id: (\d+:\d+)\nevent: [^\n]*\ndata: [^\n]*?"at":"([^"]+)"')
PATIENCE = 0.25


class Arrivals:
    """What arrived at all streams: for each event the second it was made in, and the milliseconds it took."""

    def __init__(self) -> None:
        self.delays: list[tuple[float, float]] = []

    def note(self, made_at: str) -> None:
        """An event that was made at an instant has arrived now."""
        now = time.time()
        self.delays.append((now, (now - datetime.fromisoformat(made_at).timestamp()) * 1000))


class Reader(asyncio.Protocol):
    """One stream."""

    def __init__(self, token: str, last_id: str, arrivals: Arrivals | None, on_first: Callable[[], None]) -> None:
        self.last_id = self.id_before = last_id
        self.is_open = False
        self._token = token
        self._arrivals = arrivals
        self._on_first = on_first
        self._part = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        self.transport = cast(asyncio.Transport, transport)
        resume = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
        self.transport.write(
            f"GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self._token}\r\n"
            f"{resume}\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Note every whole event."""
        if not self.is_open:
            if not data.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(data[:300].decode())
            self.is_open = True
        data = self._part + data
        end = 0
        for found in _EVENT.finditer(data):
            self.id_before, self.last_id = self.last_id, found[1].decode()
            end = found.end()
            if self._arrivals is not None:
                self._arrivals.note(found[2].decode())
            self._on_first()
        self._part = data[end:] if end else data[-20_000:]

    def connection_lost(self, _exc: Exception | None) -> None:
        """It ended."""
        self.transport = None

    def close(self) -> None:
        """Hang up."""
        if self.transport is not None:
            self.transport.abort()


async def open_all(
    port: int, wanted: Iterable[tuple[str, str]], arrivals: Arrivals | None = None, *, at_once: int = 100
) -> list[Reader]:
    """Open a stream for each token and last id, some at once, and wait until all are open."""
    turns = asyncio.Semaphore(at_once)

    async def one(token: str, last_id: str) -> Reader:
        async with turns:
            reader = Reader(token, last_id, arrivals, lambda: None)
            await connect(port, reader)
            while not reader.is_open:  # noqa: ASYNC110 - a measurement
                await asyncio.sleep(0.005)
            return reader

    return await asyncio.gather(*(one(token, last_id) for token, last_id in wanted))


async def connect(port: int, reader: Reader) -> None:
    """Connect, however often it takes."""
    while True:
        try:
            await asyncio.get_running_loop().create_connection(lambda: reader, "127.0.0.1", port)
        except OSError:
            await asyncio.sleep(PATIENCE)
        else:
            return


async def resume_all(port: int, wanted: list[tuple[str, str]]) -> list[float]:
    """Resume all streams at once; when each had its first missed event, in seconds from now."""
    began, resumed = time.perf_counter(), list[float]()

    async def one(token: str, last_id: str) -> Reader:
        first = asyncio.Event()
        reader = Reader(token, last_id, None, first.set)
        while not first.is_set():
            await connect(port, reader)
            while reader.transport is not None and not first.is_set():
                try:
                    await asyncio.wait_for(first.wait(), PATIENCE)
                except TimeoutError:
                    continue
        resumed.append(time.perf_counter() - began)
        return reader

    readers = await asyncio.gather(*(one(token, last_id) for token, last_id in wanted))
    for reader in readers:
        reader.close()
    return sorted(resumed)
