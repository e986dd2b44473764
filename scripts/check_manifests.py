"""Check everything under kubernetes/ without a cluster: form, resources of operators, and practice.

Runs in .venv-manifests, which `make manifests` makes. Built-in kinds are checked by kubernetes-validate in its strict
form, those of operators by kubernetes/checks/schemas, which know the fields we use; practice by checkov.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parents[1]
KUBERNETES = ROOT / "kubernetes"
SCHEMAS = KUBERNETES / "checks/schemas"
OVERLAYS = ("development", "staging", "production", "dr")
# The oldest Kubernetes the manifests are written for, and the newest that is known here.
VERSIONS = ("1.32", "1.37")
BIN = Path(sys.executable).parent


def documents(text: str) -> list[dict[str, Any]]:
    """Read a stream of resources."""
    return [document for document in yaml.safe_load_all(text) if document]


def faults_of(document: dict[str, Any]) -> list[str]:
    """Say what is wrong with the form of one resource; empty when nothing is."""
    name = f"{document.get('kind')}/{document.get('metadata', {}).get('name')}"
    own = SCHEMAS / f"{document.get('kind')}.json"
    if own.exists():
        schema = json.loads(own.read_text(encoding="utf-8"))
        found = jsonschema.Draft7Validator(schema).iter_errors(document)
        return [f"{name} {error.json_path}: {error.message}" for error in found]
    return [fault for version in VERSIONS for fault in _built_in_faults(document, name, version)]


def _built_in_faults(document: dict[str, Any], name: str, version: str) -> list[str]:
    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{name} ({version}) {'.'.join(map(str, error.path))}: {error.message}"]
    except kubernetes_validate.SchemaNotFoundError:
        return [f"{name} ({version}): no schema; write kubernetes/checks/schemas/{document.get('kind')}.json"]
    return []


def render(overlay: str, kubectl: str) -> str:
    """Write out one overlay as kubectl would apply it."""
    command = [kubectl, "kustomize", str(KUBERNETES / "overlays" / overlay)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own folder


def practice_is_good(folder: Path) -> bool:
    """Ask checkov about every file of a folder; what it finds goes to the terminal."""
    command = [
        str(BIN / "checkov"),
        "--config-file",
        str(KUBERNETES / "checks/checkov.yaml"),
        "--directory",
        str(folder),
    ]
    quiet = os.environ | {"LOG_LEVEL": "ERROR"}
    return subprocess.run(command, check=False, env=quiet).returncode == 0  # noqa: S603 - our own files


def docker_is_good() -> bool:
    """Ask hadolint and checkov about the Dockerfile, when there is one."""
    file = ROOT / "Dockerfile"
    if not file.exists():
        return True
    linted = subprocess.run([str(BIN / "hadolint"), str(file)], check=False)  # noqa: S603 - our own file
    command = [str(BIN / "checkov"), "--config-file", str(KUBERNETES / "checks/docker.yaml"), "--file", str(file)]
    checked = subprocess.run(command, check=False)  # noqa: S603 - our own file
    return linted.returncode == checked.returncode == 0


def everything() -> dict[str, str]:
    """Give the committed default and every overlay, by name."""
    kubectl = str(BIN / "kubectl") if (BIN / "kubectl").exists() else "kubectl"
    texts = {overlay: render(overlay, kubectl) for overlay in OVERLAYS}
    return texts | {"default": (KUBERNETES / "taskyard.yaml").read_text(encoding="utf-8")}


def main(paths: list[str]) -> int:
    """Check the files that are named, else everything; 1 when something is wrong."""
    texts = {Path(path).stem: Path(path).read_text(encoding="utf-8") for path in paths} or everything()
    faults = [
        f"{name}: {fault}" for name, text in texts.items() for item in documents(text) for fault in faults_of(item)
    ]
    for fault in faults:
        sys.stderr.write(fault + "\n")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / f"{name}.yaml").write_text(text, encoding="utf-8")
        good = practice_is_good(Path(folder))
    return 0 if good and docker_is_good() and not faults else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
