"""Numbers for Prometheus: requests by service, method, route and status class, and what else the parts count.

Labels are bounded: a path without a route counts as ``unmatched``, an unknown method as ``other``. Every
number is one that several processes can add up; see docs/decisions/0020-metrics.md.
"""

import platform
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from taskyard.kit.asgi import App, Message, Receive, Scope, Send
from taskyard.kit.metric_files import count_in_files
from taskyard.kit.pool import Pool

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
UNMATCHED = "unmatched"
GATEWAY, SERVICE = "gateway", "service"
"""Who saw a request: the gateway, through which all of them come in, or a service in a process of its own."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SERIES = 2_000

disable_created_metrics()  # type: ignore[no-untyped-call] # a third of all series, and nobody asks when a counter was made
_folder = count_in_files()
registry = CollectorRegistry()

_requests = Counter(
    "taskyard_requests", "Requests answered.", ("observer", "service", "method", "route", "status"), registry=registry
)
_durations = Histogram(
    "taskyard_request_duration_seconds",
    "Time from the first byte of a request to the last of its answer.",
    ("observer", "service", "method", "route"),
    buckets=_SECONDS,
    registry=registry,
)
_limit_decisions = Counter(
    "taskyard_rate_limit_decisions",
    "Requests by the limit nearest to its end, and whether it was exceeded.",
    ("policy", "outcome"),
    registry=registry,
)
_shed = Counter(
    "taskyard_shed_requests", "Requests refused because too much was asked for.", ("rank",), registry=registry
)
_under_way = Gauge("taskyard_requests_under_way", "Requests worked on.", multiprocess_mode="livesum", registry=registry)
_in_line = Gauge(
    "taskyard_requests_waiting", "Requests in line to be worked on.", multiprocess_mode="livesum", registry=registry
)
_events = Counter("taskyard_events", "Events committed to the change log.", ("type",), registry=registry)
_jobs = Counter("taskyard_job_attempts", "Attempts at jobs that ended.", ("kind", "outcome"), registry=registry)
_deliveries = Counter(
    "taskyard_webhook_attempts", "Attempts at sending changes to webhooks.", ("outcome",), registry=registry
)
_sign_ins = Counter("taskyard_sign_ins", "Sign-ins with a password.", ("outcome",), registry=registry)
_pool_waits = Histogram(
    "taskyard_pool_wait_seconds",
    "Time to a database connection where none was idle.",
    ("role",),
    buckets=_SECONDS,
    registry=registry,
)
redis_up = Gauge(
    "taskyard_redis_up", "Whether Redis answers every process.", multiprocess_mode="livemin", registry=registry
)
_open_streams = Gauge(
    "taskyard_open_streams",
    "Event streams that are open, by how they are sent.",
    ("kind",),
    multiprocess_mode="livesum",
    registry=registry,
)
_build = Gauge(
    "taskyard_build_info", "Which program runs.", ("version", "python"), multiprocess_mode="livemax", registry=registry
)

_counters: dict[tuple[str, str, str, str, int], tuple[Counter, Histogram]] = {}
_decisions: dict[tuple[str, bool], Counter] = {}
_event_counters: dict[str, Counter] = {}


def observe_request(  # noqa: PLR0913 - what there is to say of a request, by keyword
    *, service: str, method: str, route: str, status: int, seconds: float, observer: str = GATEWAY
) -> None:
    """Count one answered request; ``route`` is a template, never a path.

    A request through the gateway of the split shape is seen twice, by the gateway and by the service:
    ``observer`` says by whom, so that a sum over one of them counts each request once.
    """
    slot = (observer, service, method, route, status // 100)
    series = _counters.get(slot)
    if series is None:
        series = _open_series(*slot)
    series[0].inc()
    series[1].observe(seconds)


def _open_series(observer: str, service: str, method: str, route: str, status_class: int) -> tuple[Counter, Histogram]:
    """A bound on the number of series, whatever callers pass as a route.

    Failures are shown from the route's first request on: a counter that appears with 1 has not grown for Prometheus.
    """
    method = method if method in METHODS else "other"
    if len(_counters) >= _SERIES:
        route = UNMATCHED
    slot = (observer, service, method, route, status_class)
    if slot not in _counters:
        _requests.labels(observer, service, method, route, "5xx")
        counter = _requests.labels(observer, service, method, route, f"{status_class}xx")
        _counters[slot] = (counter, _durations.labels(observer, service, method, route))
    return _counters[slot]


def open_decisions(policies: Iterable[str]) -> None:
    """Show every policy from the start at zero, so that no first refusal adds a series."""
    for policy in policies:
        for outcome in ("allowed", "refused"):
            _limit_decisions.labels(policy, outcome)


def count_decision(policy: str, *, refused: bool) -> None:
    """Count what a rate limit said of one request."""
    counter = _decisions.get((policy, refused))
    if counter is None:
        counter = _limit_decisions.labels(policy, "refused" if refused else "allowed")
        _decisions[policy, refused] = counter
    counter.inc()


def open_shed(ranks: Iterable[str]) -> None:
    """Show every rank from the start at zero."""
    for rank in ranks:
        _shed.labels(rank)


def count_shed(rank: str) -> None:
    """Count a request that was refused because too much was asked for."""
    _shed.labels(rank).inc()


def show_places(*, in_use: int, waiting: int) -> None:
    """Show how many requests are worked on, and how many wait for that."""
    _under_way.set(in_use)
    _in_line.set(waiting)


def count_events(types: Sequence[str]) -> None:
    """Count the events of one committed transaction."""
    for type_ in types:
        counter = _event_counters.get(type_)
        if counter is None:
            counter = _event_counters[type_] = _events.labels(type_)
        counter.inc()


def open_attempts(kinds: Iterable[str]) -> None:
    """Show every kind of job from the start at zero, so that the first failure is an increase."""
    for kind in kinds:
        for outcome in ("done", "retried", "failed"):
            _jobs.labels(kind, outcome)


def count_attempt(kind: str, outcome: str) -> None:
    """Count how an attempt at a job ended: done, retried or failed for good."""
    _jobs.labels(kind, outcome).inc()


def open_deliveries() -> None:
    """Show every outcome from the start at zero."""
    for outcome in ("delivered", "retried", "failed"):
        _deliveries.labels(outcome)


def count_delivery(outcome: str) -> None:
    """Count an attempt at sending to a webhook: delivered, to be retried, or failed for good."""
    _deliveries.labels(outcome).inc()


def open_sign_ins() -> None:
    """Show every outcome from the start at zero."""
    for outcome in ("accepted", "refused", "held_back"):
        _sign_ins.labels(outcome)


def count_sign_in(outcome: str) -> None:
    """Count a sign-in: accepted, refused, or held back because there were too many."""
    _sign_ins.labels(outcome).inc()


@contextmanager
def stream_opened(kind: str) -> Iterator[None]:
    """Count an open event stream, ``sse`` or ``websocket``, for as long as a block runs."""
    gauge = _open_streams.labels(kind)
    gauge.inc()
    try:
        yield
    finally:
        gauge.dec()


def time_pool(role: str, pool: Pool) -> None:
    """Measure how long a role waits for connections; one that is idle costs nothing and is not measured."""
    pool.on_waited = _pool_waits.labels(role).observe


def tell_build(version: str) -> None:
    """Say which program this is."""
    _build.labels(version, platform.python_version()).set(1)


def render() -> bytes:
    """Every number in Prometheus' text format, of all processes that share this one's port."""
    if _folder is None:
        return generate_latest(registry)
    everybody = CollectorRegistry()
    MultiProcessCollector(everybody, path=str(_folder))  # type: ignore[no-untyped-call] # no types there
    return generate_latest(everybody)


class Measured:
    """Around a service of its own process: counts its requests by the route that answered them."""

    def __init__(self, app: App, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on and count."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            observe_request(
                observer=SERVICE,
                service=self._service,
                method=scope["method"],
                route=scope.get("path_template") or UNMATCHED,
                status=status,
                seconds=time.perf_counter() - began,
            )
