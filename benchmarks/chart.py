"""The plot of a run: for each kind of request a bar for the floor and one for Taskyard, as SVG."""

from collections.abc import Sequence
from html import escape

from benchmarks.figures import TITLES, Comparison

_WIDTH, _ROW, _LEFT, _BARS = 760, 52, 210, 430
_FLOOR, _TASKYARD = "#9aa5b1", "#2f6feb"


def draw(comparisons: Sequence[Comparison]) -> str:
    """Requests a second at 16 connections, and the share of the floor that Taskyard reaches."""
    shown = [one for one in comparisons if one.connections == 16]
    longest = max(one.floor.per_second for one in shown)
    rows = [_row(place, one, longest) for place, one in enumerate(shown)]
    height = 60 + _ROW * len(shown)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"',
            'font-family="sans-serif" font-size="13">',
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            '<text x="16" y="26" font-size="15" font-weight="bold">',
            "Requests a second on one core, 16 connections</text>",
            f'<text x="500" y="26" fill="{_FLOOR}">■ floor</text>',
            f'<text x="570" y="26" fill="{_TASKYARD}">■ Taskyard</text>',
            *rows,
            "</svg>\n",
        ]
    )


def _row(place: int, one: Comparison, longest: float) -> str:
    top = 48 + place * _ROW
    lines = [f'<text x="16" y="{top + 24}">{escape(TITLES[one.load])}</text>']
    for offset, run, colour in ((0, one.floor, _FLOOR), (18, one.taskyard, _TASKYARD)):
        width = _BARS * run.per_second / longest
        note = f"{run.per_second:,.0f}" + (f" ({one.ratio:.0%})" if offset else "")
        lines.append(f'<rect x="{_LEFT}" y="{top + offset}" width="{width:.1f}" height="15" fill="{colour}"/>')
        lines.append(f'<text x="{_LEFT + width + 6:.1f}" y="{top + offset + 12}">{note}</text>')
    return "\n".join(lines)
