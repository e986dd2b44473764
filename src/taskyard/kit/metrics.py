"""Numbers for Prometheus: requests by service, method, route and status class, and the use of the pools.

Labels are bounded: a path without a route counts as ``unmatched``, an unknown method as ``other``.
"""

import time
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.gc_collector import GCCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from taskyard.kit.asgi import App, Message, Receive, Scope, Send
from taskyard.kit.pool import Pool

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
UNMATCHED = "unmatched"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SERIES = 2_000

registry = CollectorRegistry()
ProcessCollector(registry=registry)
GCCollector(registry=registry)
_requests = Counter(
    "taskyard_requests", "Requests answered.", ("service", "method", "route", "status"), registry=registry
)
_durations = Histogram(
    "taskyard_request_duration_seconds",
    "Time from the first byte of a request to the last of its answer.",
    ("service", "method", "route"),
    buckets=_SECONDS,
    registry=registry,
)
rate_limited = Counter(
    "taskyard_rate_limited", "Requests over a rate limit, refused or only counted.", ("policy",), registry=registry
)
redis_up = Gauge("taskyard_redis_up", "Whether Redis answers.", registry=registry)

_counters: dict[tuple[str, str, str, int], tuple[Counter, Histogram]] = {}


def observe_request(*, service: str, method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request; ``route`` is a template, never a path."""
    slot = (service, method, route, status // 100)
    series = _counters.get(slot)
    if series is None:
        series = _open_series(*slot)
    series[0].inc()
    series[1].observe(seconds)


def _open_series(service: str, method: str, route: str, status_class: int) -> tuple[Counter, Histogram]:
    """A bound on the number of series, whatever callers pass as a route."""
    method = method if method in METHODS else "other"
    if len(_counters) >= _SERIES:
        route = UNMATCHED
    slot = (service, method, route, status_class)
    if slot not in _counters:
        counter = _requests.labels(service, method, route, f"{status_class}xx")
        _counters[slot] = (counter, _durations.labels(service, method, route))
    return _counters[slot]


def render() -> bytes:
    """Every number in Prometheus' text format."""
    return generate_latest(registry)


class _Pools(Collector):
    """Reads the pools when asked, so that requests pay nothing."""

    def __init__(self) -> None:
        self.by_name: dict[str, Pool] = {}

    def collect(self) -> Iterator[Metric]:
        size = GaugeMetricFamily("taskyard_pool_size", "The most connections a pool opens.", labels=["service"])
        in_use = GaugeMetricFamily("taskyard_pool_in_use", "Connections handed out.", labels=["service"])
        for name, pool in list(self.by_name.items()):
            size.add_metric([name], pool.size)
            in_use.add_metric([name], pool.in_use)
        yield from (size, in_use)

    def describe(self) -> Iterable[Metric]:
        return []


_pools = _Pools()
registry.register(_pools)


def watch_pool(service: str, pool: Pool) -> None:
    """Show the use of a service's connection pool."""
    _pools.by_name[service] = pool


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
                service=self._service,
                method=scope["method"],
                route=scope.get("path_template") or UNMATCHED,
                status=status,
                seconds=time.perf_counter() - began,
            )
