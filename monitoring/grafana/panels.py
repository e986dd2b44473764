"""The three kinds of panels on the dashboard, and what each of them must say."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.builders import common as build
from grafana_foundation_sdk.builders import dashboard as frame
from grafana_foundation_sdk.builders import prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

RUNBOOK = "docs/runbook.md"
NEXT_TO_NOTHING = 0.001
SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")

AnyPanel = timeseries.Panel | stat.Panel | table.Panel


@dataclass(frozen=True)
class Query:
    """One expression; ``name`` is the legend of its lines, or its column in a table."""

    expr: str
    name: str


@dataclass(frozen=True)
class Alert:
    """The alert whose number a panel shows, and where it fires; a test compares it with the rules.

    It fires above a number, or below one when ``below`` says so.
    """

    name: str
    limit: float
    severity: Literal["warning", "critical"] = "warning"
    below: bool = False


@dataclass(frozen=True)
class Panel:
    """What a panel shows, what that is for, and where the runbook goes on."""

    title: str
    unit: str
    meaning: str
    queries: tuple[Query, ...]
    section: str
    """The heading in the runbook."""
    kind: Literal["lines", "number", "table"] = "lines"
    width: int = 8
    height: int = 8
    alert: Alert | None = None
    most: float | None = None
    """The end of the scale, where there is one."""
    stacked: bool = False


def build_panel(panel: Panel, number: int) -> AnyPanel:
    """A panel as Grafana reads it; ``number`` tells it from the others."""
    kinds: dict[str, Callable[[Panel], AnyPanel]] = {"lines": _lines, "number": _number, "table": _table}
    built = kinds[panel.kind](panel)
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        built.with_target(_target(panel, query).ref_id(letter))
    built.id(number).title(panel.title).description(_description(panel)).unit(panel.unit).datasource(SOURCE)
    built.span(panel.width).height(panel.height).min(0)
    if panel.most is not None:
        built.max(panel.most)
    return built.thresholds(_thresholds(panel.alert))


def _target(panel: Panel, query: Query) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(query.expr).legend_format(query.name).datasource(SOURCE)
    if panel.kind == "table":
        return target.instant().format(PromQueryFormat.TABLE)
    return target.instant() if panel.kind == "number" else target.range()


def _description(panel: Panel) -> str:
    link = f"{RUNBOOK}#{panel.section.lower().replace(' ', '-')}"
    if panel.alert is None:
        return f"{panel.meaning}\n\nWhat to do: {link}"
    side = "Below" if panel.alert.below else "Above"
    return f"{panel.meaning}\n\n{side} the threshold {panel.alert.name} fires. What to do: {link}"


def _thresholds(alert: Alert | None) -> frame.ThresholdsConfig:
    """Grafana's thresholds include their value and an alert's do not, which shows where that is nothing."""
    colors, limit = ["green"], 0.0
    if alert is not None:
        colors.append("red" if alert.severity == "critical" else "orange")
        limit = alert.limit or NEXT_TO_NOTHING
        if alert.below:
            colors.reverse()
    steps = [dashboard.Threshold(value=at, color=color) for at, color in zip([None, limit], colors, strict=False)]
    return frame.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps)


def _lines(panel: Panel) -> timeseries.Panel:
    legend = (
        build.VizLegendOptions()
        .display_mode(common.LegendDisplayMode.TABLE)
        .placement(common.LegendPlacement.BOTTOM)
        .show_legend(True)  # noqa: FBT003 - the library's own
        .calcs(["lastNotNull", "max"])
    )
    tooltip = build.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
    built = timeseries.Panel().legend(legend).tooltip(tooltip).fill_opacity(10).line_width(1)
    if panel.stacked:
        built.stacking(build.StackingConfig().mode(common.StackingMode.NORMAL).group("A")).fill_opacity(40)
    if panel.alert is not None:
        built.thresholds_style(build.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED))
    return built


def _number(_: Panel) -> stat.Panel:
    last = build.ReduceDataOptions().calcs(["lastNotNull"])
    return (
        stat.Panel()
        .reduce_options(last)
        .color_mode(common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.NONE)
    )


def _table(panel: Panel) -> table.Panel:
    """One row for each set of labels, one column for each query, the largest of the last on top."""
    names = [query.name for query in panel.queries]
    columns = (
        {f"Value #{letter}": name for letter, name in zip("ABCDEFGH", names, strict=False)}
        if len(names) > 1
        else {"Value": names[0], "Value #A": names[0]}
    )
    return (
        table.Panel()
        .with_transformation(dashboard.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(
            dashboard.DataTransformerConfig(
                id_val="organize", options={"excludeByName": {"Time": True}, "renameByName": columns}
            )
        )
        .sort_by([build.TableSortByFieldState().display_name(names[-1]).desc(True)])  # noqa: FBT003 - the library's own
    )
