"""The container engine of `make containers-test`, and the commands given to it."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(tempfile.gettempdir()) / "taskyard-containers"
PATIENCE = 120.0
REMEDY = "on Debian: apt-get install docker.io docker-compose debootstrap"


def missing_here() -> str:
    """Say what this machine lacks; nothing when it is fit."""
    if os.geteuid() != 0 or sys.platform != "linux":
        return "needs root on Linux: it kills the processes inside the containers"
    if not (shutil.which("docker") and (engine_runs() or shutil.which("dockerd"))):
        return f"there is no docker engine; {REMEDY}"
    return ""


def engine_runs() -> bool:
    """Whether an engine answers."""
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0  # noqa: S607 - on the path


@contextlib.contextmanager
def engine() -> Iterator[None]:
    """Have an engine: the one that runs, or one of our own, whose images stay for the next time."""
    if engine_runs():
        yield
        return
    folder = CACHE / "engine"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    address = f"unix://{folder}/docker.sock"
    command = ["dockerd", f"--data-root={folder}/data", f"--exec-root={folder}/exec", "-H", address]
    command += [f"--pidfile={folder}/pid"]
    with (folder / "log").open("wb") as log:
        # In a session of its own, Ctrl-C ends us and not the engine that we still need for clearing up.
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603 - fixed
    os.environ["DOCKER_HOST"] = address
    try:
        wait_for(lambda: "Server Version" in attempt("docker", "info"), f"dockerd runs (see {folder}/log)")
        yield
    finally:
        process.terminate()
        process.wait(60)
        # The engine leaves this one mount behind.
        attempt("umount", f"{folder}/exec/netns/default")


def layer_sizes(image: str) -> list[int]:
    """The size of each layer of an image in bytes."""
    sizes = run("docker", "history", "--human=false", "--format={{.Size}}", image)
    return [int(size) for size in sizes.split()]


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until it is so; fails when that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(httpx.HTTPError, KeyError, subprocess.CalledProcessError):
            if condition():
                return
        expect(time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}")
        time.sleep(0.5)


def run(
    *command: str,
    folder: Path = ROOT,
    environment: dict[str, str] | None = None,
    given: str | None = None,
    check: bool = True,
) -> str:
    """Run a command, ``given`` on its standard input; gives what it printed. When it fails, all it said is shown."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASKYARD_")}
    done = subprocess.run(  # noqa: S603 - our own commands
        command,
        cwd=folder,
        env={**kept, **(environment or {})},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if check and done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        done.check_returncode()
    return done.stdout


def attempt(*command: str) -> str:
    """Run a command that may fail; gives all it printed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own commands
    return done.stdout + done.stderr


def registry_answers(image: str) -> bool:
    """Whether images can be fetched here; once they were made locally, they are what is used."""
    if run("docker", "images", "--quiet", "taskyard-test/debian").strip():
        return False
    with contextlib.suppress(subprocess.TimeoutExpired):
        command = ["docker", "pull", "--quiet", image]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0  # noqa: S603 - fixed
    return False


def expect(holds: object, otherwise: str) -> None:
    """End with one line unless it holds."""
    if not holds:
        sys.exit(f"containers-test: {otherwise}")


def tell(text: str) -> None:
    """Tell the person at the terminal how far it is."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
