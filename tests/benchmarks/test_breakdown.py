"""Where the time of a request goes is recorded, or said to be unknown."""

import sys
from pathlib import Path
from unittest.mock import AsyncMock, Mock

import pytest

from benchmarks import breakdown


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recorder of the test's own."""
    monkeypatch.setattr(breakdown, "RECORDER", tmp_path / "py-spy")
    monkeypatch.setattr(breakdown, "measure", AsyncMock())
    return tmp_path / "py-spy"


async def _profile(folder: Path) -> dict[str, float]:
    return await breakdown.profile(Mock(pid=1), "get", seconds=2, folder=folder, token="")


def _write(recorder: Path, script: str) -> None:
    recorder.write_text(f"#!/bin/sh\n{script}\n")
    recorder.chmod(0o755)


def test_recorder_is_the_one_beside_the_interpreter() -> None:
    assert breakdown.RECORDER.parent == Path(sys.executable).parent
    assert breakdown.RECORDER.exists()


async def test_recording_becomes_shares(recorder: Path, tmp_path: Path) -> None:
    stack = "run (uvloop/__init__.py);run (asyncio/runners.py);check (/gateway/limits.py) 3"
    _write(recorder, f"echo '/uvloop/{stack}' > '{tmp_path / 'get.stacks'}'")

    assert await _profile(tmp_path) == {"limits": 1}


async def test_recorder_that_fails_is_an_error_with_its_words(recorder: Path, tmp_path: Path) -> None:
    (tmp_path / "get.stacks").write_text("")
    _write(recorder, "echo 'Permission denied' >&2; exit 1")

    with pytest.raises(RuntimeError, match="py-spy cannot record get: Permission denied"):
        await _profile(tmp_path)
