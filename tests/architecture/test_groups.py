"""Tests marked as a group run in one process, so that the servers they share start once."""

import subprocess
import sys
from pathlib import Path

SAMPLE = """
from pathlib import Path

import pytest

SHAPES = [pytest.param(shape, marks=pytest.mark.xdist_group(shape)) for shape in ("one", "split")]


@pytest.fixture(scope="module", params=SHAPES)
def stack(request, worker_id):
    Path(f"{request.param} in {worker_id}").touch()


@pytest.mark.parametrize("number", range(5))
def test_story(stack, number):
    pass
"""


def test_group_runs_in_one_process(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(SAMPLE, encoding="utf-8")
    options = ["--rootdir", str(tmp_path), "--disable-plugin-autoload", "-p", "xdist", "-n", "2", "--dist", "loadgroup"]
    command = [sys.executable, "-m", "pytest", *options]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert "10 passed" in outcome.stdout, outcome.stdout + outcome.stderr
    started = sorted(path.name for path in tmp_path.glob("* in gw*"))
    assert [name.split()[0] for name in started] == ["one", "split"], started
