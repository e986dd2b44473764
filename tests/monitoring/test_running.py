"""A real Prometheus watches a running Taskyard: the dashboard has something to show, and alerts fire and end."""

import copy
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitoring.grafana.dashboard import FILE
from monitoring.grafana.sections.requests import SEEN
from taskyard.kit.backup import age
from tests.journeys.stack import Stack, descendants, running
from tests.journeys.valkey import Valkey
from tests.monitoring.expressions import filled
from tests.monitoring.load import TASKS, put_load_on
from tests.monitoring.prometheus import Prometheus, eventually, watching

pytestmark = pytest.mark.slow
SHAPES = [pytest.param(shape, marks=pytest.mark.xdist_group(f"monitoring-{shape}")) for shape in ("one", "split")]
DASHBOARD: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    """The Valkey that goes away."""
    valkey = Valkey()
    valkey.start()
    yield valkey
    valkey.stop()


@pytest.fixture(scope="module", params=SHAPES)
def stack(request: pytest.FixtureRequest, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A Taskyard, not started yet; two equal processes behind one port, or six of their own."""
    folder = tmp_path_factory.mktemp("watched")
    _, recipient = age.generate()
    backups = {"backup_folder": str(folder / "backups"), "backup_recipient": recipient}
    return Stack(folder / "home", request.param, valkey=valkey, workers=2, **backups)


@pytest.fixture(scope="module")
def prometheus(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """What watches it from before its start until after a busy minute."""
    folder: Path = tmp_path_factory.mktemp("prometheus") / "prometheus"
    with watching(stack, folder) as prometheus, running(stack):
        eventually(lambda: prometheus.values('min(up{job="taskyard"})') == [1.0], prometheus.output)
        put_load_on(stack)
        back_up(stack)
        eventually(lambda: prometheus.values('max(taskyard_things{kind="people"})') == [2.0], prometheus.output)
        yield prometheus
        assert stack.stop() == 0, stack.output()


def back_up(stack: Stack) -> None:
    """Make a backup of the running database, as an operator does."""
    command = [sys.executable, "-m", "taskyard", "backup", "now"]
    subprocess.run(command, env=stack._environment(), check=True, capture_output=True, timeout=60)


def without_data(dashboard: dict[str, Any], prometheus: Prometheus) -> list[str]:
    """Every expression of a dashboard that has no number to show, by its panel."""
    return [
        f"{panel['title']}: {target['expr']}"
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
        if all(math.isnan(value) for value in prometheus.values(filled(target["expr"])))
    ]


def test_every_expression_returns_data(prometheus: Prometheus) -> None:
    eventually(lambda: not without_data(DASHBOARD, prometheus), lambda: without_data(DASHBOARD, prometheus), 20)


def test_expression_with_a_typo_is_noticed(prometheus: Prometheus) -> None:
    dashboard = copy.deepcopy(DASHBOARD)
    panel = next(panel for panel in dashboard["panels"] if panel["title"] == "Sign-ins")
    panel["targets"][0]["expr"] = panel["targets"][0]["expr"].replace("sign_ins", "signins")
    (reported,) = set(without_data(dashboard, prometheus)) - set(without_data(DASHBOARD, prometheus))
    assert reported.startswith("Sign-ins: ")


def test_choices_have_something_to_choose(stack: Stack, prometheus: Prometheus) -> None:
    services = prometheus.label_values("service", "taskyard_requests_total")
    assert {"auth", "gateway", "notification", "project", "task"} <= {*services}
    instances = prometheus.label_values("instance", 'up{job="taskyard"}')
    assert len(instances) == (6 if stack.shape == "split" else 1)
    targets = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
    for name, values in {"service": ["task"], "instance": [one.replace(".", r"\\.") for one in instances]}.items():
        for expression in targets:
            answers = [prometheus.values(filled(expression, **{name: value})) for value in values]
            assert any(answers) or f"${name}" not in expression, expression


def test_request_counts_once_whoever_saw_it(prometheus: Prometheus) -> None:
    seen = filled(SEEN)
    asked = f'taskyard_requests_total{{{seen},service="task",method="POST",status="2xx"}}'
    assert prometheus.values(f"sum({asked})") == [TASKS]
    assert prometheus.values('sum(taskyard_events_total{type="task.created.v1"})') == [TASKS]


def test_processes_behind_a_port_are_added_up(stack: Stack, prometheus: Prometheus) -> None:
    expected = [1.0] * 6 if stack.shape == "split" else [2.0]
    assert prometheus.values("sum by (instance) (taskyard_processes)") == expected
    assert prometheus.values("count(taskyard_build_info)") == [len(expected)]


def test_load_shows_where_it_should(prometheus: Prometheus) -> None:
    assert prometheus.values('sum(taskyard_rate_limit_decisions_total{policy="anonymous",outcome="refused"})')[0] > 0
    for outcome, least in (("accepted", 2), ("refused", 5), ("held_back", 1)):
        assert prometheus.values(f'sum(taskyard_sign_ins_total{{outcome="{outcome}"}})') == [least]
    for kind, count in (("workspaces", 1), ("projects", 1)):
        assert prometheus.values(f'max(taskyard_things{{kind="{kind}"}})') == [count]
    assert prometheus.values("max(taskyard_dead_letters)") == [0]


def test_alert_fires_while_redis_is_away(valkey: Valkey, prometheus: Prometheus) -> None:
    assert "TaskyardRedisDown" not in prometheus.firing()
    valkey.stop()
    try:
        eventually(lambda: "TaskyardRedisDown" in prometheus.firing(), prometheus.firing)
        (annotation,) = DASHBOARD["annotations"]["list"]
        eventually(lambda: prometheus.values(annotation["expr"]), prometheus.firing)
    finally:
        valkey.start()
    eventually(lambda: "TaskyardRedisDown" not in prometheus.firing(), prometheus.firing)


def test_alert_fires_while_a_process_hangs(stack: Stack, prometheus: Prometheus) -> None:
    assert "TaskyardDown" not in prometheus.firing()
    pids = serving(stack)
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        eventually(lambda: "TaskyardDown" in prometheus.firing(), prometheus.firing)
        assert prometheus.values('sum(1 - up{job="taskyard"})') == [1]
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    eventually(lambda: "TaskyardDown" not in prometheus.firing(), prometheus.firing)


def serving(stack: Stack) -> list[int]:
    """The process of the task service, or all that serve everything."""
    wanted = {"serve-everything"} if stack.shape == "one" else {"serve", "task"}
    pids = [pid for pid in descendants(stack.pid) if wanted <= {*psutil.Process(pid).cmdline()}]
    assert len(pids) == (stack.workers if stack.shape == "one" else 1)
    return pids
