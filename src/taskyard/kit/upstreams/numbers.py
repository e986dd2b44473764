"""What is counted of the ways to other processes; the gauges are as old as the last look, a second at most."""

from typing import Literal

from prometheus_client import Counter, Gauge

from taskyard.kit.metrics import registry

FAILURES = ("connection", "reset", "deadline", "answer")
"""No connection, an end before the answer, no answer in time, and an answer that says that there is none."""

_requests_shed = Counter(
    "taskyard_upstream_shed", "Requests refused at once because the breaker was open.", ("upstream",), registry=registry
)
_failures = Counter(
    "taskyard_upstream_failures", "Tries at an address that failed.", ("upstream", "kind"), registry=registry
)
_retries = Counter(
    "taskyard_upstream_retries",
    "Further tries of a request, and those that the budget refused.",
    ("upstream", "outcome"),
    registry=registry,
)
_probes = Counter(
    "taskyard_upstream_probes", "Probes of addresses that are left out.", ("upstream", "outcome"), registry=registry
)
_open = Gauge(
    "taskyard_upstream_breaker_open",
    "Whether a process leaves a service alone or only tries it.",
    ("upstream",),
    multiprocess_mode="livemax",
    registry=registry,
)
_canary = Counter(
    "taskyard_canary_requests",
    "Requests for the next version of a service: sent there, or answered by the present one as it fails.",
    ("upstream", "outcome"),
    registry=registry,
)
_in_flight = Gauge(
    "taskyard_upstream_in_flight",
    "Requests under way at an address.",
    ("upstream", "address"),
    multiprocess_mode="livesum",
    registry=registry,
)
_left_out = Gauge(
    "taskyard_upstream_left_out",
    "Whether a process sends an address nothing.",
    ("upstream", "address"),
    multiprocess_mode="livemax",
    registry=registry,
)


def show(upstream: str) -> None:
    """Show every counter of an upstream from the start at zero, so that the first failure is an increase."""
    _requests_shed.labels(upstream)
    _open.labels(upstream).set(0)
    for kind in FAILURES:
        _failures.labels(upstream, kind)
    for outcome in ("tried", "refused"):
        _retries.labels(upstream, outcome)
    for outcome in ("well", "failed"):
        _probes.labels(upstream, outcome)


def count_canary(upstream: str, outcome: Literal["next", "fallen_back"]) -> None:
    """Count a request for the next version of a service."""
    _canary.labels(upstream, outcome).inc()


def count_shed(upstream: str) -> None:
    """Count a request that was refused because the breaker was open."""
    _requests_shed.labels(upstream).inc()


def count_failure(upstream: str, kind: str) -> None:
    """Count a try that failed; ``kind`` is one of ``FAILURES``."""
    _failures.labels(upstream, kind).inc()


def count_retry(upstream: str, *, tried: bool) -> None:
    """Count a further try, or one for which the budget was spent."""
    _retries.labels(upstream, "tried" if tried else "refused").inc()


def count_probe(upstream: str, *, well: bool) -> None:
    """Count a probe of an address that is left out."""
    _probes.labels(upstream, "well" if well else "failed").inc()


def note_breaker(upstream: str, *, is_open: bool) -> None:
    """Say whether the breaker lets only trials through, or nothing."""
    _open.labels(upstream).set(is_open)


def note_address(upstream: str, address: str, *, in_flight: int, is_out: bool) -> None:
    """Say how busy an address is and whether it is left out."""
    _in_flight.labels(upstream, address).set(in_flight)
    _left_out.labels(upstream, address).set(is_out)


def forget_address(upstream: str, address: str) -> None:
    """Show an address no more, which the name of its service no longer has."""
    for gauge in (_in_flight, _left_out):
        gauge.labels(upstream, address).set(0)
        gauge.remove(upstream, address)
