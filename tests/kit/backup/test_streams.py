"""Encrypted files: whole, authentic, and nothing plain beside them."""

import asyncio
import io
import threading
from pathlib import Path

import pytest

from taskyard.kit.backup import age
from taskyard.kit.backup.errors import BackupError, DamagedError, WrongKeyError
from taskyard.kit.backup.keys import new_key_file, read_key_file
from taskyard.kit.backup.streams import decrypted, write_encrypted
from taskyard.kit.backup.tars import pack_files, pack_folder, read_files, unpack_folder
from taskyard.kit.backup.threads import in_thread
from taskyard.kit.clock import now
from tests.kit.backup.scanner import find_words

CONTENT = bytes(range(256)) * 2000
WORD = b"canary in the mine"


@pytest.fixture
def key() -> tuple[str, str]:
    return age.generate()


def test_content_comes_back(tmp_path: Path, key: tuple[str, str]) -> None:
    digest = write_encrypted(io.BytesIO(CONTENT), tmp_path / "file", key[1])
    assert digest.size == (tmp_path / "file").stat().st_size
    with decrypted(tmp_path / "file", (key[0],)) as stream:
        assert stream.read() == CONTENT


@pytest.mark.parametrize("place", [0, 30, 100, 180, -1])
def test_flipped_bit_is_found_wherever_it_is(tmp_path: Path, key: tuple[str, str], place: int) -> None:
    write_encrypted(io.BytesIO(CONTENT), tmp_path / "file", key[1])
    content = bytearray((tmp_path / "file").read_bytes())
    content[place] ^= 1
    (tmp_path / "file").write_bytes(content)
    with pytest.raises((DamagedError, WrongKeyError)), decrypted(tmp_path / "file", (key[0],)) as stream:
        stream.read()


@pytest.mark.parametrize("length", [0, 100, -1, -100])
def test_file_that_was_cut_off_is_found(tmp_path: Path, key: tuple[str, str], length: int) -> None:
    write_encrypted(io.BytesIO(CONTENT), tmp_path / "file", key[1])
    (tmp_path / "file").write_bytes((tmp_path / "file").read_bytes()[:length])
    with pytest.raises(DamagedError), decrypted(tmp_path / "file", (key[0],)) as stream:
        stream.read()


def test_other_key_is_told_in_one_line(tmp_path: Path, key: tuple[str, str]) -> None:
    write_encrypted(io.BytesIO(CONTENT), tmp_path / "file", key[1])
    with (
        pytest.raises(WrongKeyError, match="file: it was made for another key"),
        decrypted(tmp_path / "file", (age.generate()[0],)),
    ):
        pass


def test_reader_that_gives_up_is_only_told_its_own_error(
    tmp_path: Path, key: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = threading.Event()

    def write_late(_: age.Source, sink: age.Sink, __: str) -> None:
        gone.wait(10)
        sink.write(b"late")

    write_encrypted(io.BytesIO(CONTENT), tmp_path / "file", key[1])
    monkeypatch.setattr(age, "decrypt", write_late)
    with pytest.raises(KeyError), decrypted(tmp_path / "file", (key[0],)):
        raise KeyError
    gone.set()
    for thread in threading.enumerate():
        if thread.name == "decrypting":
            thread.join()


def test_folder_comes_back_private(tmp_path: Path, key: tuple[str, str]) -> None:
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "file").write_bytes(WORD)
    pack_folder(tmp_path / "folder", tmp_path / "packed", key[1])
    unpack_folder(tmp_path / "packed", (key[0],), tmp_path / "again")
    assert (tmp_path / "again" / "deep" / "file").read_bytes() == WORD
    assert (tmp_path / "again" / "deep" / "file").stat().st_mode & 0o077 == 0


def test_scanner_finds_what_is_not_encrypted(
    tmp_path: Path, key: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pack_files({"name": WORD}, tmp_path / "encrypted", key[1])
    assert not find_words(tmp_path, {WORD})
    monkeypatch.setattr(age, "encrypt", pass_on)
    pack_files({"name": WORD}, tmp_path / "only compressed", key[1])
    assert find_words(tmp_path, {WORD}) == {WORD}


def test_key_file_holds_both_keys_and_says_when_it_is_none() -> None:
    text, recipient = new_key_file(b"mark", now())
    key = read_key_file(text, "file")
    assert age.recipient_of(key.identities[0]) == recipient
    assert key.authenticity == b"mark"
    with pytest.raises(Exception, match="holds no private key"):
        read_key_file(recipient, "file")


def test_key_file_may_hold_the_keys_of_before(tmp_path: Path, key: tuple[str, str]) -> None:
    write_encrypted(io.BytesIO(CONTENT), tmp_path / "old", key[1])
    text, recipient = new_key_file(b"mark", now())
    write_encrypted(io.BytesIO(CONTENT), tmp_path / "new", recipient)
    both = read_key_file(new_key_file(b"mark", now())[0] + text + key[0], "file")
    for name in ("old", "new"):
        with decrypted(tmp_path / name, both.identities) as stream:
            assert stream.read() == CONTENT
    with pytest.raises(BackupError, match="keys of two deployments"):
        read_key_file(text + new_key_file(b"other", now())[0], "file")


async def test_cancelled_work_ends_before_the_cancellation_goes_on(tmp_path: Path, key: tuple[str, str]) -> None:
    endless = Endless()
    work = asyncio.create_task(in_thread(lambda: write_encrypted(endless, tmp_path / "file", key[1])))
    while not endless.given:  # noqa: ASYNC110 - a thread has no event
        await asyncio.sleep(0.01)
    work.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await work
    given = endless.given
    await asyncio.sleep(0.1)
    assert endless.given == given


class Endless:
    """A source without an end."""

    given = 0

    def read(self, size: int, /) -> bytes:
        self.given += 1
        return bytes(size)


def test_small_files_come_back(tmp_path: Path, key: tuple[str, str]) -> None:
    pack_files({"a": b"1", "b": b""}, tmp_path / "packed", key[1])
    assert read_files(tmp_path / "packed", (key[0],)) == {"a": b"1", "b": b""}


def pass_on(source: age.Source, sink: age.Sink, _: str) -> None:
    """What encryption must not be."""
    while chunk := source.read(1024):
        sink.write(chunk)
