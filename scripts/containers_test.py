"""Runs docker-compose.yml for real: from a clean clone to the last container killed and back.

Needs root on Linux. Uses the engine that runs, or one of its own in a temporary folder, which it ends.
"""

import argparse
import functools
import os
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from scripts.containers_compose import Containers, compose_program
from scripts.containers_engine import (
    CACHE,
    REMEDY,
    ROOT,
    attempt,
    engine,
    expect,
    layer_sizes,
    missing_here,
    registry_answers,
    run,
    tell,
    wait_for,
)
from scripts.containers_single import Single
from scripts.containers_story import Story

BASE, IMAGE = "python:3.11-slim-bookworm", "taskyard:0.1.0"
MOST_BYTES = 120_000_000
PROCESSES = ["api-gateway", "auth-service", "task-service", "project-service", "notification-service", "worker"]
SERVERS = ["postgres", "valkey", "prometheus", "grafana"]


def main() -> int:
    """Tell the whole story; the exit code says how it ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--local-images", action="store_true", help="make the images from Debian packages")
    parser.add_argument("--keep", action="store_true", help="leave the containers running at the end")
    options = parser.parse_args()
    missing = missing_here() or ("" if compose_program() else f"there is no docker-compose; {REMEDY}")
    if missing:
        sys.stderr.write(f"containers-test: {missing}\n")
        return 1
    began = time.monotonic()
    with engine(), tempfile.TemporaryDirectory(prefix="taskyard-clone-") as folder:
        local = options.local_images or not registry_answers(BASE)
        if local:
            tell("No registry: images from Debian packages, Grafana's a stand-in that reads the same files")
            run("sh", "scripts/local_images.sh", str(CACHE))
        Deployment(Path(folder) / "taskyard", local=local).prove(keep=options.keep)
    tell(f"Everything held, in {time.monotonic() - began:.0f} s")
    return 0


class Deployment:
    """A clean clone of what is committed, and the containers made from it."""

    def __init__(self, checkout: Path, *, local: bool) -> None:
        self.checkout = checkout
        self.local = local
        self.port, self.prometheus_port, self.grafana_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.names = [*PROCESSES, *SERVERS]
        self.containers = Containers(checkout)

    def prove(self, *, keep: bool) -> None:
        """Go through every claim; whatever was started is gone afterwards."""
        self.clone()
        self.build()
        # A run that was killed may have left something.
        self.containers.remove()
        try:
            self.start_gateway()
            self.start()
            self.look_at_containers()
            self.tell_journeys()
            self.look_at_prometheus()
            self.look_at_grafana()
            self.kill_each()
            self.containers.compose("down", "--volumes")
            Single(self.containers, self.url, self.checkout.parent / "backups").prove()
        except BaseException:
            sys.stderr.write(self.containers.compose("logs", "--tail=40", check=False))
            raise
        finally:
            if not keep:
                self.containers.remove()

    def clone(self) -> None:
        """Take what is committed, and the settings as a person would make them."""
        run("git", "clone", "--quiet", str(ROOT), str(self.checkout))
        ports = f"PROMETHEUS_PORT={self.prometheus_port}\nGRAFANA_PORT={self.grafana_port}\n"
        settings = f"\nTASKYARD_PORT={self.port}\nTASKYARD_LIMITS=off\n{ports}"
        example = (self.checkout / ".env.example").read_text(encoding="utf-8")
        (self.checkout / ".env").write_text(example + settings, encoding="utf-8")

    def build(self) -> None:
        """Build the image and see how much it adds to its base."""
        began = time.monotonic()
        # The old builder and the machine's network: they need neither a registry nor its names.
        plain = {"DOCKER_BUILDKIT": "0"} if self.local else {}
        run("docker", "build", "--quiet", "--network", "host", "--tag", IMAGE, str(self.checkout), environment=plain)
        size = sum(layer_sizes(IMAGE)) - sum(layer_sizes(BASE))
        tell(f"Built in {time.monotonic() - began:.0f} s; the layers on the base have {size / 1e6:.1f} MB")
        expect(size < MOST_BYTES, f"the layers on the base have {size} bytes; at most {MOST_BYTES}")

    def start_gateway(self) -> None:
        """Bring up the gateway alone: what it needs comes too, the dashboards do not."""
        began = time.monotonic()
        self.containers.compose("up", "-d", "api-gateway")
        wait_for(lambda: self.containers.is_healthy("api-gateway"), "the gateway is healthy")
        running = self.containers.running()
        expect(running == {*PROCESSES, "postgres", "valkey"}, f"`up -d api-gateway` brought {sorted(running)}")
        tell(f"The gateway and what it needs, and no more, runs {time.monotonic() - began:.0f} s after `up`")

    def start(self) -> None:
        """Bring everything up as the document says, and wait until all of it is healthy."""
        began = time.monotonic()
        self.containers.compose("up", "-d")
        for name in self.names:
            wait_for(functools.partial(self.containers.is_healthy, name), f"{name} is healthy")
        tell(f"{len(self.names)} containers are healthy {time.monotonic() - began:.0f} s after `up -d`")

    def look_at_containers(self) -> None:
        """See that each one runs without root, power and a disk it may write to."""
        for name in self.names:
            found = self.containers.inspect(name)
            host = found["HostConfig"]
            expect(found["Config"]["User"].split(":")[0] not in {"", "0", "root"}, f"{name} runs as root")
            expect(host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"], f"{name} may too much")
            uid = run("docker", "exec", found["Id"], "id", "-u").strip()
            written = attempt("docker", "exec", found["Id"], "touch", "/written")
            expect(uid != "0" and "Read-only file system" in written, f"{name}: user {uid}, {written}")
        tell("None of them is root, and none can write to its root file system")

    def tell_journeys(self) -> None:
        """Tell the journeys to the gateway, among them the first five minutes of README.md."""
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/journeys"]
        environment = {"TASKYARD_TEST_URL": self.url, "PYTHONPATH": f"{self.checkout}/src:{self.checkout}"}
        summary = run(*command, folder=self.checkout, environment=environment).strip().splitlines()[-1]
        expect(" passed" in summary, f"no journey was told: {summary}")
        tell(f"Journeys: {summary}")

    def look_at_prometheus(self) -> None:
        """See that Prometheus reaches all processes."""
        address = f"http://127.0.0.1:{self.prometheus_port}/api/v1/query"

        def all_up() -> bool:
            results = httpx.get(address, params={"query": "up"}).json()["data"]["result"]
            return sorted(item["value"][1] for item in results) == ["1"] * len(PROCESSES)

        wait_for(all_up, "Prometheus reaches all processes")
        tell(f"Prometheus reads the numbers of {len(PROCESSES)} processes")

    def look_at_grafana(self) -> None:
        """See that Grafana has the dashboard, and reaches Prometheus by the source it was given."""
        password = self.containers.compose("exec", "-T", "grafana", "cat", "/secrets/grafana/password").strip()
        address = f"http://127.0.0.1:{self.grafana_port}/api"

        def ask(path: str) -> Any:
            return httpx.get(f"{address}/{path}", auth=("admin", password)).json()

        wait_for(lambda: "panels" in ask("dashboards/uid/taskyard")["dashboard"], "Grafana has the dashboard")
        wait_for(lambda: ask("datasources/uid/prometheus/health").get("status") == "OK", "Grafana reaches Prometheus")
        who = "Grafana's stand-in" if self.local else "Grafana"
        tell(f"{who} finds the dashboard and reaches Prometheus")

    def kill_each(self) -> None:
        """Kill each container as a crash would, and see it come back with everything still there."""
        with httpx.Client(base_url=f"{self.url}/api/v1", timeout=20) as client:
            story = Story(client)
            for name in self.names:
                before = self.containers.inspect(name)
                began = time.monotonic()
                # `docker kill` counts as a person's wish, after which the engine starts nothing again.
                os.kill(before["State"]["Pid"], signal.SIGKILL)
                wait_for(functools.partial(self.containers.is_back, name, before), f"{name} is back")
                wait_for(story.goes_on, f"the API works after {name} was killed")
                tell(f"  {name}: killed, and healthy again after {time.monotonic() - began:.1f} s")
            expect(story.is_complete(), "tasks were lost")
        tell(f"All {len(self.names)} were killed and came back; the tasks made in between are all there")


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
