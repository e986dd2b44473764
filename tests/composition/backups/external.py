"""Another PostgreSQL than the one in the wheel, where the machine has one."""

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskyard.kit.embedded.folders import server_user
from tests.journeys.stack import free_ports

INSTALLED = Path("/usr/lib/postgresql")


@contextlib.contextmanager
def external_server() -> Iterator[str]:
    """A server of the oldest version that is installed, with one empty database; gives its owner's address."""
    versions = sorted(INSTALLED.glob("*/bin/initdb"))
    if not versions:
        pytest.skip("no other PostgreSQL is installed (on Debian: apt install postgresql)")
    with tempfile.TemporaryDirectory() as name:
        folder, port, binaries = Path(name), free_ports(1), versions[0].parent
        user = server_user()
        folder.chmod(0o777)

        def run(*command: str) -> None:
            subprocess.run(
                [str(binaries / command[0]), *command[1:]],
                user=None if user is None else user.uid,
                group=None if user is None else user.gid,
                extra_groups=None if user is None else [],
                cwd="/",
                check=True,
                capture_output=True,
            )

        run("initdb", "-D", f"{name}/d", "-U", "owner", "--auth=trust", "--encoding=UTF8", "--no-sync")
        options = f"-k {name} -p {port} -c fsync=off -c listen_addresses=127.0.0.1"
        run("pg_ctl", "-D", f"{name}/d", "-w", "-l", f"{name}/log", "-o", options, "start")
        try:
            run("createdb", "-h", name, "-p", str(port), "-U", "owner", "moved")
            yield f"postgresql://owner@127.0.0.1:{port}/moved"
        finally:
            run("pg_ctl", "-D", f"{name}/d", "-m", "immediate", "stop")
