"""Rendered manifests as the tests look at them."""

from collections.abc import Iterator
from typing import Any, TypeAlias

Resource: TypeAlias = dict[str, Any]
WORKLOADS = ("Deployment", "StatefulSet", "Job")


def of_kind(resources: list[Resource], *kinds: str) -> list[Resource]:
    """The resources of these kinds."""
    return [resource for resource in resources if resource["kind"] in kinds]


def name_of(resource: Resource) -> str:
    """Kind and name, as findings show it."""
    return f"{resource['kind']}/{resource['metadata']['name']}"


def template(workload: Resource) -> Resource:
    """The pod a workload makes."""
    made: Resource = workload["spec"]["template"]
    return made


def containers(workload: Resource) -> list[Resource]:
    """All containers of a workload, those that prepare it included."""
    pod = template(workload)["spec"]
    return [*pod.get("initContainers", []), *pod["containers"]]


def taskyard(workload: Resource) -> Resource | None:
    """The container that runs our own program, if there is one."""
    return next((container for container in containers(workload) if container["name"] == "taskyard"), None)


def ours(resources: list[Resource]) -> Iterator[tuple[Resource, Resource]]:
    """Workloads that run our own program, each with its container."""
    for workload in of_kind(resources, *WORKLOADS):
        container = taskyard(workload)
        if container is not None:
            yield workload, container


def selects(selector: Resource, labels: dict[str, str]) -> bool:
    """Whether a label selector means something with these labels."""
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    return wanted and all(_holds(rule, labels) for rule in selector.get("matchExpressions", []))


def _holds(rule: Resource, labels: dict[str, str]) -> bool:
    is_in = labels.get(rule["key"]) in rule["values"]
    return is_in if rule["operator"] == "In" else not is_in


def settings_of(resources: list[Resource], container: Resource) -> dict[str, str]:
    """What a container is told by name: from maps, and one by one; what a Secret holds is shown as its name."""
    maps = {resource["metadata"]["name"]: resource["data"] for resource in of_kind(resources, "ConfigMap")}
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        if "configMapRef" in source:
            found |= maps[source["configMapRef"]["name"]]
    for variable in container.get("env", []):
        found[variable["name"]] = variable.get("value") or "from a Secret"
    return found
