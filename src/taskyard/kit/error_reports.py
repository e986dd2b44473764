"""Error reports: what is logged as an error also goes to a Sentry-compatible server, when one is set.

A report names the exception, where in the code it was raised and the request; nothing that people sent or stored.
"""

import logging
import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from taskyard.kit import logs
from taskyard.kit.masking import masked

if TYPE_CHECKING:
    import sentry_sdk

PER_MINUTE = 30
"""The most reports a process makes a minute: a storm of one error tells nothing new and costs time."""
FLUSH_SECONDS = 2.0
_WAITING = 100
_TOLD = ("work", "kind", "job", "consumer", "position", "failures", "attempts", "process", "exit_code", "logger")
"""The fields of a log line that name a part of the program."""


class Reporter(msgspec.Struct, frozen=True, kw_only=True):
    """Who reports: the server to tell (a secret address), and what it is told about this process."""

    dsn: str
    environment: str
    service: str
    version: str


class ErrorReports:
    """Hands errors to a thread that sends them; never waits, and forgets what the server does not take."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._client = _client_of(reporter)
        # three lines for each report that a server which is away does not take
        logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
        self._minute = 0
        self._made = 0

    def report(self, fields: Mapping[str, Any], error: BaseException | None) -> None:
        """Report one line of the log, whose fields are masked already."""
        if str(fields.get("logger", "")).startswith(("sentry_sdk", "urllib3")) or not self._may_report():
            return
        self._client.capture_event(self._event(fields, error))

    def close(self) -> None:
        """Send what is waiting, for at most two seconds."""
        self._client.close(timeout=FLUSH_SECONDS)

    def _may_report(self) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._made = minute, 0
        self._made += 1
        return self._made <= PER_MINUTE

    def _event(self, fields: Mapping[str, Any], error: BaseException | None) -> Any:
        request_id, trace_id = logs.current_request()
        event: dict[str, Any] = {
            "level": "error",
            "logger": "taskyard",
            "message": str(fields["event"]),
            "tags": {"service": self._reporter.service, "request_id": request_id or "none"},
            "extra": {name: fields[name] for name in _TOLD if name in fields},
        }
        if trace_id:
            event["contexts"] = {"trace": {"trace_id": trace_id, "span_id": secrets.token_hex(8)}}
        if error is not None:
            event["exception"] = {"values": self._exceptions(error)}
        return event

    def _exceptions(self, error: BaseException) -> list[dict[str, Any]]:
        """The exception and its causes, with the places in the code but neither variables nor source lines."""
        from sentry_sdk.utils import exceptions_from_error_tuple  # noqa: PLC0415 - loaded with the client

        values = exceptions_from_error_tuple((type(error), error, error.__traceback__), self._client.options)
        return [{**value, "value": masked(str(value.get("value", "")))} for value in values]


def _client_of(reporter: Reporter) -> "sentry_sdk.Client":
    """A client without any of its ways to look into a program by itself."""
    import sentry_sdk  # noqa: PLC0415 - a tenth of the start, for those who use it

    return sentry_sdk.Client(
        dsn=reporter.dsn,
        release=f"taskyard@{reporter.version}",
        environment=reporter.environment,
        server_name=reporter.service,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        spotlight=False,
        debug=False,
        transport_queue_size=_WAITING,
        shutdown_timeout=FLUSH_SECONDS,
    )
