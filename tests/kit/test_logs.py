"""Logs: whole JSON lines, no forged ones, no secrets, and never a wait."""

import logging
import os
import re
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from taskyard.kit import logs
from taskyard.kit.line_writer import LineWriter
from taskyard.kit.log_output import LogFile, LogFileError, Stream


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


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b2J", "\u2028{}", "\u2029", "\x85", "\x7f", "\0", "\ud800", '"}\n{"'])
def test_text_can_neither_forge_a_line_nor_command_a_terminal(log_file: Path, text: str) -> None:
    logs.bind_request(text, text)
    structlog.get_logger().warning("odd", name=text, **{text: 1})
    logs.write_record({"event": "request", "path": f"/api/{text}"})
    lines = _lines(log_file)
    assert len(lines) == len(log_file.read_text().splitlines()) == 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", log_file.read_text())


def test_traceback_shows_neither_variables_nor_secrets(log_file: Path) -> None:
    words = ["eleven", "quiet", "glaciers"]

    def sign_in(password: str) -> None:
        raise ValueError(f"refused password={password} of ada@example.com")

    try:
        sign_in("-".join(words))
    except ValueError:
        structlog.get_logger().exception("request.failed")
    (line,) = _lines(log_file)
    assert line["exception"].endswith("ValueError: refused password=*** of ***@example.com")
    assert "quiet" not in log_file.read_text()


def test_lines_within_name_their_cause_and_later_ones_do_not(log_file: Path) -> None:
    with logs.caused_by("job:1", "t-1"):
        structlog.get_logger().info("within")
    structlog.get_logger().info("after")
    within, after = _lines(log_file)
    assert (within["request_id"], within["trace_id"]) == ("job:1", "t-1")
    assert "request_id" not in after


def test_blocked_output_drops_and_counts_but_never_waits() -> None:
    reader, writer = os.pipe()
    lines = LineWriter(Stream(writer), size=50)
    began = time.monotonic()
    for _ in range(5_000):
        lines.write(b"x" * 1_000)
    assert time.monotonic() - began < 1
    assert lines.dropped > 1_000
    os.set_blocking(reader, False)
    seen = _drain(reader)
    lines.write(b"after")
    lines.close()
    content = seen + _drain(reader)
    told = sum(int(count) for count in re.findall(rb'"log.dropped","count":(\d+)', content))
    assert told == lines.dropped
    assert content.count(b"x" * 1_000 + b"\n") + lines.dropped == 5_000
    os.close(reader)
    os.close(writer)


def test_closed_output_loses_lines_and_nothing_else(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "log", os.O_RDONLY | os.O_CREAT)
    lines = LineWriter(Stream(descriptor))
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
        logs.configure("info", LogFile(tmp_path / "nowhere" / "log"))
