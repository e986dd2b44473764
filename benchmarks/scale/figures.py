"""What a run found, as it is written to benchmarks/results/scale.json."""

import msgspec

MOST_RATIO = 1.5
"""How many times longer 95 of 100 requests may take among all tasks than among the first of them."""
MOST_SEARCHED = 2_000


class Timed(msgspec.Struct, frozen=True):
    """How long 95 of 100 requests of one kind took at most, in milliseconds, among few tasks and among many."""

    name: str
    few_ms: float
    many_ms: float

    @property
    def ratio(self) -> float:
        """How many times longer it takes among many."""
        return self.many_ms / self.few_ms


class Touched(msgspec.Struct, frozen=True):
    """How many pages of the database one statement touched, for who sees so many projects."""

    name: str
    projects: int
    rows: int
    buffers: int
    most: int | None
    """How many it may touch; None where that depends on how many tasks meet a filter."""

    @property
    def is_missed(self) -> bool:
        """Whether it is over its bar."""
        return self.most is not None and self.buffers > self.most


def most_of_a_list(rows: int) -> int:
    """How many pages a list may touch that an index leads to."""
    return 20 + 10 * rows


def most_of_a_merge(rows: int, projects: int) -> int:
    """The same in another order than the latest change, of many projects: a look into two indexes of each."""
    return most_of_a_list(rows) + 12 * projects


class Report(msgspec.Struct, frozen=True):
    """One run."""

    at: str
    machine: str
    versions: dict[str, str]
    few: int
    many: int
    timed: list[Timed]
    touched: list[Touched]


def missed(report: Report) -> list[str]:
    """What is over its bar."""
    slow = [f"{one.name} takes {one.ratio:.1f} times as long" for one in report.timed if one.ratio > MOST_RATIO]
    wide = [
        f"{one.name} of {one.projects} projects touches {one.buffers:,} pages, not {one.most}"
        for one in report.touched
        if one.is_missed
    ]
    return slow + wide
