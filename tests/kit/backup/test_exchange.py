"""The exchange: what was there can be put back by one rename, and what cannot be replaced is found before."""

import base64
import os
from pathlib import Path

import pytest

from taskyard.kit.backup.errors import BackupError
from taskyard.kit.backup.exchange import check_replaceable, exchange, holds_key
from taskyard.kit.embedded.postgres import adopt_password

KEY = bytes(range(32))


def test_data_goes_aside_and_comes_back_with_its_password(tmp_path: Path) -> None:
    make(tmp_path, "old")
    make(tmp_path / "new", "new")
    aside = exchange(tmp_path, tmp_path / "new", "data.before-1")
    assert aside == tmp_path / "data.before-1"
    assert (tmp_path / "password").read_text() == (tmp_path / "data" / "content").read_text() == "new"
    (tmp_path / "data").rename(tmp_path / "away")
    aside.rename(tmp_path / "data")
    adopt_password(tmp_path)
    assert (tmp_path / "password").read_text() == (tmp_path / "data" / "content").read_text() == "old"
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["content"]


def test_key_is_the_same_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(base64.b64encode(KEY) + b"\n")
    assert holds_key(tmp_path / "key", KEY)
    assert not holds_key(tmp_path / "key", bytes(32))
    assert not holds_key(tmp_path / "missing", KEY)


def test_file_that_cannot_be_replaced_is_found_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_replaceable(tmp_path / "made" / "key")
    (tmp_path / "file").touch()
    with pytest.raises(BackupError, match="cannot be replaced"):
        check_replaceable(tmp_path / "file" / "key")
    monkeypatch.setattr(os.path, "ismount", lambda path: path == tmp_path / "key")
    with pytest.raises(BackupError, match="it is mounted"):
        check_replaceable(tmp_path / "key")


def make(folder: Path, word: str) -> None:
    """A folder with a database and its password."""
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "content").write_text(word)
    (folder / "password").write_text(word)
