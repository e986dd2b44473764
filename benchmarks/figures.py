"""What a run of the benchmark found, as it is written to benchmarks/results/latest.json."""

import statistics
from collections.abc import Callable, Sequence

import msgspec

from benchmarks.measure import Run
from benchmarks.sql import Statement

BARS = {"get": 0.50, "list": 0.55, "create": 0.40, "patch": 0.40}
"""The least share of the floor's requests a second at 16 connections, whole path against bare handler."""
TITLES = {
    "get": "get one",
    "list": "list 50",
    "create": "create",
    "create_once": "create with Idempotency-Key",
    "patch": "update",
    "login": "sign in",
}


class Comparison(msgspec.Struct, frozen=True):
    """Medians of alternating rounds of one load on the floor and on Taskyard."""

    load: str
    connections: int
    floor: Run
    taskyard: Run
    ratio: float
    """Taskyard's requests a second to the floor's, the median of the pairs of neighbouring rounds."""
    cpu_ratio: float
    """The floor's processor time a request to Taskyard's, likewise."""

    @property
    def bar(self) -> float | None:
        """The least ratio that is accepted, where there is one."""
        return BARS.get(self.load) if self.connections == 16 else None


SIGN_INS_BAR, READS_BAR, TOKEN_BAR_US = 0.85, 2.0, 5.0
"""Least share of the bare password checks; most times that reads may be slowed down; most of a token's check."""


class SignIns(msgspec.Struct, frozen=True):
    """Sign-ins a second, and the password checks a second that the same core does on its own; and their neighbours."""

    bound: float
    per_second: float
    p50_ms: float
    p99_ms: float
    read_p99_ms: float
    """Of reads with nothing beside them."""
    read_beside_p99_ms: float
    """Of reads while fifty sign-ins wait in the same process."""
    token_check_us: float
    """To know a token again that was verified before."""

    def missed(self) -> list[str]:
        """What is worse than its bar."""
        found = []
        if self.per_second < SIGN_INS_BAR * self.bound:
            share = f"{self.per_second / self.bound:.0%}"
            found.append(f"sign-ins reach {share} of bare password checks, expected {SIGN_INS_BAR:.0%}")
        if self.read_beside_p99_ms > READS_BAR * self.read_p99_ms:
            times = self.read_beside_p99_ms / self.read_p99_ms
            found.append(f"p99 of reads beside sign-ins is {times:.1f} times that without, expected {READS_BAR:.0f}")
        if self.token_check_us > TOKEN_BAR_US:
            found.append(f"a token's check takes {self.token_check_us:.1f} us, expected {TOKEN_BAR_US:.0f}")
        return found


class Report(msgspec.Struct, frozen=True):
    """One run of the benchmark."""

    at: str
    machine: str
    versions: dict[str, str]
    tasks: int
    comparisons: list[Comparison]
    sign_ins: SignIns
    statements: list[Statement]
    breakdown: dict[str, dict[str, float]]
    memory_megabytes: float
    idle_cpu_percent: float


def compare(pairs: Sequence[tuple[Run, Run]]) -> Comparison:
    """The medians of rounds that took turns, the floor first in each pair."""
    floors, products = [floor for floor, _ in pairs], [product for _, product in pairs]
    return Comparison(
        load=products[0].load,
        connections=products[0].connections,
        floor=_median_run(floors),
        taskyard=_median_run(products),
        ratio=statistics.median(product.per_second / floor.per_second for floor, product in pairs),
        cpu_ratio=statistics.median(floor.cpu_us / product.cpu_us for floor, product in pairs if product.cpu_us),
    )


def _median_run(runs: Sequence[Run]) -> Run:
    def middle(of: Callable[[Run], float]) -> float:
        return statistics.median(of(run) for run in runs)

    return msgspec.structs.replace(
        runs[0],
        per_second=middle(lambda run: run.per_second),
        p50_ms=middle(lambda run: run.p50_ms),
        p99_ms=middle(lambda run: run.p99_ms),
        cpu_us=middle(lambda run: run.cpu_us),
        database_cpu_us=middle(lambda run: run.database_cpu_us),
    )


def missed(report: Report) -> list[str]:
    """What is worse than its bar."""
    short = [one for one in report.comparisons if one.bar is not None and one.ratio < one.bar]
    told = [f"{TITLES[one.load]} reaches {one.ratio:.0%} of the floor, expected {one.bar or 0:.0%}" for one in short]
    return told + report.sign_ins.missed()
