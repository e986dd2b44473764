"""benchmarks/REALTIME.md and its plot: what a run found, for people."""

from benchmarks.realtime.figures import DELAY_BAR_MS, MEMORY_BAR_KB, RESUME_BAR_SECONDS, Report, Second

_WIDTH, _HEIGHT, _LEFT, _TOP = 760, 300, 60, 40
_PLOT_WIDTH, _PLOT_HEIGHT = _WIDTH - _LEFT - 30, _HEIGHT - _TOP - 40


def write(report: Report) -> str:
    """The whole document."""
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    rows = [
        ("from the change to the socket, median", f"{report.p50_ms:.0f} ms", ""),
        ("the same, 99 of 100", f"{report.p99_ms:.0f} ms", f"{DELAY_BAR_MS:.0f} ms"),
        ("the longest", f"{report.longest_ms:.0f} ms", ""),
        (f"memory of an idle stream, {report.idle_streams:,} open", f"{report.idle_kilobytes:.1f} KB",
         f"{MEMORY_BAR_KB:.0f} KB"),
        ("processor time of that many idle streams", f"{report.idle_cpu_percent:.1f} % of a core", ""),
        ("half of all streams resumed after a restart", f"{report.resume_half_seconds:.1f} s", ""),
        ("all of them", f"{report.resume_seconds:.1f} s", f"{RESUME_BAR_SECONDS:.0f} s"),
    ]  # fmt: skip
    return "\n".join(
        [
            "# What real time costs\n",
            "Written by `make bench-realtime`; `benchmarks/results/realtime.json` holds the same figures.\n",
            f"{report.at}, {report.machine}; {versions}.\n",
            f"{report.streams:,} open event streams of as many people: ten on each of 100 projects, a thousand on one.",
            f"{report.changes_per_second:.0f} changes a second, 5 of them in the large project, are delivered",
            f"{report.deliveries_per_second:,.0f} times a second. The process takes {report.server_cpu_percent:.0f} %",
            "of a core for that and the changes; PostgreSQL, Valkey, the writers and all readers share another core.\n",
            "| | measured | bar |\n|---|---|---|",
            *(f"| {what} | **{value}** | {bar} |" for what, value, bar in rows),
            "",
            "The delay counts from the instant the change carries, taken in its transaction before COMMIT, to the",
            "moment the client read its bytes: the commit, the sequencer and the reader's own queue included.",
            "Memory is the growth of the process's PSS. Resuming counts from the kill -9 of the service, its start",
            "included, until every stream had the first event it had missed.\n",
            "![delay by second](results/realtime.svg)",
            "",
        ]
    )


def draw(seconds: list[Second]) -> str:
    """The delay in each second of the run, as SVG."""
    most = max(DELAY_BAR_MS * 1.1, *(one.p99_ms for one in seconds))
    bar = _height(DELAY_BAR_MS, most)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"',
            'font-family="sans-serif" font-size="13">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
            '<text x="16" y="24" font-size="15" font-weight="bold">From the change to the socket, ms by second</text>',
            '<text x="480" y="24" fill="#2f6feb">median</text><text x="550" y="24" fill="#d1495b">99 of 100</text>',
            f'<text x="640" y="{bar - 4:.0f}" fill="#9aa5b1">bar {DELAY_BAR_MS:.0f} ms</text>',
            f'<line x1="{_LEFT}" x2="{_LEFT + _PLOT_WIDTH}" y1="{bar:.1f}" y2="{bar:.1f}" stroke="#9aa5b1"/>',
            *(f'<text x="16" y="{_height(value, most) + 4:.0f}">{value:.0f}</text>' for value in (0, most / 2, most)),
            _line([one.p50_ms for one in seconds], most, "#2f6feb"),
            _line([one.p99_ms for one in seconds], most, "#d1495b"),
            "</svg>\n",
        ]
    )


def _line(values: list[float], most: float, colour: str) -> str:
    step = _PLOT_WIDTH / max(1, len(values) - 1)
    points = " ".join(f"{_LEFT + place * step:.1f},{_height(value, most):.1f}" for place, value in enumerate(values))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _height(value: float, most: float) -> float:
    return _TOP + _PLOT_HEIGHT * (1 - value / most)
