"""How this process is: its pools, processor time, memory, files and event loop, looked at once a second.

Looked at by a clock and not by the scrape, because a scrape reaches only one of the processes behind a port.
"""

import asyncio
import time

import psutil
from prometheus_client import Counter, Gauge, Histogram

from taskyard.kit import logs, metrics
from taskyard.kit.metrics import registry
from taskyard.kit.pool import Pool
from taskyard.kit.redis import Redis

EVERY_SECONDS = 1.0

_pool_size = Gauge(
    "taskyard_pool_size",
    "The most connections a pool opens.",
    ("role",),
    multiprocess_mode="livesum",
    registry=registry,
)
_pool_in_use = Gauge(
    "taskyard_pool_in_use", "Connections handed out.", ("role",), multiprocess_mode="livesum", registry=registry
)
_pool_waiting = Gauge(
    "taskyard_pool_waiting",
    "Requests in line for a connection.",
    ("role",),
    multiprocess_mode="livesum",
    registry=registry,
)
_processor = Counter("taskyard_process_cpu_seconds", "Processor time used.", registry=registry)
_memory = Gauge(
    "taskyard_process_resident_memory_bytes", "Memory used.", multiprocess_mode="livesum", registry=registry
)
_files = Gauge(
    "taskyard_process_open_fds", "Files and connections open.", multiprocess_mode="livesum", registry=registry
)
_started = Gauge(
    "taskyard_process_start_time_seconds",
    "When the oldest process started, as a Unix time.",
    multiprocess_mode="livemin",
    registry=registry,
)
_processes = Gauge("taskyard_processes", "Processes behind this port.", multiprocess_mode="livesum", registry=registry)
_lag = Histogram(
    "taskyard_event_loop_lag_seconds",
    "How much too late the event loop came to what was due.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
    registry=registry,
)
_dropped = Counter("taskyard_log_lines_dropped", "Log lines nobody read in time.", registry=registry)


class VitalSigns:
    """The looks at one process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._pools: dict[str, Pool] = {}
        self._process = psutil.Process()
        self._processor_seconds = 0.0
        self._lines_dropped = logs.dropped_lines()
        _started.set(self._process.create_time())
        _processes.set(1)

    def watch_pool(self, role: str, pool: Pool) -> None:
        """Show the use of a role's connection pool."""
        self._pools[role] = pool
        metrics.time_pool(role, pool)

    async def look_again(self) -> None:
        """Wait, note how late that ended, and look."""
        due = time.perf_counter() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        _lag.observe(max(0.0, time.perf_counter() - due))
        self.look()

    def look(self) -> None:
        """Note how everything is at this moment."""
        metrics.redis_up.set(0 if self._redis.is_down else 1)
        for role, pool in self._pools.items():
            _pool_size.labels(role).set(pool.size)
            _pool_in_use.labels(role).set(pool.in_use)
            _pool_waiting.labels(role).set(pool.waiting)
        spent = sum(self._process.cpu_times()[:2])
        _processor.inc(max(0.0, spent - self._processor_seconds))
        self._processor_seconds = spent
        _memory.set(self._process.memory_info().rss)
        _files.set(self._process.num_fds())
        dropped = logs.dropped_lines()
        _dropped.inc(max(0, dropped - self._lines_dropped))
        self._lines_dropped = dropped
