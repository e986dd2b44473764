"""The containers that `make containers-test` makes from docker-compose.yml."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from scripts.containers_engine import run

PROJECT = "taskyard-test"
# Without it Compose does not see the other shape; with it, `up` starts both.
ALL = ("--profile", "single")


def compose_program() -> list[str]:
    """The command of Compose, either of its two kinds; nothing where there is none."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    plugin = ["docker", "compose"]
    found = subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode == 0  # noqa: S603 - fixed
    return plugin if found else []


class Containers:
    """The containers of one checkout, by the names docker-compose.yml gives them."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self._program = compose_program()

    def compose(self, *arguments: str, given: str | None = None, check: bool = True) -> str:
        """Run Compose in the checkout."""
        command = [*self._program, "-p", PROJECT, *arguments]
        return run(*command, folder=self.checkout, given=given, check=check)

    def running(self) -> set[str]:
        """The names of those that run."""
        return set(self.compose("ps", "--services", "--filter", "status=running").split())

    def is_healthy(self, name: str) -> bool:
        """Whether the container says so itself."""
        return bool(self.inspect(name)["State"].get("Health", {}).get("Status") == "healthy")

    def is_back(self, name: str, before: dict[str, Any]) -> bool:
        """Whether the container was started again and is healthy."""
        return self.inspect(name)["RestartCount"] > before["RestartCount"] and self.is_healthy(name)

    def inspect(self, name: str) -> dict[str, Any]:
        """Everything the engine knows of a container."""
        found: dict[str, Any] = json.loads(run("docker", "inspect", self.compose(*ALL, "ps", "-q", name).strip()))[0]
        return found

    def remove(self) -> None:
        """Have none of them, and none of their networks and volumes."""
        self.compose(*ALL, "down", "--volumes", "--remove-orphans", check=False)
