"""A network that fails as told: between the gateway and a service, request by request."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

from tests.gateway.servers import free_port

Manner = Literal["pass", "reset", "cut", "swallow", "half", "drip", "fail"]
_NO_LINGER = struct.pack("ii", 1, 0)


class FaultProxy:
    """Listens on a port of its own while ``is_listening``, and does with each request what ``manner`` says.

    ``pass`` asks the service, after ``delay`` seconds; ``reset`` takes the request and cuts the connection, ``cut``
    does so amid the answer; ``swallow`` never answers; ``half`` sends half a head and no more; ``drip`` sends a byte
    of it now and then; ``fail`` answers ``answer`` itself. With ``every`` above 1 only each so many-th request meets
    that, and the others pass.
    """

    def __init__(self, service_port: int) -> None:
        self.port = free_port()
        self.manner: Manner = "pass"
        self.every = 1
        self.delay = 0.0
        self.answer = b"502 Bad Gateway"
        self.methods: list[str] = []
        """Of each request that came as far as this."""
        self.abandoned = asyncio.Event()
        """Whoever asked hung up while it was still waiting."""
        self._service_port = service_port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def listen(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def vanish(self) -> None:
        """Take no connections any more, and cut those there are."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._open):
                _reset(writer)
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while request := await _read_message(reader):
                self.methods.append(request.partition(b" ")[0].decode())
                if not await self._meet(request, reader, writer):
                    break
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _meet(self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Deal with one request; whether the connection goes on."""
        manner = self.manner if len(self.methods) % self.every == 0 else "pass"
        if manner == "pass":
            await asyncio.sleep(self.delay)
            writer.write(await self._ask(request))
        elif manner == "fail":
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % self.answer)
        elif manner == "reset":
            _reset(writer)
        elif manner == "cut":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        else:
            writer.write(b"" if manner == "swallow" else b"HTTP/1.1 200 OK\r\nContent-Le")
            hung_up = asyncio.ensure_future(reader.read())
            while manner == "drip" and not hung_up.done():
                writer.write(b"H")
                await asyncio.wait({hung_up}, timeout=0.05)
            with suppress(OSError):  # it may hang up on what it has not read
                await hung_up
            self.abandoned.set()
        return manner in {"pass", "fail"}

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._service_port)
        try:
            writer.write(request)
            return await _read_message(reader)
        finally:
            writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    writer.transport.abort()


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    """One message with a length, or nothing where the connection ends."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                return head + await reader.readexactly(int(line.partition(b":")[2]))
    except asyncio.IncompleteReadError:
        return b""
    return head


@asynccontextmanager
async def faulty(service_port: int) -> AsyncIterator[FaultProxy]:
    """A way to a service that can be told to fail."""
    way = FaultProxy(service_port)
    await way.listen()
    try:
        yield way
    finally:
        await way.vanish()
