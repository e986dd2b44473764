"""What the certified programs of others need: themselves, and a running Taskyard in both shapes."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.stack import Stack, running

HERE = Path(__file__).parent
NODE, NPM = shutil.which("node"), shutil.which("npm")


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs installed as the lock file says."""
    if NODE is None or NPM is None:
        assert not os.environ.get("TASKYARD_TEST_REQUIRE_TOOLS"), "node and npm are not installed"
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("clients")
    for path in (*HERE.glob("*.mjs"), *HERE.glob("package*.json")):
        shutil.copy(path, folder)
    command = [NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert installed.returncode == 0, installed.stderr
    return folder


@pytest.fixture(scope="package", params=["one", "split"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running Taskyard."""
    with running(Stack(tmp_path_factory.mktemp(f"clients-{request.param}") / "home", request.param)) as stack:
        yield stack
        assert "request.failed" not in stack.output()
