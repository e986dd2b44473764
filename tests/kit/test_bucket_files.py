"""A store that is away, hangs, forgets or refuses: it is told, in time, and nothing is lost or half there."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta

import msgspec
import pytest

from taskyard.kit import bucket_files
from taskyard.kit.bucket_files import PART, PIECE, BucketFiles
from taskyard.kit.ids import new_id
from taskyard.kit.problems import Unavailable
from tests.kit.object_store import ObjectStore, running_store

SOON = timedelta(seconds=2)
CHUNK = 256 * 1024
MANY = 8 * PART // CHUNK


@pytest.fixture
def own_store() -> Iterator[ObjectStore]:
    """A store that the test may stop."""
    with running_store() as store:
        yield store


class Sender:
    """A client that sends a long file, and counts how much of it was taken."""

    def __init__(self, *, at_half: Callable[[], object] = lambda: None, pause: float = 0) -> None:
        self.taken = 0
        self._at_half = at_half
        self._pause = pause
        self.reached_half = asyncio.Event()

    async def parts(self) -> AsyncIterator[bytes]:
        for number in range(MANY):
            if number == MANY // 2:
                self._at_half()
                self.reached_half.set()
                await asyncio.sleep(self._pause)
            self.taken += CHUNK
            yield b"x" * CHUNK


async def parts(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


async def read(files: BucketFiles, name: str, length: int) -> bytes:
    return b"".join([part async for part in files.read(name, 0, length)])


async def becomes(question: Callable[[], bool]) -> bool:
    """Whether something becomes so before long."""
    for _ in range(400):
        if await asyncio.to_thread(question):
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.mark.parametrize("pause", [0, 3600])
async def test_nothing_stays_of_an_upload_that_is_cancelled(object_store: ObjectStore, pause: float) -> None:
    bucket, sender = object_store.new_bucket(), Sender(pause=pause)
    putting = asyncio.create_task(BucketFiles(bucket).put(new_id(), sender.parts()))
    await sender.reached_half.wait()
    assert object_store.pending(bucket) != []
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting

    assert await becomes(lambda: object_store.pending(bucket) == [])
    assert object_store.names(bucket) == []


async def test_an_upload_that_is_cancelled_at_its_very_end_leaves_nothing(object_store: ObjectStore) -> None:
    bucket = object_store.new_bucket()
    files, done = BucketFiles(bucket), asyncio.Event()

    async def to_the_end() -> AsyncIterator[bytes]:
        yield b"x" * 2 * PART
        done.set()

    putting = asyncio.create_task(files.put(new_id(), to_the_end()))
    await done.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting

    assert await becomes(lambda: not files._leaving)
    assert object_store.names(bucket) + object_store.pending(bucket) == []


@pytest.mark.parametrize("how", ["pause", "stop"])
async def test_a_store_that_goes_away_amid_an_upload_is_told(own_store: ObjectStore, how: str) -> None:
    bucket = own_store.new_bucket()
    files, name, sender = BucketFiles(bucket, SOON), new_id(), Sender(at_half=getattr(own_store, how))
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await files.put(name, sender.parts())

    assert time.monotonic() - began < 20
    assert sender.taken <= MANY // 2 * CHUNK + 3 * PART  # what waits for the store is bounded
    if how == "pause":
        own_store.resume()
        await BucketFiles(bucket).put(new_id(), parts(b"after"))
        with pytest.raises(FileNotFoundError):
            await read(BucketFiles(bucket), name, 1)


@pytest.mark.parametrize("how", ["pause", "stop"])
async def test_a_store_that_goes_away_amid_a_download_is_told(own_store: ObjectStore, how: str) -> None:
    bucket, name = own_store.new_bucket(), new_id()
    files = BucketFiles(bucket, SOON)
    await BucketFiles(bucket).put(name, parts(b"x" * 2 * PIECE))
    reading = files.read(name, 0, 2 * PIECE)
    assert len(await anext(reading)) == PIECE
    getattr(own_store, how)()
    with pytest.raises(Unavailable):
        await anext(reading)

    works = (read(files, name, 1), read(files, name, 0), files.remove(name), files.list_older(timedelta(0)))
    answers = await asyncio.gather(*works, return_exceptions=True)
    assert {type(answer) for answer in answers} == {Unavailable}


async def test_who_is_slow_has_as_long_as_it_takes(object_store: ObjectStore) -> None:
    files, name = BucketFiles(object_store.new_bucket(), SOON), new_id()
    stored = await files.put(name, Sender(pause=3).parts())
    reading, got = files.read(name, 0, 3 * PIECE), b""
    async for part in reading:
        got += part
        await asyncio.sleep(1)

    assert (stored.size, len(got)) == (MANY * CHUNK, 3 * PIECE)


async def test_a_bucket_that_is_missing_is_no_missing_file(object_store: ObjectStore) -> None:
    files, name = BucketFiles(object_store.address("nowhere-at-all")), new_id()
    for work in (
        read(files, name, 1),
        read(files, name, 0),
        files.put(name, parts(b"a")),
        files.put(name, parts(b"a" * PART)),
        files.remove(name),
        files.list_older(timedelta(0)),
    ):
        with pytest.raises(Unavailable):
            await work


async def test_a_file_that_lost_its_end_is_told(object_store: ObjectStore) -> None:
    bucket, name = object_store.new_bucket(), new_id()
    object_store.put(bucket, f"{bucket.prefix}/{name[-2:]}/{name}", b"12345")

    assert await read(BucketFiles(bucket), name, 5) == b"12345"
    with pytest.raises(Unavailable):
        await read(BucketFiles(bucket), name, 6)


@pytest.mark.parametrize("status", ["403 Forbidden", "500 Internal Server Error", "200 OK"])
async def test_a_store_that_makes_no_sense_is_told(status: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 3\r\nConnection: close\r\n\r\n???".encode())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        files = BucketFiles(msgspec.structs.replace(ObjectStore().address("any"), endpoint=url), SOON)
        works = (read(files, new_id(), 1), files.put(new_id(), parts(b"a" * PART)), files.list_older(timedelta(0)))
        for work in works:
            with pytest.raises(Unavailable):
                await work


async def test_files_are_called_as_in_a_folder_and_listed_however_many(
    object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket_files, "AT_ONCE", 2)
    bucket = object_store.new_bucket()
    files, names = BucketFiles(bucket), sorted(new_id() for _ in range(5))
    for name in names:
        await files.put(name, parts(b""))
    object_store.put(bucket, f"{bucket.prefix}/ab/not-ours", b"")
    object_store.put(bucket, f"elsewhere/{names[0][-2:]}/{new_id()}", b"")

    assert sorted(await files.list_older(timedelta(seconds=-60))) == names
    assert {f"{bucket.prefix}/{name[-2:]}/{name}" for name in names} < set(object_store.paths(bucket))


async def test_variables_of_other_programs_decide_nothing(
    object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in {
        "AWS_ACCESS_KEY_ID": "theirs",
        "AWS_SESSION_TOKEN": "theirs",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
        "AWS_SKIP_SIGNATURE": "true",
    }.items():
        monkeypatch.setenv(variable, value)
    files, name = BucketFiles(object_store.new_bucket()), new_id()
    await files.put(name, parts(b"ours"))

    assert await read(files, name, 4) == b"ours"
