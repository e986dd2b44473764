"""Files in a folder: whole or not at all, and under no name but an id."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from taskyard.kit.files import FolderFiles
from taskyard.kit.ids import new_id
from taskyard.kit.problems import MalformedRequest, Unavailable


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path / "files")


async def parts(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


async def broken_off(error: BaseException) -> AsyncIterator[bytes]:
    yield b"The beginning"
    raise error


async def test_what_was_put_is_read(files: FolderFiles) -> None:
    name, content = new_id(), [b"a", b"b" * 300_000, b"c"]
    stored = await files.put(name, parts(*content))

    assert b"".join([part async for part in files.read(name)]) == b"".join(content)
    assert (stored.size, stored.head) == (300_002, b"a" + b"b" * 15)
    assert stored.sha256 == hashlib.sha256(b"".join(content)).hexdigest()


@pytest.mark.parametrize("error", [MalformedRequest(), asyncio.CancelledError(), OSError("full")])
async def test_nothing_is_left_of_what_was_broken_off(files: FolderFiles, tmp_path: Path, error: BaseException) -> None:
    expected = Unavailable if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        await files.put(new_id(), broken_off(error))

    assert list(tmp_path.glob("files/*/*")) == []


async def test_a_file_is_never_written_over(files: FolderFiles) -> None:
    name = new_id()
    await files.put(name, parts(b"first"))
    with pytest.raises(Unavailable):
        await files.put(name, parts(b"second"))

    assert b"".join([part async for part in files.read(name)]) == b"first"


@pytest.mark.parametrize("name", ["x", "..", "../../etc/passwd", "01a21db6-b3e5-71ce-850e-4b43baf94a14/.."])
async def test_a_name_that_is_no_id_is_a_fault(files: FolderFiles, name: str) -> None:
    for work in (files.has(name), files.remove(name), files.put(name, parts(b""))):
        with pytest.raises(ValueError, match=f"^{re.escape(name)}$"):
            await work


async def test_files_are_removed_and_listed_by_age(files: FolderFiles) -> None:
    name = new_id()
    assert (await files.has(name), await files.list_older(timedelta(0))) == (False, [])
    await files.put(name, parts(b""))
    assert await files.list_older(timedelta(hours=1)) == []
    assert await files.list_older(timedelta(seconds=-60)) == [name]
    await files.remove(name)
    await files.remove(name)
    assert not await files.has(name)
