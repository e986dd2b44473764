"""A real Prometheus on a loopback port that watches a Taskyard of the test's own."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.journeys.stack import Stack, free_ports

SOURCE = Path(__file__).parents[2] / "monitoring/prometheus"
PATIENCE_SECONDS = 30


class Prometheus:
    """The server, asked over its HTTP API as Grafana asks it."""

    def __init__(self, port: int, output: Path) -> None:
        self.port = port
        self._output = output
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)

    def values(self, expression: str) -> list[float]:
        """The result of an expression at this moment, one number for each series. Refuses what it cannot read."""
        answer = self._client.post("/api/v1/query", data={"query": expression})
        assert answer.status_code == httpx.codes.OK, f"{expression}: {answer.text}"
        result = answer.json()["data"]["result"]
        return [float(series["value"][1]) for series in result]

    def label_values(self, label: str, series: str) -> list[str]:
        """What Grafana's label_values() gives."""
        answer = self._client.get(f"/api/v1/label/{label}/values", params={"match[]": series})
        found: list[str] = answer.json()["data"]
        return found

    def firing(self) -> set[str]:
        """The names of the alerts that fire."""
        alerts = self._client.get("/api/v1/alerts").json()["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def is_ready(self) -> bool:
        """Whether it has started."""
        try:
            return self._client.get("/-/ready").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def output(self) -> str:
        """Everything it printed."""
        return self._output.read_text(errors="replace")

    def close(self) -> None:
        """Hang up."""
        self._client.close()


@contextmanager
def watching(stack: Stack, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus with our configuration and rules that asks the processes of a stack, whether they run or not."""
    tool = shutil.which("prometheus")
    if tool is None and not os.environ.get("TASKYARD_TEST_REQUIRE_TOOLS"):
        pytest.skip("prometheus is not installed (on Debian: apt install prometheus)")
    assert tool is not None, "prometheus is not installed"
    folder.mkdir()
    write_configuration(stack, folder)
    server = Prometheus(free_ports(1), folder / "output.log")
    command = [
        tool,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'numbers'}",
        f"--web.listen-address=127.0.0.1:{server.port}",
    ]
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        eventually(server.is_ready, server.output)
        yield server
    finally:
        server.close()
        process.terminate()
        process.wait(20)


def write_configuration(stack: Stack, folder: Path) -> None:
    """Our configuration as it is, but asking each second, on the ports of a stack, and alerts that do not wait.

    The rules' ``for:`` is shortened in the text of the copy; nothing else of them is changed.
    """
    configuration = yaml.safe_load((SOURCE / "prometheus.yml").read_text(encoding="utf-8"))
    configuration["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    (job,) = configuration["scrape_configs"]
    job["static_configs"] = [_moved(target, stack) for target in job["static_configs"]]
    if stack.shape == "one":
        del job["static_configs"][1:]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
    (folder / "rules").mkdir()
    for rules in (SOURCE / "rules").glob("*.yml"):
        text, count = re.subn(r"\bfor: \d+m$", "for: 0s", rules.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert count
        (folder / "rules" / rules.name).write_text(text, encoding="utf-8")


def _moved(target: dict[str, Any], stack: Stack) -> dict[str, Any]:
    (address,) = target["targets"]
    return {**target, "targets": [f"127.0.0.1:{stack.port + int(address.rpartition(':')[2]) - 3000}"]}


def eventually(holds: Callable[[], object], explain: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.25)
