"""Packed folders: everything that was there or an error, and nothing in them that could not be unpacked."""

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from taskyard.kit.backup import age
from taskyard.kit.backup.errors import BackupError, DamagedError
from taskyard.kit.backup.streams import write_encrypted
from taskyard.kit.backup.tars import check_folder, pack_folder, read_files, unpack_folder

IDENTITY, RECIPIENT = age.generate()
IDENTITIES = (IDENTITY,)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    for number in range(3):
        (tmp_path / "folder" / "deep" / str(number)).write_bytes(b"%d" % number * 100_000)
    return tmp_path / "folder"


def test_file_that_goes_away_while_it_is_packed_is_left_out(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = os.listdir

    def list_then_lose(path: str) -> list[str]:
        names = listed(path)
        if "1" in names:
            (folder / "deep" / "1").unlink()
        return names

    monkeypatch.setattr(os, "listdir", list_then_lose)
    pack_folder(folder, tmp_path / "packed", RECIPIENT)
    unpack_folder(tmp_path / "packed", IDENTITIES, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out" / "deep").iterdir()) == ["0", "2"]


def test_file_that_is_there_and_not_found_is_an_error(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "lexists", lambda _: True)
    (folder / "deep" / "1").unlink()
    monkeypatch.setattr(os, "listdir", lambda _: ["1"])
    with pytest.raises(FileNotFoundError):
        pack_folder(folder, tmp_path / "packed", RECIPIENT)


def test_disk_that_is_away_ends_the_packing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        pack_folder(folder, tmp_path / "nowhere" / "packed", RECIPIENT)


def test_link_is_refused_when_it_is_packed_and_not_when_it_is_needed(folder: Path, tmp_path: Path) -> None:
    (folder / "link").symlink_to("deep/1")
    with pytest.raises(BackupError, match="link is neither a file nor a folder"):
        pack_folder(folder, tmp_path / "packed", RECIPIENT)


def test_file_with_two_names_comes_back_under_both(folder: Path, tmp_path: Path) -> None:
    (folder / "again").hardlink_to(folder / "deep" / "1")
    pack_folder(folder, tmp_path / "packed", RECIPIENT)
    unpack_folder(tmp_path / "packed", IDENTITIES, tmp_path / "out")
    assert (tmp_path / "out" / "again").read_bytes() == (tmp_path / "out" / "deep" / "1").read_bytes() == b"1" * 100_000


def test_folder_behind_a_link_is_packed_itself(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(folder)
    pack_folder(tmp_path / "linked", tmp_path / "packed", RECIPIENT)
    unpack_folder(tmp_path / "packed", IDENTITIES, tmp_path / "out")
    assert (tmp_path / "out" / "deep" / "2").exists()


def test_check_finds_what_could_not_be_unpacked(tmp_path: Path) -> None:
    packed(tmp_path / "cut", b"content", cut=600)
    with pytest.raises(DamagedError, match="cut is damaged"):
        check_folder(tmp_path / "cut", IDENTITIES)
    packed(tmp_path / "linked", b"", kind=tarfile.SYMTYPE)
    with pytest.raises(DamagedError, match="does not belong into a backup"):
        check_folder(tmp_path / "linked", IDENTITIES)
    packed(tmp_path / "whole", b"content")
    check_folder(tmp_path / "whole", IDENTITIES)


@pytest.mark.parametrize("read", [read_files, check_folder])
def test_file_that_is_not_there_is_an_error_at_once(
    tmp_path: Path, read: Callable[[Path, tuple[str, ...]], object]
) -> None:
    with pytest.raises(DamagedError, match="nothing cannot be read: No such file"):
        read(tmp_path / "nothing", IDENTITIES)


def packed(path: Path, content: bytes, *, kind: bytes = tarfile.REGTYPE, cut: int | None = None) -> None:
    """A tar with one entry, as somebody else might have written it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        entry = tarfile.TarInfo("entry")
        entry.type, entry.size, entry.linkname = kind, len(content), "elsewhere"
        tar.addfile(entry, io.BytesIO(content))
    write_encrypted(io.BytesIO(stream.getvalue()[:cut] if cut else stream.getvalue()), path, RECIPIENT)
