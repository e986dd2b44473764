"""What the manifests tell a pod is enough: the program starts with nothing else, and becomes ready."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from scripts.render_manifests import DEFAULT
from taskyard.kit.keys import encode_key, service_key
from taskyard.kit.roles import LISTENING_OFFSETS, ROLES
from tests.conftest import Cluster
from tests.journeys.stack import free_ports
from tests.kubernetes.conftest import loaded
from tests.kubernetes.resources import Resource, ours, settings_of

pytestmark = pytest.mark.slow


def _secrets(cluster: Cluster, component: str) -> dict[str, str]:
    """What the Secret of one component holds."""
    roles = [component] if component != "worker" else [role for role in ROLES if role != "gateway"]
    keys = {role: encode_key(service_key(cluster.master_key, role)) for role in roles}
    urls = {f"TASKYARD_{role.upper()}_DATABASE_URL": cluster.service_urls[role] for role in roles}
    if component != "worker":
        return urls | {"TASKYARD_SERVICE_KEY": keys[component]}
    return urls | {"TASKYARD_SERVICE_KEYS": ",".join(f"{role}={key}" for role, key in keys.items())}


def _here(resources: list[Resource], container: Resource, home: Path, port: int) -> dict[str, str]:
    """The settings of a container, with what depends on the place replaced."""
    told = {name: text for name, text in settings_of(resources, container).items() if text != "from a Secret"}
    place = {"TASKYARD_HOME": str(home), "TASKYARD_HOST": "127.0.0.1", "TASKYARD_PORT": str(port)}
    return {name: text.replace("$(VALKEY_PASSWORD)", "x") for name, text in told.items()} | place


def _run(container: Resource, environment: dict[str, str], folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "taskyard", *container["args"]]
        surroundings = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        paths = {"PYTHONPATH": str(DEFAULT.parents[1] / "src")}
        return subprocess.Popen(command, env=surroundings | paths | environment, cwd=folder, stdout=log, stderr=log)


def _answer(url: str, process: "subprocess.Popen[bytes]") -> object:
    """What an operational endpoint says once it answers well."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310 - our own server
                return json.load(answer)
        except (urllib.error.URLError, OSError):
            assert process.poll() is None, "it ended"
            assert time.monotonic() < deadline, "it never became ready"
            time.sleep(0.1)


@pytest.mark.parametrize("component", LISTENING_OFFSETS)
def test_pod_becomes_ready(cluster: Cluster, tmp_path: Path, component: str) -> None:
    resources = loaded(DEFAULT.read_text(encoding="utf-8"))
    container = next(made for pod, made in ours(resources) if pod["metadata"]["name"] == f"taskyard-{component}")
    offset = LISTENING_OFFSETS[component]
    port = free_ports(len(LISTENING_OFFSETS))
    environment = _here(resources, container, tmp_path / "state", port) | _secrets(cluster, component)
    process = _run(container, environment, tmp_path)
    try:
        assert _answer(f"http://127.0.0.1:{port + offset}/ready", process) == {"ready": True}
        assert _answer(f"http://127.0.0.1:{port + offset}/live", process) == {"live": True}
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0, (tmp_path / "log").read_text()


def test_migration_finishes_and_may_be_repeated(cluster: Cluster, tmp_path: Path) -> None:
    resources = loaded(DEFAULT.read_text(encoding="utf-8"))
    container = next(made for pod, made in ours(resources) if pod["kind"] == "Job")
    key = tmp_path / "master.key"
    key.write_bytes(cluster.master_key)
    told = {"TASKYARD_DATABASE_URL": cluster.owner_url, "TASKYARD_MASTER_KEY_FILE": str(key)}
    environment = {"TASKYARD_HOME": str(tmp_path / "state")} | told
    assert {variable["name"] for variable in container["env"]} == set(environment)
    process = _run(container, environment, tmp_path)
    assert process.wait(timeout=60) == 0, (tmp_path / "log").read_text()
