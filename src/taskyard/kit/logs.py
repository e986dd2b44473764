"""Logs: one JSON object a line, without secrets, never a wait (see ``line_writer``) and never a forged line."""

import atexit
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

from taskyard.kit.line_writer import LineWriter
from taskyard.kit.log_output import LogFile, RotatingFile, Stream
from taskyard.kit.masking import masked

OnError: TypeAlias = Callable[[Mapping[str, Any], BaseException | None], None]
"""Told of every line at level error: its masked fields, and the exception behind it."""

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_LONGEST_TRACEBACK = 20_000
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029]")
"""What JSON leaves as it is and a terminal or a reader of lines may take for a command."""

_encode = msgspec.json.Encoder(enc_hook=repr).encode
_request: ContextVar[tuple[str, str]] = ContextVar("request", default=("", ""))


class _Destination:
    """Where the lines of this process go, once ``configure`` has said so."""

    writer: LineWriter | None = None
    on_error: OnError | None = None
    dropped_before = 0
    service = ""
    level = 20


def configure(
    level: str = "info", file: LogFile | None = None, service: str = "taskyard", *, on_error: OnError | None = None
) -> None:
    """Send every log line of this process, ours and the libraries', to one place as JSON.

    Raises LogFileError when that place is a file that cannot be written.
    """
    close()
    _Destination.dropped_before = dropped_lines()
    _Destination.writer = LineWriter(RotatingFile(file) if file else Stream(sys.stderr.fileno()))
    _Destination.on_error = on_error
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
    writer = _Destination.writer
    return _Destination.dropped_before + (writer.dropped if writer is not None else 0)


def bind_request(request_id: str, trace_id: str) -> None:
    """Name the request that every further line of this task belongs to."""
    _request.set((request_id, trace_id))


@contextmanager
def caused_by(request_id: str, trace_id: str = "") -> Iterator[None]:
    """Name what the lines within belong to, where several things are done one after another."""
    token = _request.set((request_id, trace_id))
    try:
        yield
    finally:
        _request.reset(token)


def current_request() -> tuple[str, str]:
    """The request id and trace id that this task works for; empty where there is none."""
    return _request.get()


def write_record(record: Mapping[str, object]) -> None:
    """Write one ready record at level info, without the processors: for the access log, on every request."""
    if _Destination.writer is not None and _Destination.level <= _LEVELS["info"]:
        _Destination.writer.write(_line({"level": "info", **record}))


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


def _render(_logger: WrappedLogger, _method: str, fields: EventDict) -> bytes:
    error = _exception_of(fields.pop("exc_info", None))
    if error is not None:
        fields["exception"] = _traceback_of(error)
    shown = masked(fields)
    if _Destination.on_error is not None and fields["level"] in {"error", "critical"}:
        _Destination.on_error(shown, error)
    return _line(shown)


def _traceback_of(error: BaseException) -> str:
    """The traceback without variables; of a very long one the end, which says what happened."""
    text = "".join(traceback.format_exception(error)).rstrip()
    return text if len(text) <= _LONGEST_TRACEBACK else text[-_LONGEST_TRACEBACK:].partition("\n")[2]


def _exception_of(exc_info: object) -> BaseException | None:
    """The exception, however the logging call named it."""
    found = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if isinstance(found, BaseException):
        return found
    return sys.exc_info()[1] if found else None


def _line(fields: Mapping[str, Any]) -> bytes:
    """JSON escapes control characters, so no text can end a line and forge the next."""
    request_id, trace_id = _request.get()
    record = {"at": datetime.now(UTC), "service": _Destination.service, **fields}
    if request_id:
        record.setdefault("request_id", request_id)
    if trace_id:
        record.setdefault("trace_id", trace_id)
    try:
        line = _encode(record)
    except (TypeError, ValueError, RecursionError):
        event = repr(fields.get("event"))
        line = _encode({"at": record["at"], "level": "error", "event": event, "unencodable": True})
    return line if line.isascii() and b"\x7f" not in line else _UNSAFE.sub(_escape, line.decode()).encode()


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


atexit.register(close)
