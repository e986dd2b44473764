"""A way to Valkey on which some of what is published never arrives."""

import asyncio
import re
import threading
from random import Random
from typing import Self

_MESSAGE = re.compile(rb"[*>]3\r\n\$7\r\nmessage\r\n\$\d+\r\n[^\r]*\r\n\$\d+\r\n[^\r]*\r\n")
_BEGUN = b"$7\r\nmessage\r\n"


class LossyHints:
    """Forwards connections to a Valkey, and drops a share of the messages that subscribers are sent."""

    def __init__(self, port: int, share: float, seed: int = 1) -> None:
        self.dropped = self.passed = 0
        self.url = ""
        self._to = port
        self._share = share
        self._chance = Random(seed)  # noqa: S311 - chance drops messages here

    def __enter__(self) -> Self:
        """Listen."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        opening = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._forward, "127.0.0.1", 0), self._loop)
        self._server = opening.result(10)
        self.url = f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection("127.0.0.1", self._to)
        try:
            await asyncio.gather(self._copy(reader, here), self._sift(there, writer))
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            here.close()
            writer.close()

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
        target.close()

    async def _sift(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        held = b""
        while data := await source.read(65536):
            kept, held = self.sift(held + data)
            target.write(kept)
            await target.drain()
        target.close()

    def sift(self, data: bytes) -> tuple[bytes, bytes]:
        """What arrives of some bytes, and the beginning of a message that is not whole yet."""
        kept, place = b"", 0
        for message in _MESSAGE.finditer(data):
            kept += data[place : message.start()]
            place = message.end()
            if self._chance.random() < self._share:
                self.dropped += 1
            else:
                self.passed += 1
                kept += message[0]
        rest = data[place:]
        return (kept, rest) if _BEGUN in rest else (kept + rest, b"")
