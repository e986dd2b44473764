"""What a run found, as it is written to benchmarks/results/realtime.json, and the bars it is held to."""

import statistics
from collections.abc import Sequence

import msgspec

DELAY_BAR_MS, MEMORY_BAR_KB, RESUME_BAR_SECONDS = 250.0, 40.0, 30.0


class Second(msgspec.Struct, frozen=True):
    """One second of the run."""

    events: int
    p50_ms: float
    p99_ms: float


class Report(msgspec.Struct, frozen=True):
    """One run."""

    at: str
    machine: str
    versions: dict[str, str]
    streams: int
    changes_per_second: float
    deliveries_per_second: float
    p50_ms: float
    p99_ms: float
    longest_ms: float
    server_cpu_percent: float
    idle_streams: int
    idle_kilobytes: float
    idle_cpu_percent: float
    resume_seconds: float
    resume_half_seconds: float
    seconds: list[Second]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that a share of all are below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def by_second(delays: Sequence[tuple[float, float]]) -> list[Second]:
    """The delays of each second of the run."""
    first, seconds = min(at for at, _ in delays), dict[int, list[float]]()
    for at, delay in delays:
        seconds.setdefault(int(at - first), []).append(delay)
    return [
        Second(len(values), statistics.median(values), percentile(values, 0.99))
        for _, values in sorted(seconds.items())
    ]


def missed(report: Report) -> list[str]:
    """The bars that were missed, in words."""
    held = {
        f"p99 is {report.p99_ms:.0f} ms, expected {DELAY_BAR_MS:.0f}": report.p99_ms <= DELAY_BAR_MS,
        f"an idle stream costs {report.idle_kilobytes:.1f} KB, expected {MEMORY_BAR_KB:.0f}": report.idle_kilobytes
        <= MEMORY_BAR_KB,
        f"resuming took {report.resume_seconds:.1f} s, expected {RESUME_BAR_SECONDS:.0f}": report.resume_seconds
        <= RESUME_BAR_SECONDS,
    }
    return [words for words, is_held in held.items() if not is_held]
