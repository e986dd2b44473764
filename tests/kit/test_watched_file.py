"""Files that change what a process does while it runs: followed when right, left alone when wrong."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from taskyard.kit.watched_file import FileError, WatchedFile


class Follower:
    """Takes what begins with a plus."""

    def __init__(self) -> None:
        self.taken: list[bytes | None] = []

    def take(self, content: bytes | None) -> None:
        if content is not None and not content.startswith(b"+"):
            raise FileError("it does not begin with a plus")
        self.taken.append(content)


@pytest.fixture
def follower() -> Follower:
    return Follower()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


async def test_each_content_is_taken_once(path: Path, follower: Follower) -> None:
    file = WatchedFile(path, follower.take)
    file.look()
    for content in (b"+1", b"+1", b"+2"):
        path.write_bytes(content)
        await file.look_again()
        await file.look_again()
    path.unlink()
    await file.look_again()
    assert follower.taken == [None, b"+1", b"+2", None]


async def test_what_is_wrong_changes_nothing_and_is_told_once(path: Path, follower: Follower) -> None:
    path.write_bytes(b"+1")
    file = WatchedFile(path, follower.take)
    file.look()
    path.write_bytes(b"-")
    with capture_logs() as lines:
        for _ in range(3):
            await file.look_again()
        path.write_bytes(b"+2")
        await file.look_again()
    assert follower.taken == [b"+1", b"+2"]
    assert [line["event"] for line in lines] == ["file.refused", "file.followed"]
    assert lines[0]["reason"] == "it does not begin with a plus"


async def test_what_cannot_be_read_changes_nothing(path: Path, follower: Follower) -> None:
    file = WatchedFile(path, follower.take)
    path.mkdir()
    with capture_logs() as lines:
        await file.look_again()
        await file.look_again()
    assert (follower.taken, len(lines)) == ([], 1)
    with pytest.raises(FileError, match="directory"):
        file.look()


def test_a_large_file_is_refused(path: Path, follower: Follower) -> None:
    path.write_bytes(b"+" * (1024 * 1024 + 1))
    with pytest.raises(FileError, match="megabyte"):
        WatchedFile(path, follower.take).look()
