"""Logs: whole JSON lines, no forged ones, no secrets, and never a wait."""

import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from taskyard.kit import logs
from taskyard.kit.logs import LineWriter, LogFileError, masked


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """Logs of this process, in a file for one test; afterwards everything is as it was."""
    handlers, level = logging.root.handlers[:], logging.root.level
    logs.configure("info", tmp_path / "log", "task")
    yield tmp_path / "log"
    logs.close()
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logs._Destination.writer = None
    logs.bind_request("", "")


def _lines(path: Path) -> list[dict[str, Any]]:
    logs.close()
    return [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]


def test_line_names_service_level_and_request(log_file: Path) -> None:
    logs.bind_request("r-1", "t-1")
    structlog.get_logger().info("task.created", task_id="x")
    (line,) = _lines(log_file)
    assert line.pop("at").endswith("Z")
    expected = {"service": "task", "level": "info", "event": "task.created", "task_id": "x"}
    assert line == expected | {"request_id": "r-1", "trace_id": "t-1"}


def test_line_break_cannot_forge_a_line(log_file: Path) -> None:
    structlog.get_logger().warning("bad\r\n{}", name='x"\n{"event":"forged"}')
    (line,) = _lines(log_file)
    assert line["event"] == "bad\r\n{}"


def test_less_serious_lines_are_left_out(log_file: Path) -> None:
    structlog.get_logger().debug("no")
    logs.write_record({"event": "request"})
    assert [line["event"] for line in _lines(log_file)] == ["request"]


def test_library_records_and_exceptions_have_our_form(log_file: Path) -> None:
    try:
        _ = int("postgresql://user:hunter2@host/db")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("failed %s", "x")
    (line,) = _lines(log_file)
    assert (line["event"], line["logger"], line["level"]) == ("failed x", "uvicorn.error", "error")
    assert "ValueError" in line["exception"]
    assert "hunter2" not in line["exception"]


def test_what_json_cannot_hold_is_written_all_the_same(log_file: Path) -> None:
    loop: dict[str, Any] = {}
    loop["again"] = loop
    structlog.get_logger().info("odd", value=object(), loop=loop)
    logs.write_record({"event": "looped", "loop": loop})
    first, second = _lines(log_file)
    assert first["value"].startswith("<object")
    assert second["unencodable"] is True


def test_secrets_are_masked_by_name_and_by_form() -> None:
    hidden = masked(
        {
            "password": "a",
            "nested": [{"Refresh_Token": "b", "Authorization": "c", "cookie": "d", "x-api-key": "e"}],
            "text": "Bearer abcdefghijkl and tyk_abcdefghijkl at redis://:sesame@host",
            "title": "kept",
        }
    )
    text = repr(hidden)
    assert not [secret for secret in ("'a'", "'b'", "'c'", "'d'", "'e'", "abcdefghijkl", "sesame") if secret in text]
    assert hidden["title"] == "kept"


def test_blocked_output_drops_and_counts_but_never_waits() -> None:
    reader, writer = os.pipe()
    lines = LineWriter(writer, size=50)
    began = time.monotonic()
    for _ in range(5_000):
        lines.write(b"x" * 1_000)
    assert time.monotonic() - began < 1
    assert lines.dropped > 1_000
    os.set_blocking(reader, False)
    seen = _drain(reader)
    lines.write(b"after")
    lines.close()
    assert b'"log.dropped","count":' in seen + _drain(reader)
    os.close(reader)
    os.close(writer)


def test_closed_output_loses_lines_and_nothing_else(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "log", os.O_RDONLY | os.O_CREAT)
    lines = LineWriter(descriptor)
    lines.write(b"lost")
    lines.close()
    os.close(descriptor)
    assert lines.dropped == 1


def _drain(reader: int) -> bytes:
    """Everything that arrives until nothing has for a moment."""
    content, quiet = b"", 0
    while quiet < 10:
        try:
            content += os.read(reader, 1 << 20)
            quiet = 0
        except BlockingIOError:
            quiet += 1
            time.sleep(0.02)
    return content


def test_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogFileError, match=r"cannot write to the log file .*nowhere"):
        logs.configure("info", tmp_path / "nowhere" / "log")
