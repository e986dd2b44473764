"""The dashboard is the one of its source, every panel explains itself, and every expression asks for what there is."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring.grafana.dashboard import FILE, UID, render
from monitoring.grafana.panels import NEXT_TO_NOTHING
from tests.monitoring.expressions import OF_PROMETHEUS, comparisons, exposed, faults
from tests.monitoring.test_rules import rules

ROOT = Path(__file__).parents[2]
DASHBOARD: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
ALL: list[dict[str, Any]] = DASHBOARD["panels"]
PANELS = [panel for panel in ALL if panel["type"] != "row"]
EXPRESSIONS = {panel["title"]: [target["expr"] for target in panel["targets"]] for panel in PANELS}
RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}
FIRES = re.compile(r"(Above|Below) the threshold (\w+) fires")


def panels(**wanted: str) -> list[Any]:
    """Panels as parameters of a test, by their titles."""
    return [pytest.param(panel, id=panel["title"]) for panel in PANELS if wanted.items() <= panel.items()]


def test_committed_file_is_the_dashboard_of_its_source() -> None:
    assert FILE.read_text(encoding="utf-8") == render(), "make dashboard"


def test_titles_and_numbers_tell_panels_apart() -> None:
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    assert len({panel["id"] for panel in ALL}) == len(ALL)


def test_panels_lie_side_by_side() -> None:
    for panel in ALL:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    for one, other in itertools.combinations(ALL, 2):
        assert not overlap(one["gridPos"], other["gridPos"]), (one["title"], other["title"])


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    """Whether two rectangles share a field."""
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "w"), ("y", "h"))
    )


def test_lines_of_panels_are_full() -> None:
    """Grafana moves panels up into a gap, and then they are not where we put them."""
    covered = sum(panel["gridPos"]["w"] * panel["gridPos"]["h"] for panel in ALL)
    assert covered == 24 * max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in ALL)


def test_grafana_reads_this_form() -> None:
    assert (DASHBOARD["uid"], DASHBOARD["title"], DASHBOARD["editable"]) == (UID, "Taskyard", False)
    assert DASHBOARD["schemaVersion"] >= 39
    assert {panel["type"] for panel in ALL} == {"row", "stat", "table", "timeseries"}
    variables = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
    assert [*variables] == ["datasource", "service", "instance"]
    used = set(re.findall(r"\$(?!__)\{?(\w+)", FILE.read_text(encoding="utf-8")))
    assert used == {*variables}


@pytest.mark.parametrize("panel", panels())
def test_panel_explains_itself(panel: dict[str, Any]) -> None:
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    meaning, todo = panel["description"].split("\n\n")
    assert meaning.endswith(".")
    (anchor,) = re.findall(r"What to do: docs/runbook\.md#([\w-]+)$", todo)
    assert anchor in {heading.lower().replace(" ", "-") for heading in re.findall(r"^## (.*)$", RUNBOOK, re.MULTILINE)}


@pytest.mark.parametrize("panel", panels())
def test_targets_are_named_and_complete(panel: dict[str, Any]) -> None:
    names = [target["refId"] for target in panel["targets"]]
    assert names == list("ABCDEFGH"[: len(names)])
    for target in panel["targets"]:
        assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert target["legendFormat"]
        assert target["instant"] is (panel["type"] in {"stat", "table"})
        assert target.get("format", "time_series") == ("table" if panel["type"] == "table" else "time_series")


@pytest.mark.parametrize("panel", panels())
def test_panel_asks_for_what_there_is(panel: dict[str, Any]) -> None:
    known = exposed() | OF_PROMETHEUS
    assert [fault for target in panel["targets"] for fault in faults(target["expr"], known)] == []


@pytest.mark.parametrize("panel", panels(type="timeseries"))
def test_legend_names_labels_that_are_left(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        kept = {label.strip() for by in re.findall(r"by \(([^)]*)\)", target["expr"]) for label in by.split(",")}
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) == kept - {"le"} or "state)" in target["expr"]


def test_every_number_is_on_the_dashboard() -> None:
    shown = " ".join(itertools.chain.from_iterable(EXPRESSIONS.values()))
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in exposed()}
    assert {family for family in families if not re.search(rf"\b{family}(_bucket|_count|_sum)?\b", shown)} == set()


@pytest.mark.parametrize("panel", panels())
def test_threshold_is_where_the_alert_fires(panel: dict[str, Any]) -> None:
    thresholds = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    told = FIRES.search(panel["description"])
    if told is None:
        assert [step["value"] for step in thresholds] == [None]
        return
    side, alert = told.groups()
    (calm, loud) = thresholds if side == "Above" else reversed(thresholds)
    assert (calm["color"], loud["color"] == "red") == ("green", ALERTS[alert]["labels"]["severity"] == "critical")
    limit = thresholds[1]["value"]
    if side == "Below":
        assert limit == 1
        expected = {("==", 0.0)}
    else:
        limit = 0.0 if limit == NEXT_TO_NOTHING else limit
        expected = {(">", limit), (">=", limit)}
    assert expected & comparisons(ALERTS[alert]["expr"]), f"{alert} does not fire at {limit}"


def test_every_alert_has_its_number_on_the_dashboard() -> None:
    told = {match.group(2) for panel in PANELS if (match := FIRES.search(panel["description"]))}
    assert told == {*ALERTS}


def test_runbook_names_panels_there_are() -> None:
    named = set(re.findall(r'"([A-Z][\w ]+)"', RUNBOOK)) - {DASHBOARD["title"]}
    assert named
    assert named <= {*EXPRESSIONS}


def test_panels_name_panels_there_are() -> None:
    named = {name for panel in PANELS for name in re.findall(r'"([A-Z][\w ]+)"', panel["description"])}
    assert named <= {*EXPRESSIONS}


def test_compose_brings_the_dashboard_and_its_source() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    mounts = dict(mount.split(":")[:2][::-1] for mount in compose["grafana"]["volumes"])
    provisioning = ROOT / mounts["/etc/grafana/provisioning"]
    (provider,) = yaml.safe_load((provisioning / "dashboards/taskyard.yml").read_text())["providers"]
    assert (ROOT / mounts[provider["options"]["path"]] / FILE.name).samefile(FILE)
    (source,) = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
    assert (source["type"], source["isDefault"], source["url"]) == ("prometheus", True, "http://prometheus:9090")
    scrapes = yaml.safe_load((ROOT / "monitoring/prometheus/prometheus.yml").read_text())["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scrapes


@pytest.mark.parametrize(
    "expression",
    [
        "sum(rate(taskyard_request_total[5m]))",
        'sum(rate(taskyard_requests_total{code="5xx"}[5m]))',
        "sum by (rout) (rate(taskyard_requests_total[5m]))",
        "sum(rate(taskyard_requests_total[5m])",
    ],
)
def test_wrong_expression_is_reported(expression: str) -> None:
    assert len(faults(expression, exposed())) == 1
