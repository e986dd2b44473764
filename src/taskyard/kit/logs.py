"""Logs: one JSON object a line, written by a thread, so that a blocked output never blocks a request.

When nobody reads, lines are dropped and counted; the next line that gets through says how many.
"""

import atexit
import logging
import os
import queue
import re
import sys
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

HIDDEN = "***"
_QUEUE_SIZE = 10_000
_BATCH = 500
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_SECRET_KEY = re.compile(r"passw|token|secret|authorization|cookie|api[-_]?key|credential", re.IGNORECASE)
_SECRET_VALUE = re.compile(
    r"(?P<kind>bearer\s+)[\w.~+/=-]{8,}|(?P<prefix>tyk_)[\w-]{8,}|(?P<user>://[^/\s:@]*:)[^/\s@]+(?=@)", re.IGNORECASE
)

_encode = msgspec.json.Encoder(enc_hook=repr).encode
_request: ContextVar[tuple[str, str]] = ContextVar("request", default=("", ""))


class LogFileError(Exception):
    """The log file cannot be written; the message is one line for the person at the terminal."""


class LineWriter:
    """Writes lines to one file descriptor from a thread of its own; ``write`` never waits."""

    def __init__(self, descriptor: int, *, size: int = _QUEUE_SIZE) -> None:
        self._descriptor = descriptor
        self._lines: queue.Queue[bytes | None] = queue.Queue(size)
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def write(self, line: bytes) -> None:
        """Hand over one line without its end; dropped and counted when the queue is full."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self.dropped += 1
            _Destination.dropped_lines += 1

    def close(self, seconds: float = 1.0) -> None:
        """Write what is waiting, for at most this long."""
        try:
            self._lines.put(None, timeout=seconds)
        except queue.Full:
            return
        self._thread.join(seconds)

    def _run(self) -> None:
        running = True
        while running:
            lines = [self._lines.get()]
            while len(lines) < _BATCH and not self._lines.empty():
                lines.append(self._lines.get_nowait())
            if None in lines:
                running = False
            if self.dropped:
                count, self.dropped = self.dropped, 0
                lines.insert(0, _encode({"level": "warning", "event": "log.dropped", "count": count}))
            self._put(b"".join(line + b"\n" for line in lines if line is not None))

    def _put(self, content: bytes) -> None:
        try:
            while content:
                content = content[os.write(self._descriptor, content) :]
        except OSError:
            self.dropped += content.count(b"\n")
            _Destination.dropped_lines += content.count(b"\n")


class _Destination:
    """Where the lines of this process go, once ``configure`` has said so."""

    writer: LineWriter | None = None
    dropped_lines = 0
    service = ""
    level = 20


def configure(level: str = "info", file: Path | None = None, service: str = "taskyard") -> None:
    """Send every log line of this process, ours and the libraries', to one place as JSON.

    Raises LogFileError when that place is a file that cannot be written.
    """
    close()
    _Destination.writer = LineWriter(_open(file) if file else sys.stderr.fileno())
    _Destination.service = service
    _Destination.level = _LEVELS[level]
    structlog.configure(
        processors=[structlog.processors.add_log_level, _render],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=False,
    )
    logging.root.handlers[:] = [_Forward()]
    logging.root.setLevel(max(_LEVELS[level], logging.INFO))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name != "uvicorn.access"


def close() -> None:
    """Write what is waiting; for the end of the process."""
    if _Destination.writer is not None:
        _Destination.writer.close()


def dropped_lines() -> int:
    """How many lines this process has lost since it started."""
    return _Destination.dropped_lines


def bind_request(request_id: str, trace_id: str) -> None:
    """Name the request that every further line of this task belongs to."""
    _request.set((request_id, trace_id))


def write_record(record: Mapping[str, object]) -> None:
    """Write one ready record at level info, without the processors: for the access log, on every request."""
    if _Destination.writer is not None and _Destination.level <= _LEVELS["info"]:
        _Destination.writer.write(_line({"level": "info", **record}))


def masked(value: Any, depth: int = 0) -> Any:
    """The value with whatever looks like a secret hidden, by its name or its form."""
    if isinstance(value, str):
        return _SECRET_VALUE.sub(_hide, value)
    if depth > 5:
        return HIDDEN
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if isinstance(key, str) and _SECRET_KEY.search(key) else masked(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(item, depth + 1) for item in value]
    return value


class _Lines:
    """What structlog calls at the end of its chain."""

    def msg(self, message: bytes) -> None:
        if _Destination.writer is not None:
            _Destination.writer.write(message)

    debug = info = warning = error = critical = exception = msg


class _Forward(logging.Handler):
    """The standard library's records, in our form."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"level": record.levelname.lower(), "event": record.getMessage()}
        fields["logger"] = record.name
        if record.exc_info:
            fields["exc_info"] = record.exc_info
        _Lines().msg(_render(None, "", fields))


def _open(file: Path) -> int:
    try:
        return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    except OSError as error:
        message = f"cannot write to the log file {file}: {error.strerror} (TASKYARD_LOG_FILE chooses another)"
        raise LogFileError(message) from error


def _render(_logger: WrappedLogger, _method: str, fields: EventDict) -> bytes:
    exc_info = fields.pop("exc_info", None)
    if exc_info:
        fields = dict(structlog.processors.format_exc_info(None, "", {**fields, "exc_info": exc_info}))
    return _line(masked(fields))


def _line(fields: Mapping[str, Any]) -> bytes:
    """JSON escapes control characters, so no text can end a line and forge the next."""
    request_id, trace_id = _request.get()
    record = {"at": datetime.now(UTC), "service": _Destination.service, **fields}
    if request_id:
        record.setdefault("request_id", request_id)
        record.setdefault("trace_id", trace_id)
    try:
        return _encode(record)
    except (TypeError, ValueError, RecursionError):
        return _encode({"at": record["at"], "level": "error", "event": repr(fields.get("event")), "unencodable": True})


def _hide(match: re.Match[str]) -> str:
    kept = match["kind"] or match["prefix"] or match["user"] or ""
    return kept + HIDDEN


atexit.register(close)
