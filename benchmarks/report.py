"""benchmarks/REPORT.md: what a run found, for people."""

from benchmarks.figures import READS_BAR, SIGN_INS_BAR, TITLES, TOKEN_BAR_US, Comparison, Report

_HEAD = """# What a request costs

Written by `make bench`; `benchmarks/results/latest.json` holds the same figures. Machines differ and this one may
have been busy, so read the ratios: each is against the floor in the same run, measured in turns.

- **Taskyard** is `taskyard up` as its users start it: one process behind one port, with authentication, permissions
  in every statement, rate limits in Valkey, metrics, the access log in a file, events and the background work.
- **The floor** (`benchmarks/floor.py`) is a bare application of the same framework, server, pool and structs whose
  handlers run plain SQL by key and by project and give the same JSON: no sign-in, no permissions, no limits, no
  events, no log. It numbers tasks in memory.
- The measured process has one core for itself; PostgreSQL, Valkey and the load (wrk) share another.
"""
_COLUMNS = (
    "| request | connections | floor/s | Taskyard/s | of the floor | bar | p50 ms | p99 ms "
    "| CPU us | floor's | database CPU us | floor's |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def write(report: Report) -> str:
    """The whole document."""
    return "\n".join(
        [
            _HEAD,
            _conditions(report),
            "![requests a second](results/latest.svg)\n",
            "## Requests\n",
            _COLUMNS,
            *(_request(one) for one in report.comparisons),
            "",
            "CPU is user and system time of the process a request, by the system's own accounts.\n",
            _sign_ins(report),
            _statements(report),
            _breakdown(report),
            "## At rest\n",
            _at_rest(report),
            "",
        ]
    )


def _conditions(report: Report) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return f"{report.at}, {report.machine}; {versions}; {report.tasks:,} tasks in 20 projects, 16 people.\n"


def _at_rest(report: Report) -> str:
    memory = f"{report.memory_megabytes:.0f} MB (PSS of the one process; PostgreSQL and Valkey apart)"
    return f"{memory}, {report.idle_cpu_percent:.1f} % of a core."


def _request(one: Comparison) -> str:
    bar = "" if one.bar is None else f"{one.bar:.0%} {'held' if one.ratio >= one.bar else '**missed**'}"
    return (
        f"| {TITLES[one.load]} | {one.connections} | {one.floor.per_second:,.0f} | {one.taskyard.per_second:,.0f} "
        f"| **{one.ratio:.0%}** | {bar} | {one.taskyard.p50_ms:.1f} | {one.taskyard.p99_ms:.1f} "
        f"| {one.taskyard.cpu_us:.0f} | {one.floor.cpu_us:.0f} "
        f"| {one.taskyard.database_cpu_us:.0f} | {one.floor.database_cpu_us:.0f} |"
    )


def _sign_ins(report: Report) -> str:
    found = report.sign_ins
    return (
        "## Signing in\n\n"
        f"{found.per_second:.1f} sign-ins a second over 16 connections, "
        f"{found.per_second / found.bound:.0%} of the {found.bound:.1f} Argon2id checks a second (19 MiB, two rounds, "
        "two threads) that this core does with nothing else to do "
        f"(bar: {SIGN_INS_BAR:.0%}); p50 {found.p50_ms:.0f} ms, p99 {found.p99_ms:.0f} ms. "
        "Everybody signs in on a device that is known.\n\n"
        f"While fifty sign-ins wait, the p99 of reads of one task is {found.read_beside_p99_ms:.1f} ms, and "
        f"{found.read_p99_ms:.1f} ms without them (bar: {READS_BAR:.0f} times). To know an access token again takes "
        f"{found.token_check_us:.2f} us (bar: {TOKEN_BAR_US:.0f}).\n"
    )


def _statements(report: Report) -> str:
    rows = "\n".join(f"| {one.name} | {one.per_second:,.0f} |" for one in report.statements)
    head = "## The SQL alone\n\npgbench, eight prepared connections on one core:\n\n"
    head += "| statement | a second |\n|---|---|"
    return f"{head}\n{rows}\n"


def _breakdown(report: Report) -> str:
    loads = list(report.breakdown)
    parts = sorted({part for shares in report.breakdown.values() for part in shares})
    cost = {one.load: one.taskyard.cpu_us for one in report.comparisons if one.connections == 16}
    ranked = sorted(parts, key=lambda part: -max(report.breakdown[load].get(part, 0) for load in loads))
    head = "| part | " + " | ".join(TITLES[load] for load in loads) + " |\n|---|" + "---|" * len(loads)
    rows = [
        f"| {part} | " + " | ".join(_share(report.breakdown[load].get(part, 0), cost[load]) for load in loads) + " |"
        for part in ranked
    ]
    return (
        "## Where a request's processor time goes\n\n"
        "Samples of the serving thread at 16 connections (py-spy), as a share and in CPU us of the request:\n\n"
        + "\n".join([head, *rows])
        + "\n"
    )


def _share(share: float, cost: float) -> str:
    return f"{share:.0%}, {share * cost:.0f}" if share >= 0.005 else ""
