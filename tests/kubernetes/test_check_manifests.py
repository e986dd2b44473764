"""`make manifests` finds what is wrong; it needs the tools that it installs itself."""

import copy
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.render_manifests import DEFAULT, ROOT
from tests.kubernetes.conftest import loaded
from tests.kubernetes.resources import Resource, name_of

PYTHON = ROOT / ".venv-manifests/bin/python"

pytestmark = pytest.mark.slow


def check(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the check on one file."""
    if not (PYTHON.parent.parent / ".installed").exists():
        assert not os.environ.get("TASKYARD_TEST_REQUIRE_TOOLS"), "run `make manifests` first"
        pytest.skip("the checks of manifests are not installed (`make manifests` does it)")
    (folder / "broken.yaml").write_text(text, encoding="utf-8")
    command = [str(PYTHON), str(ROOT / "scripts/check_manifests.py"), str(folder / "broken.yaml")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def one(name: str) -> Resource:
    """One resource of the default."""
    return next(resource for resource in loaded(DEFAULT.read_text()) if name_of(resource) == name)


BROKEN: dict[str, Callable[[Any], Any]] = {
    "Deployment/taskyard-task": lambda spec: spec.update(replica=2),
    "Cluster/taskyard-postgres": lambda spec: spec.update(instancez=3),
    "ScheduledBackup/taskyard-daily": lambda spec: spec.update(schedule="30 2 * * *"),
    "ObjectStore/taskyard-backups": lambda spec: spec.update(retentionPolicy="always"),
    "PodMonitor/taskyard": lambda spec: spec.pop("podMetricsEndpoints"),
    "PrometheusRule/taskyard": lambda spec: spec["groups"][1]["rules"][0].update({"for": "soon"}),
}
STRANGER = {"apiVersion": "example.org/v1", "kind": "Stranger", "metadata": {"name": "one"}}


def test_every_malformed_resource_is_reported(tmp_path: Path) -> None:
    resources = copy.deepcopy([one(name) for name in BROKEN])
    for resource in resources:
        BROKEN[name_of(resource)](resource["spec"])
    result = check(yaml.safe_dump_all([*resources, STRANGER]), tmp_path)
    assert result.returncode == 1
    assert [name for name in [*BROKEN, "Stranger/one"] if f"broken: {name} " not in result.stderr] == []


def test_careless_resource_is_reported(tmp_path: Path) -> None:
    resource = copy.deepcopy(one("Deployment/taskyard-task"))
    del resource["spec"]["template"]["spec"]["containers"][0]["securityContext"]
    result = check(yaml.safe_dump(resource), tmp_path)
    assert result.returncode == 1
    assert "CKV_K8S_22" in result.stdout
