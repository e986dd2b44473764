"""What every environment's manifests must be; each rule gives one line per finding."""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

import taskyard as program
from taskyard.composition.arguments import read_arguments
from taskyard.kit.roles import LISTENING_OFFSETS, ROLES
from taskyard.kit.setting_table import PREFIX, TABLE
from taskyard.kit.settings import SettingsError, parse_settings
from tests.kubernetes.resources import (
    WORKLOADS,
    Resource,
    containers,
    name_of,
    of_kind,
    ours,
    selects,
    settings_of,
    template,
)

Rule: TypeAlias = Callable[[list[Resource]], Iterator[str]]
VARIABLES = {setting.variable for setting in TABLE}
SECRET_VARIABLES = {setting.variable for setting in TABLE if setting.secret} | {f"{PREFIX}REDIS_URL"}
PRIVATE = {
    "0.0.0.0/0": {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"},
    "::/0": {"fc00::/7", "fe80::/10", "::1/128"},
}


def every_part_is_there(resources: list[Resource]) -> Iterator[str]:
    """Five services and a worker, each on its port; nothing else of ours but the migration."""
    found = {
        workload["metadata"]["name"]: container["ports"][0]["containerPort"]
        for workload, container in ours(resources)
        if workload["kind"] == "Deployment"
    }
    expected = {f"taskyard-{name}": 3000 + offset for name, offset in LISTENING_OFFSETS.items()}
    if found != expected:
        yield f"Deployments are {found}, expected {expected}"
    (job,) = of_kind(resources, "Job")
    if not job["metadata"]["name"].endswith("-" + program.__version__.replace(".", "-")):
        yield f"{name_of(job)} must carry the version, because a Job cannot be changed"


def deployments_have_probes(resources: list[Resource]) -> Iterator[str]:
    """Start and life ask /live, readiness asks /ready."""
    for workload, container in ours(resources):
        if workload["kind"] != "Deployment":
            continue
        for probe, path in (("startupProbe", "/live"), ("livenessProbe", "/live"), ("readinessProbe", "/ready")):
            if container.get(probe, {}).get("httpGet") != {"path": path, "port": "http"}:
                yield f"{name_of(workload)} has no {probe} that asks {path}"


def containers_are_bounded(resources: list[Resource]) -> Iterator[str]:
    """Everybody says what it needs and the most it takes."""
    for workload in of_kind(resources, *WORKLOADS):
        for container in containers(workload):
            for kind in ("requests", "limits"):
                if set(container.get("resources", {}).get(kind, {})) != {"cpu", "memory"}:
                    yield f"{name_of(workload)}: {container['name']} has no {kind} of processor and memory"


def containers_are_restricted(resources: list[Resource]) -> Iterator[str]:
    """What the restricted Pod Security Standard asks for, and a read-only root besides."""
    own = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    for workload in of_kind(resources, *WORKLOADS):
        pod = template(workload)["spec"]
        shared = pod.get("securityContext", {})
        if not shared.get("runAsNonRoot") or shared.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{name_of(workload)} may run as root or without seccomp"
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{name_of(workload)} gets a token for the Kubernetes API"
        if pod.get("enableServiceLinks") is not False:
            yield f"{name_of(workload)} gets variables named after Services, which the settings refuse"
        for container in containers(workload):
            if container.get("securityContext") != own:
                yield f"{name_of(workload)}: {container['name']} may do more than it needs"


def workloads_survive_a_drain(resources: list[Resource]) -> Iterator[str]:
    """A budget for each, and pods spread over zones and hosts."""
    budgets = [budget["spec"]["selector"] for budget in of_kind(resources, "PodDisruptionBudget")]
    for workload in of_kind(resources, "Deployment", "StatefulSet"):
        labels = template(workload)["metadata"]["labels"]
        if sum(selects(selector, labels) for selector in budgets) != 1:
            yield f"{name_of(workload)} has not exactly one PodDisruptionBudget"
        constraints = template(workload)["spec"].get("topologySpreadConstraints", [])
        keys = {rule["topologyKey"] for rule in constraints if selects(rule["labelSelector"], labels)}
        if keys != {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}:
            yield f"{name_of(workload)} is not spread over zones and hosts"


def services_lead_somewhere(resources: list[Resource]) -> Iterator[str]:
    """Every Service's selector and target port meet a pod."""
    for service in of_kind(resources, "Service"):
        selector = {"matchLabels": service["spec"]["selector"]}
        for port in service["spec"]["ports"]:
            if not any(port["targetPort"] in _ports(workload) for workload in _selected(resources, selector)):
                yield f"{name_of(service)}: no pod has the port {port['targetPort']}"


def policies_meet_ports(resources: list[Resource]) -> Iterator[str]:
    """What may be asked is a port of the pods the rule is about (databases and outside addresses apart)."""
    for policy in of_kind(resources, "NetworkPolicy"):
        for rule in policy["spec"].get("ingress", []):
            yield from _strangers(resources, policy, policy["spec"]["podSelector"], rule)
        for rule in policy["spec"].get("egress", []):
            for peer in rule.get("to", []):
                if "podSelector" in peer and "namespaceSelector" not in peer:
                    yield from _strangers(resources, policy, peer["podSelector"], rule)


def outside_is_public(resources: list[Resource]) -> Iterator[str]:
    """Who may reach any address may not reach those of private networks."""
    for policy in of_kind(resources, "NetworkPolicy"):
        peers = [peer for rule in policy["spec"].get("egress", []) for peer in rule.get("to", [])]
        for block in (peer["ipBlock"] for peer in peers if "ipBlock" in peer):
            if missing := PRIVATE[block["cidr"]] - set(block.get("except", [])):
                yield f"{name_of(policy)} reaches {', '.join(sorted(missing))}"


def nothing_is_open(resources: list[Resource]) -> Iterator[str]:
    """All pods start with no connections allowed at all, in a namespace that refuses privileges."""
    closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    if not any(policy["spec"] == closed for policy in of_kind(resources, "NetworkPolicy")):
        yield "no NetworkPolicy closes everything"
    (namespace,) = of_kind(resources, "Namespace")
    if namespace["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
        yield f"{name_of(namespace)} does not enforce the restricted standard"


def commands_are_ours(resources: list[Resource]) -> Iterator[str]:
    """The arguments are a command of the program, for the image of this version."""
    for workload, container in ours(resources):
        if container["image"] != f"taskyard:{program.__version__}":
            yield f"{name_of(workload)} runs {container['image']}"
        try:
            options = read_arguments(container["args"])
        except SystemExit:
            yield f"{name_of(workload)}: `taskyard {' '.join(container['args'])}` is no command"
            continue
        if (
            getattr(options, "service", options.command)
            != template(workload)["metadata"]["labels"]["app.kubernetes.io/component"]
        ):
            yield f"{name_of(workload)} runs {' '.join(container['args'])}"


def settings_are_ours(resources: list[Resource]) -> Iterator[str]:
    """Every variable is a setting, all of them are valid together, and no secret is written down."""
    for workload, container in ours(resources):
        told = settings_of(resources, container)
        texts = {name: text for name, text in told.items() if name.startswith(PREFIX)}
        yield from (f"{name_of(workload)}: {name} is not a setting" for name in texts.keys() - VARIABLES)
        for name in texts.keys() & SECRET_VARIABLES:
            if "$(" not in texts[name] and texts[name] != "from a Secret":
                yield f"{name_of(workload)}: {name} is written down"
        try:
            parse_settings({name: text for name, text in texts.items() if text != "from a Secret"})
        except SettingsError as error:
            yield f"{name_of(workload)}: {error}"


def no_secret_is_committed(resources: list[Resource]) -> Iterator[str]:
    """Secrets are made when Taskyard is installed, and each pod is given its own only."""
    yield from (f"{name_of(secret)} is committed" for secret in of_kind(resources, "Secret"))
    for workload, container in ours(resources):
        component = template(workload)["metadata"]["labels"]["app.kubernetes.io/component"]
        named = set(re.findall(r"'secretKeyRef': {[^}]*'name': '([^']+)'", str(container["env"])))
        named |= {source["secretRef"]["name"] for source in container.get("envFrom", []) if "secretRef" in source}
        of_bucket = {"taskyard-attachments"} if component in {"task", "worker"} else set()
        if not named <= {f"taskyard-{component}", "taskyard-valkey", *of_bucket}:
            yield f"{name_of(workload)} reads {sorted(named)}"


def connections_suffice(resources: list[Resource]) -> Iterator[str]:
    """The most pods, with those of a rollout besides, and their pools fit into the database's connections."""
    most = {scaler["metadata"]["name"]: scaler["spec"]["maxReplicas"] for scaler in _scalers(resources)}
    needed = 30
    for workload, container in ours(resources):
        if workload["kind"] != "Deployment":
            continue
        replicas = most.get(workload["metadata"]["name"]) or workload["spec"]["replicas"]
        roles = len(ROLES) - 1 if container["args"] == ["worker"] else 1
        pool = int(settings_of(resources, container)[f"{PREFIX}POOL_SIZE"])
        needed += (replicas + -(-replicas // 4)) * roles * pool
    (cluster,) = of_kind(resources, "Cluster")
    available = int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])
    if needed > available:
        yield f"{name_of(cluster)} has {available} connections, and {needed} may be wanted"


def autoscalers_decide_alone(resources: list[Resource]) -> Iterator[str]:
    """A Deployment with an autoscaler names no number, except zero, which stops it."""
    scaled = {scaler["spec"]["scaleTargetRef"]["name"] for scaler in _scalers(resources)}
    for workload in of_kind(resources, "Deployment"):
        if workload["metadata"]["name"] in scaled and workload["spec"].get("replicas", 0):
            yield f"{name_of(workload)} sets a number that its autoscaler changes"


RULES: list[Rule] = [
    every_part_is_there,
    deployments_have_probes,
    containers_are_bounded,
    containers_are_restricted,
    workloads_survive_a_drain,
    services_lead_somewhere,
    policies_meet_ports,
    outside_is_public,
    nothing_is_open,
    commands_are_ours,
    settings_are_ours,
    no_secret_is_committed,
    connections_suffice,
    autoscalers_decide_alone,
]


def _scalers(resources: list[Resource]) -> list[Resource]:
    return of_kind(resources, "HorizontalPodAutoscaler")


def _selected(resources: list[Resource], selector: Resource) -> list[Resource]:
    return [
        workload
        for workload in of_kind(resources, *WORKLOADS)
        if selects(selector, template(workload)["metadata"]["labels"])
    ]


def _ports(workload: Resource) -> set[str | int]:
    declared = [port for container in containers(workload) for port in container.get("ports", [])]
    return {port[key] for port in declared for key in ("name", "containerPort")}


def _strangers(resources: list[Resource], policy: Resource, selector: Resource, rule: Resource) -> Iterator[str]:
    """Ports of a rule that no pod it is about has; the database's pods are made by its operator."""
    workloads = _selected(resources, selector)
    if "cnpg.io/cluster" in selector.get("matchLabels", {}):
        return
    known = {port for workload in workloads for port in _ports(workload)}
    for port in rule["ports"]:
        if not set(range(port["port"], port.get("endPort", port["port"]) + 1)) <= known:
            yield f"{name_of(policy)}: nobody it is about has the port {port['port']}"
