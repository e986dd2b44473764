"""Log files: rotated by size among several processes, without losing or tearing a line."""

import fcntl
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from taskyard.kit.log_output import LogFile, RotatingFile, Stream

PROCESSES, LINES = 4, 12_500
WRITER = """
import sys
from pathlib import Path
from taskyard.kit import log_output
from taskyard.kit.line_writer import LineWriter
from taskyard.kit.log_output import LogFile, RotatingFile

path, name, lines, log_output.PATIENCE = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
writer = LineWriter(RotatingFile(LogFile(path, 200_000, 100)), size=lines + 1)
for number in range(lines):
    writer.write(f"<{name} {number} {'x' * (number % 200)}>".encode())
writer.close(60)
assert writer.dropped == 0
"""


def _contents(path: Path) -> list[Path]:
    """The file and those put aside, oldest first."""
    aside = sorted(path.parent.glob(f"{path.name}.*"), key=lambda file: -int(file.suffix[1:]))
    return [*aside, path]


@pytest.mark.parametrize("patience", [60.0, 0.002])
def test_processes_share_a_file_through_its_rotations(tmp_path: Path, patience: float) -> None:
    """Also when some lose their patience with the lock; the files may then become larger."""
    path = tmp_path / "log"
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, str(name), str(LINES), str(patience)]) for name in range(PROCESSES)]
    assert [writer.wait(60) for writer in writers] == [0] * PROCESSES
    files = _contents(path)
    lines = b"".join(file.read_bytes() for file in files).decode().splitlines()
    expected = {f"<{name} {number} {'x' * (number % 200)}>" for name in range(PROCESSES) for number in range(LINES)}
    assert Counter(lines) == Counter(expected)
    if patience > 1:
        assert len(files) > 20
        assert all(file.stat().st_size <= 200_000 for file in files)


def test_oldest_files_go(tmp_path: Path) -> None:
    output = RotatingFile(LogFile(tmp_path / "log", 10, 2))
    for number in range(5):
        output.write([f"line {number}\n".encode()])
    output.close()
    assert [file.read_text() for file in _contents(tmp_path / "log")] == ["line 2\n", "line 3\n", "line 4\n"]


def test_without_a_size_nothing_rotates(tmp_path: Path) -> None:
    output = RotatingFile(LogFile(tmp_path / "log", 0))
    for _ in range(3):
        output.write([b"x" * 1000])
    output.close()
    assert _contents(tmp_path / "log") == [tmp_path / "log"]


def test_file_that_somebody_else_moved_is_begun_again(tmp_path: Path) -> None:
    output = RotatingFile(LogFile(tmp_path / "log"))
    output.write([b"before\n"])
    (tmp_path / "log").rename(tmp_path / "moved")
    output.write([b"after\n"])
    (tmp_path / "log").unlink()
    output.write([b"again\n"])
    output.close()
    assert (tmp_path / "moved").read_text() == "before\n"
    assert (tmp_path / "log").read_text() == "again\n"


def test_folder_that_went_away_keeps_nobody_from_writing(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    output = RotatingFile(LogFile(tmp_path / "logs" / "log", 10))
    output.write([b"before\n"])
    (tmp_path / "logs").rename(tmp_path / "moved")
    output.write([b"after\n"])
    output.close()
    assert (tmp_path / "moved" / "log").read_text() == "before\nafter\n"


def test_stopped_holder_of_the_lock_keeps_nobody_from_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.kit.log_output.PATIENCE", 0.05)
    output = RotatingFile(LogFile(tmp_path / "log", 10))
    with (tmp_path / "log").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for _ in range(2):
            output.write([b"a whole line\n"])
    output.write([b"then it rotates\n"])
    output.close()
    texts = [file.read_text() for file in _contents(tmp_path / "log")]
    assert texts == ["a whole line\na whole line\n", "then it rotates\n"]


def test_device_is_written_and_never_put_aside(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to("/dev/null")
    output = RotatingFile(LogFile(tmp_path / "log", 1))
    output.write([b"one\n"])
    output.write([b"two\n"])
    output.close()
    assert (tmp_path / "log").is_symlink()


def test_pipe_gets_lines_in_parts_that_cannot_be_mixed() -> None:
    reader, writer = os.pipe()
    lines = [b"x" * 1500 + b"\n"] * 5 + [b"y" * 9000 + b"\n"]
    Stream(writer).write(lines)
    os.close(writer)
    with os.fdopen(reader, "rb") as content:
        assert content.read() == b"".join(lines)
