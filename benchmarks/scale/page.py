"""benchmarks/SCALE.md: what a run found, for people."""

from benchmarks.scale.figures import MOST_RATIO, MOST_SEARCHED, Report, Timed, Touched

_HEAD = """# Among a million tasks

Written by `make bench-scale`; `benchmarks/results/scale.json` holds the same figures. Two companies of 200 projects,
one with {few:,} and one with {many:,} tasks, stand side by side. Five projects hold half of the tasks. Requests take
turns between the two, so that what else the machine does meets both.
"""
_TIMED = f"""## Requests

Over HTTP, one after the other; 95 of 100 answers came within this time. The bar is {MOST_RATIO} times.

| request | {{few:,}} tasks | {{many:,}} tasks | times |
|---|---|---|---|"""
_TOUCHED = f"""## Pages

What one statement touches of PostgreSQL's pages (8 KB) among {{many:,}} tasks, by the plan that the services use. The
bar of a list is 20 and 10 for each of its rows, that of a search {MOST_SEARCHED:,}. Who sees many projects pays in most
orders for a look into each. A filter that no index leads to is asked of the tasks on the way, in each project; it has
no bar.

| statement | projects seen | rows | pages | bar |
|---|---|---|---|---|"""


def write(report: Report) -> str:
    """The whole document."""
    sizes = {"few": report.few, "many": report.many}
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return "\n".join(
        [
            _HEAD.format(**sizes),
            f"{report.at}, {report.machine}; {versions}.\n",
            _TIMED.format(**sizes),
            *(_timed(one) for one in report.timed),
            "",
            _TOUCHED.format(**sizes),
            *(_touched(one) for one in report.touched),
            "",
        ]
    )


def _timed(one: Timed) -> str:
    verdict = "" if one.ratio <= MOST_RATIO else " **missed**"
    return f"| {one.name} | {one.few_ms:.1f} ms | {one.many_ms:.1f} ms | {one.ratio:.2f}{verdict} |"


def _touched(one: Touched) -> str:
    bar = "" if one.most is None else f"{one.most:,}{' **missed**' if one.is_missed else ''}"
    return f"| {one.name} | {one.projects} | {one.rows} | {one.buffers:,} | {bar} |"
