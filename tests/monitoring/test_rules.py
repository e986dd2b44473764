"""The alerts are well formed, fire where they should, ask for numbers there are, and have a page in the runbook."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring.grafana.dashboard import UID
from tests.monitoring.expressions import FROM_THE_TARGET, OF_PROMETHEUS, exposed, faults

MONITORING = Path(__file__).parents[2] / "monitoring"
RULES = MONITORING / "prometheus/rules/taskyard.yml"


def _promtool(*arguments: str) -> None:
    tool = shutil.which("promtool")
    if tool is None and not os.environ.get("TASKYARD_TEST_REQUIRE_TOOLS"):
        pytest.skip("promtool is not installed (on Debian: apt install prometheus)")
    assert tool is not None, "promtool is not installed"
    result = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def rules() -> list[dict[str, Any]]:
    """Every rule there is."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_promtool_accepts_configuration_and_rules() -> None:
    _promtool("check", "config", str(MONITORING / "prometheus/prometheus.yml"))


def test_alerts_fire_where_they_should() -> None:
    _promtool("test", "rules", *map(str, (MONITORING / "prometheus/tests").glob("*.yml")))


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule.get("alert") or rule["record"]))
def test_rule_asks_for_what_there_is(rule: dict[str, Any]) -> None:
    recorded = {rule["record"]: FROM_THE_TARGET for rule in rules() if "record" in rule}
    assert faults(rule["expr"], exposed() | recorded | OF_PROMETHEUS) == []


@pytest.mark.parametrize("rule", [rule for rule in rules() if "alert" in rule], ids=lambda rule: str(rule["alert"]))
def test_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    runbook = (MONITORING.parent / "docs/runbook.md").read_text()
    assert f"\n## {rule['alert']}\n" in runbook
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
    assert rule["annotations"]["dashboard"] == f"/d/{UID}"
    assert rule["annotations"]["summary"]
    assert rule["labels"]["severity"] in {"critical", "warning"}
