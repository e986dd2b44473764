"""The manifests of every environment hold together, with each other and with the program."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.render_manifests import DASHBOARD, DEFAULT, KUBERNETES, OVERLAYS, RULES, alert_rules, dashboard
from tests.kubernetes.conftest import loaded, rendered_text
from tests.kubernetes.resources import Resource, name_of, of_kind, selects, taskyard, template
from tests.kubernetes.rules import RULES as STRUCTURE
from tests.kubernetes.rules import Rule

GRAFANA = KUBERNETES.parent / "monitoring/grafana/dashboards/taskyard.json"
Change = Callable[[list[Resource]], Any]


@pytest.fixture
def default() -> list[Resource]:
    """What `kubectl apply -f kubernetes/` applies."""
    return copy.deepcopy(loaded(DEFAULT.read_text(encoding="utf-8")))


def test_default_is_production_as_it_is_written() -> None:
    assert loaded(DEFAULT.read_text()) == loaded(rendered_text("production"))


def test_alert_rules_are_those_of_the_monitoring() -> None:
    assert RULES.read_text() == alert_rules()


def test_dashboard_is_that_of_the_monitoring(default: list[Resource]) -> None:
    assert DASHBOARD.read_text() == dashboard()
    found = find(default, "ConfigMap/taskyard-dashboard")
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(found["data"]["taskyard.json"]) == json.loads(GRAFANA.read_text())


def test_nothing_else_beside_the_default_would_be_applied() -> None:
    applied = [path for path in KUBERNETES.iterdir() if path.suffix in {".yaml", ".yml", ".json"}]
    assert applied == [DEFAULT]


def test_default_lives_in_its_namespace(default: list[Resource]) -> None:
    assert {resource["metadata"].get("namespace") for resource in default} == {None, "task-management"}


@pytest.mark.parametrize("rule", STRUCTURE, ids=lambda rule: str(rule.__name__))
def test_committed_default_is_sound(default: list[Resource], rule: Rule) -> None:
    assert list(rule(default)) == []


@pytest.mark.parametrize("resources", OVERLAYS, indirect=True)
@pytest.mark.parametrize("rule", STRUCTURE, ids=lambda rule: str(rule.__name__))
def test_overlay_is_sound(resources: list[Resource], rule: Rule) -> None:
    assert list(rule(resources)) == []


def find(resources: list[Resource], name: str) -> Resource:
    """A resource by kind and name."""
    return next(resource for resource in resources if name_of(resource) == name)


def container(resources: list[Resource]) -> Resource:
    """The container of the task service."""
    found = taskyard(find(resources, "Deployment/taskyard-task"))
    assert found is not None
    return found


def pod(resources: list[Resource]) -> Resource:
    """The pod of the task service."""
    made: Resource = template(find(resources, "Deployment/taskyard-task"))["spec"]
    return made


def job(resources: list[Resource]) -> Resource:
    """The migration."""
    (found,) = of_kind(resources, "Job")
    return found


def outside(resources: list[Resource]) -> Resource:
    peer: Resource = find(resources, "NetworkPolicy/worker-reaches-out")["spec"]["egress"][0]["to"][0]
    return peer


def port(resources: list[Resource], policy: str, direction: str) -> Resource:
    """The first port a policy opens."""
    opened: Resource = find(resources, f"NetworkPolicy/{policy}")["spec"][direction][0]["ports"][0]
    return opened


BROKEN: list[tuple[str, Change]] = [
    ("every_part_is_there", lambda r: r.remove(find(r, "Deployment/taskyard-worker"))),
    ("every_part_is_there", lambda r: job(r)["metadata"].update(name="taskyard-migrate")),
    ("deployments_have_probes", lambda r: container(r).pop("livenessProbe")),
    ("deployments_have_probes", lambda r: container(r)["readinessProbe"]["httpGet"].update(path="/live")),
    ("containers_are_bounded", lambda r: container(r)["resources"]["limits"].pop("memory")),
    ("containers_are_restricted", lambda r: container(r)["securityContext"].update(readOnlyRootFilesystem=False)),
    ("containers_are_restricted", lambda r: pod(r)["securityContext"].pop("runAsNonRoot")),
    ("containers_are_restricted", lambda r: pod(r).pop("automountServiceAccountToken")),
    ("containers_are_restricted", lambda r: pod(r).pop("enableServiceLinks")),
    ("workloads_survive_a_drain", lambda r: r.remove(find(r, "PodDisruptionBudget/taskyard-task"))),
    ("workloads_survive_a_drain", lambda r: pod(r)["topologySpreadConstraints"].pop()),
    ("services_lead_somewhere", lambda r: container(r)["ports"][0].update(name="web")),
    ("policies_meet_ports", lambda r: port(r, "auth-answers-project", "ingress").update(port=3009)),
    ("policies_meet_ports", lambda r: port(r, "project-asks-auth", "egress").update(port=3002)),
    ("outside_is_public", lambda r: outside(r)["ipBlock"]["except"].pop()),
    ("nothing_is_open", lambda r: r.remove(find(r, "NetworkPolicy/nobody-talks"))),
    ("nothing_is_open", lambda r: find(r, "Namespace/task-management")["metadata"]["labels"].clear()),
    ("commands_are_ours", lambda r: container(r).update(args=["serve", "tasks"])),
    ("commands_are_ours", lambda r: container(r).update(args=["serve", "auth"])),
    ("commands_are_ours", lambda r: container(r).update(image="taskyard:latest")),
    ("settings_are_ours", lambda r: container(r)["env"].append({"name": "TASKYARD_SPEED", "value": "high"})),
    ("settings_are_ours", lambda r: container(r)["env"].append({"name": "TASKYARD_PORT", "value": "tcp://10.0.0.1"})),
    ("settings_are_ours", lambda r: container(r)["env"].append({"name": "TASKYARD_SERVICE_KEY", "value": "AAAA"})),
    ("no_secret_is_committed", lambda r: r.append({"kind": "Secret", "metadata": {"name": "taskyard-task"}})),
    ("no_secret_is_committed", lambda r: container(r)["envFrom"].append({"secretRef": {"name": "taskyard-auth"}})),
    ("connections_suffice", lambda r: find(r, "HorizontalPodAutoscaler/taskyard-task")["spec"].update(maxReplicas=40)),
    ("autoscalers_decide_alone", lambda r: find(r, "Deployment/taskyard-task")["spec"].update(replicas=2)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change"), BROKEN)
def test_broken_manifest_is_reported(default: list[Resource], name: str, change: Change) -> None:
    rule = next(rule for rule in STRUCTURE if rule.__name__ == name)
    change(default)
    assert list(rule(default)), f"{name} did not notice"


def test_every_rule_has_been_seen_to_fail() -> None:
    assert {name for name, _ in BROKEN} == {rule.__name__ for rule in STRUCTURE}


def test_disaster_recovery_follows_and_waits() -> None:
    resources = loaded(rendered_text("dr"))
    cluster = find(resources, "Cluster/taskyard-postgres")["spec"]
    assert cluster["replica"] == {"enabled": True, "source": "taskyard-production"}
    assert (
        cluster["plugins"][0]["parameters"]["serverName"]
        != cluster["externalClusters"][0]["plugin"]["parameters"]["serverName"]
    )
    assert {deployment["spec"]["replicas"] for deployment in of_kind(resources, "Deployment")} == {0}
    assert all(resource["spec"]["suspend"] for resource in of_kind(resources, "Job", "ScheduledBackup"))


def test_prometheus_may_ask_whom_it_is_told_to_ask(default: list[Resource]) -> None:
    monitor = find(default, "PodMonitor/taskyard")["spec"]
    policy = find(default, "NetworkPolicy/prometheus-reads-taskyard")["spec"]
    for deployment in of_kind(default, "Deployment"):
        labels = template(deployment)["metadata"]["labels"]
        assert selects(monitor["selector"], labels)
        assert selects(policy["podSelector"], labels)


def test_sources_name_no_machine_and_no_download() -> None:
    sources = [path for path in KUBERNETES.rglob("*") if path.is_file()]
    texts = {path: path.read_text(encoding="utf-8") for path in sources}
    assert sources
    assert [path for path, text in texts.items() if "ghcr." in text or "docker.io" in text] == []
    assert Path(KUBERNETES / "checks/checkov.yaml") in texts
