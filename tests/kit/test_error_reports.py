"""Error reports: what arrives at a real server, what never does, and that a missing server costs nothing."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from taskyard.kit import logs
from taskyard.kit.error_reports import PER_MINUTE, ErrorReports, Reporter
from taskyard.kit.log_output import LogFile
from tests.kit.collector import Collector, collecting

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as server:
        yield server


@contextmanager
def reporting(dsn: str) -> Iterator[ErrorReports]:
    reports = ErrorReports(Reporter(dsn=dsn, environment="staging", service="task", version="9.9"))
    try:
        yield reports
    finally:
        reports.close()


def _bug(secret: str) -> ValueError:
    try:
        try:
            raise LookupError(f"postgresql://ada:{secret}@host/db")  # noqa: TRY301 - the cause of the next
        except LookupError as error:
            raise ValueError(f"token={secret} of ada@example.com") from error
    except ValueError as error:
        return error


def test_report_says_what_broke_where_and_in_which_request(collector: Collector) -> None:
    with reporting(collector.dsn) as reports, logs.caused_by("r-1", TRACE):
        reports.report({"event": "request.failed", "work": "jobs", "answer": "unmentioned"}, _bug("x"))
    ((path, authentication, _),), (event,) = collector.envelopes, collector.events
    assert path == "/api/7/envelope/"
    assert "sentry_key=publickey" in authentication
    assert (event["release"], event["environment"], event["server_name"]) == ("taskyard@9.9", "staging", "task")
    assert event["tags"] == {"service": "task", "request_id": "r-1"}
    assert event["contexts"]["trace"]["trace_id"] == TRACE
    assert (event["message"], event["extra"]) == ("request.failed", {"work": "jobs"})
    assert [value["type"] for value in event["exception"]["values"]] == ["LookupError", "ValueError"]
    assert event["exception"]["values"][1]["stacktrace"]["frames"][-1]["function"] == "_bug"


def test_no_secret_no_address_and_no_variable_arrives(collector: Collector) -> None:
    with reporting(collector.dsn) as reports:
        reports.report({"event": "request.failed", "path": "/secret-path"}, _bug("sesame-street"))
    ((_, _, body),) = collector.envelopes
    for leak in (
        b"sesame",
        b"ada@",
        b"secret-path",
        b'"vars"',
        b"context_line",
        b'"request"',
        b'"user"',
        b"breadcrumb",
    ):
        assert leak not in body


def test_error_line_of_the_log_is_reported_and_a_warning_is_not(log_file: Path) -> None:
    told: list[tuple[str, BaseException | None]] = []
    logs.configure(file=LogFile(log_file), on_error=lambda fields, error: told.append((fields["event"], error)))
    error = _bug("x")
    structlog.get_logger().warning("event_failed", exc_info=error)
    structlog.get_logger().error("request.failed", exc_info=error)
    logging.getLogger("asyncio").error("a task failed", exc_info=error)
    assert told == [("request.failed", error), ("a task failed", error)]


def test_storm_of_errors_is_bounded(collector: Collector) -> None:
    with reporting(collector.dsn) as reports:
        for _ in range(10 * PER_MINUTE):
            reports.report({"event": "request.failed"}, None)
    assert 0 < len(collector.envelopes) <= 2 * PER_MINUTE


@pytest.mark.parametrize("dsn", ["http://key@127.0.0.1:9/1", "http://key@no-such-host.invalid/1"])
def test_unreachable_server_costs_no_time(dsn: str) -> None:
    with reporting(dsn) as reports:
        began = time.monotonic()
        for _ in range(PER_MINUTE):
            reports.report({"event": "request.failed"}, _bug("x"))
        assert time.monotonic() - began < 1
        began = time.monotonic()
    assert time.monotonic() - began < 5


def test_server_that_is_away_does_not_fill_the_log(collector: Collector) -> None:
    logging.getLogger("urllib3.connectionpool").setLevel(logging.NOTSET)
    with reporting(collector.dsn):
        assert not logging.getLogger("urllib3.connectionpool").isEnabledFor(logging.WARNING)


def test_reporting_does_not_report_itself(collector: Collector) -> None:
    with reporting(collector.dsn) as reports:
        reports.report({"event": "lost", "logger": "sentry_sdk.errors"}, None)
    assert not collector.envelopes
