"""An overlay with attachments in a bucket is as sound as one without, and only who keeps files is told of the key."""

import copy
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.render_manifests import KUBERNETES, find_kubectl
from taskyard.composition.attachments import bucket_of
from taskyard.kit.settings import parse_settings
from tests.kubernetes.conftest import loaded, rendered_text
from tests.kubernetes.resources import Resource, ours, settings_of
from tests.kubernetes.rules import RULES, Rule

SECRET = "taskyard-attachments"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Production with the option, as `docs/kubernetes.md` says to add it."""
    rendered_text("production")  # skips where nothing is rendered
    folder = tmp_path_factory.mktemp("manifests") / "kubernetes"
    shutil.copytree(KUBERNETES, folder)
    overlay = folder / "overlays/production"
    text = (overlay / "kustomization.yaml").read_text(encoding="utf-8")
    with_option = text.replace("components:\n", "components:\n  - ../../options/attachments\n")
    (overlay / "kustomization.yaml").write_text(with_option, encoding="utf-8")
    command = [str(find_kubectl()), "kustomize", str(overlay)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def resources(rendered: str) -> list[Resource]:
    return copy.deepcopy(loaded(rendered))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.__name__))
def test_the_option_is_sound(resources: list[Resource], rule: Rule) -> None:
    assert list(rule(resources)) == []


def test_only_who_keeps_files_has_the_key(resources: list[Resource]) -> None:
    told = {pod["metadata"]["name"] for pod, _ in ours(resources) if SECRET in str(pod)}
    assert told == {"taskyard-task", "taskyard-worker"}


def test_what_is_told_opens_a_bucket(resources: list[Resource], tmp_path: Path) -> None:
    (tmp_path / "SECRET_ACCESS_KEY").write_text("a secret", encoding="utf-8")
    for pod, container in ours(resources):
        if pod["metadata"]["name"] in {"taskyard-task", "taskyard-worker"}:
            told = settings_of(resources, container)
            mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
            file = Path(told["TASKYARD_S3_SECRET_KEY_FILE"])
            assert str(file.parent) == mounts["attachments"]
            here = {"TASKYARD_S3_SECRET_KEY_FILE": str(tmp_path / file.name), "TASKYARD_S3_ACCESS_KEY": "AKEY"}
            texts = {name: text for name, text in told.items() if text != "from a Secret" and "REDIS" not in name}

            assert bucket_of(parse_settings({**texts, **here})).name == "taskyard-attachments"


def test_the_task_service_reaches_the_store(resources: list[Resource]) -> None:
    (policy,) = [found for found in resources if found["metadata"]["name"] == "task-keeps-files"]
    assert policy["spec"]["egress"][0]["ports"] == [{"port": 443, "protocol": "TCP"}]
