"""More than can be done: connections that ask for the same thing again and again, however they are answered."""

import asyncio
import time
from collections import Counter

import msgspec

from tests.journeys.people import Someone

PAUSE = 0.02
"""Seconds until a refused client asks again, which is sooner than it should."""


class Answer(msgspec.Struct, frozen=True):
    """One answer: its status and code, and the seconds that it took."""

    status: int
    code: str
    seconds: float


def flood(person: Someone, path: str, *, connections: int, seconds: float) -> list[Answer]:
    """What everybody was answered."""
    return asyncio.run(_flood(person, path, connections, seconds))


def counts(answers: list[Answer]) -> Counter[tuple[int, str]]:
    """How often what was answered."""
    return Counter((answer.status, answer.code) for answer in answers)


async def _flood(person: Someone, path: str, connections: int, seconds: float) -> list[Answer]:
    answers: list[Answer] = []
    until = time.monotonic() + seconds
    await asyncio.gather(*(_ask_until(person, path, until, answers) for _ in range(connections)))
    return answers


async def _ask_until(person: Someone, path: str, until: float, answers: list[Answer]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", person.stack.port)
    credential = person.client.headers["Authorization"]
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {credential}\r\n\r\n".encode()
    try:
        while time.monotonic() < until:
            began = time.monotonic()
            writer.write(request)
            status, body = await _read(reader)
            code = "" if status < 400 else str(msgspec.json.decode(body)["code"])
            answers.append(Answer(status, code, time.monotonic() - began))
            if status >= 400:
                await asyncio.sleep(PAUSE)
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """An answer of known length, or one in chunks."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head.split(maxsplit=2)[1])
    if b"\r\ncontent-length: " in head:
        return status, await reader.readexactly(int(head.partition(b"\r\ncontent-length: ")[2].split(b"\r\n")[0]))
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return status, body
