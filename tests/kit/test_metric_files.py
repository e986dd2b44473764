"""Several processes behind one port count together, and one that is started again counts on."""

import os
import subprocess
import sys
from pathlib import Path

from taskyard.kit.metric_files import count_in_files, empty_folder, place_in

COUNT = """
from taskyard.kit import metrics
metrics.count_sign_in("accepted")
metrics.redis_up.set({up})
print(metrics.render().decode())
"""


def _count(folder: Path, place: int, *, up: int = 1) -> str:
    environment = {**os.environ, **place_in(folder, place), "PYTHONPATH": "src"}
    command = [sys.executable, "-c", COUNT.format(up=up)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_scrape_adds_up_and_counters_outlive_their_process(tmp_path: Path) -> None:
    folder = empty_folder(tmp_path)
    _count(folder, 1, up=0)
    assert "taskyard_redis_up 0.0" in _count(folder, 2)
    files = sorted(file.name for file in folder.iterdir())
    numbers = _count(folder, 1)
    assert 'taskyard_sign_ins_total{outcome="accepted"} 3.0' in numbers
    assert "taskyard_redis_up 1.0" in numbers
    assert sorted(file.name for file in folder.iterdir()) == files


def test_a_new_start_forgets_the_last_one(tmp_path: Path) -> None:
    (empty_folder(tmp_path) / "counter_1.db").touch()
    assert list(empty_folder(tmp_path).iterdir()) == []


def test_a_folder_without_a_place_is_not_meant_for_us() -> None:
    environment = {"PROMETHEUS_MULTIPROC_DIR": "somewhere"}
    assert count_in_files(environment) is None
    assert environment == {}
