"""Files in a folder or a bucket: whole or not at all, and under no name but an id."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from taskyard.kit.bucket_files import PART, PIECE, BucketFiles
from taskyard.kit.files import Files, FolderFiles
from taskyard.kit.ids import new_id
from taskyard.kit.problems import MalformedRequest, Unavailable
from tests.kit.object_store import ObjectStore

LONG = 2 * PART + 100_000


class Place(msgspec.Struct, frozen=True):
    """Where files are kept, and how to look there past our own code."""

    files: Files
    names: Callable[[], list[str]]


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return Place(FolderFiles(tmp_path / "files"), lambda: [path.name for path in tmp_path.glob("files/*/*")])
    store: ObjectStore = request.getfixturevalue("object_store")
    bucket = store.new_bucket()
    return Place(BucketFiles(bucket), lambda: store.names(bucket) + store.pending(bucket))


@pytest.fixture
def files(place: Place) -> Files:
    return place.files


async def parts(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


async def broken_off(beginning: int, error: BaseException) -> AsyncIterator[bytes]:
    yield b"b" * beginning
    raise error


async def read(files: Files, name: str, first: int, length: int) -> bytes:
    return b"".join([part async for part in files.read(name, first, length)])


async def test_what_was_put_is_read(files: Files) -> None:
    name, content = new_id(), [b"a", b"b" * 300_000, b"c"]
    stored = await files.put(name, parts(*content))

    assert await read(files, name, 0, stored.size) == b"".join(content)
    assert (stored.size, stored.head) == (300_002, b"a" + b"b" * 15)
    assert stored.sha256 == hashlib.sha256(b"".join(content)).hexdigest()


async def test_a_long_file_comes_back_whole_and_in_part(files: Files) -> None:
    name, content = new_id(), bytes(range(251)) * (LONG // 251)
    stored = await files.put(name, parts(*(content[at : at + 65_536] for at in range(0, len(content), 65_536))))

    assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert await read(files, name, 0, len(content)) == content
    for first, length in ((PIECE - 1, 2), (PART, PIECE), (len(content) - 1, 1), (5, 0)):
        assert await read(files, name, first, length) == content[first : first + length]


@pytest.mark.parametrize("beginning", [10, LONG])
@pytest.mark.parametrize("error", [MalformedRequest(), asyncio.CancelledError(), OSError("full")])
async def test_nothing_is_left_of_what_was_broken_off(place: Place, error: BaseException, beginning: int) -> None:
    expected = Unavailable if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        await place.files.put(new_id(), broken_off(beginning, error))

    assert place.names() == []


@pytest.mark.parametrize("size", [5, LONG])
async def test_a_file_is_never_written_over(files: Files, size: int) -> None:
    name = new_id()
    await files.put(name, parts(b"1" * size))
    with pytest.raises(Unavailable):
        await files.put(name, parts(b"2" * size))

    assert await read(files, name, 0, size) == b"1" * size


@pytest.mark.parametrize("name", ["x", "..", "../../etc/passwd", "01a21db6-b3e5-71ce-850e-4b43baf94a14/.."])
async def test_a_name_that_is_no_id_is_a_fault(files: Files, name: str) -> None:
    for work in (read(files, name, 0, 1), files.remove(name), files.put(name, parts(b""))):
        with pytest.raises(ValueError, match=f"^{re.escape(name)}$"):
            await work


async def test_files_are_removed_and_listed_by_age(files: Files) -> None:
    name = new_id()
    assert await files.list_older(timedelta(0)) == []
    await files.put(name, parts(b""))
    assert (await read(files, name, 0, 0), await files.list_older(timedelta(hours=1))) == (b"", [])
    assert await files.list_older(timedelta(seconds=-60)) == [name]
    await files.remove(name)
    await files.remove(name)
    for length in (0, 1):
        with pytest.raises(FileNotFoundError):
            await read(files, name, 0, length)
