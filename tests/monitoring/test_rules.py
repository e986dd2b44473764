"""The alerts are well formed, fire where they should, ask for numbers there are, and have a page in the runbook."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from taskyard.kit import metrics, vital_signs
from taskyard.kit.backup.watch import BackupWatch
from taskyard.kit.census import Census
from taskyard.kit.database import Database

MONITORING = Path(__file__).parents[2] / "monitoring"
RULES = MONITORING / "prometheus/rules/taskyard.yml"
NAME = re.compile(r"\btaskyard_[a-z0-9_]+")


def _promtool(*arguments: str) -> None:
    tool = shutil.which("promtool")
    if tool is None and not os.environ.get("TASKYARD_TEST_REQUIRE_TOOLS"):
        pytest.skip("promtool is not installed (on Debian: apt install prometheus)")
    assert tool is not None, "promtool is not installed"
    result = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def exposed_names() -> set[str]:
    """Every name a scrape of Taskyard can show."""
    counted = CollectorRegistry()
    nowhere = Database("postgresql://nowhere")
    Census(nowhere, {}, {}, registry=counted)
    BackupWatch(Path("nowhere"), registry=counted)
    assert vital_signs.EVERY_SECONDS  # imported for what it counts
    found = set()
    for family in (*metrics.registry.collect(), *counted.collect()):
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(family.type, ("",))
        found |= {family.name + suffix for suffix in suffixes}
    return found


def test_promtool_accepts_configuration_and_rules() -> None:
    _promtool("check", "config", str(MONITORING / "prometheus/prometheus.yml"))


def test_alerts_fire_where_they_should() -> None:
    _promtool("test", "rules", *map(str, (MONITORING / "prometheus/tests").glob("*.yml")))


def test_rules_ask_for_numbers_there_are() -> None:
    asked = {name for rule in _rules() for name in NAME.findall(rule["expr"])}
    assert asked <= exposed_names()


@pytest.mark.parametrize("rule", [rule for rule in _rules() if "alert" in rule], ids=lambda rule: str(rule["alert"]))
def test_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    runbook = (MONITORING.parent / "docs/runbook.md").read_text()
    assert f"\n## {rule['alert']}\n" in runbook
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
    assert rule["annotations"]["summary"]
    assert rule["labels"]["severity"] in {"critical", "warning"}
