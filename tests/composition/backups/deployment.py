"""A Taskyard with backups, as its operator has it: commands, a backup disk, and a private key kept elsewhere."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from taskyard.kit.backup.moments import shown
from tests.journeys.people import PASSWORD, Someone
from tests.journeys.stack import Stack
from tests.kit.backup.scanner import find_words


class Deployment:
    """One home with its disk."""

    def __init__(self, folder: Path) -> None:
        self.home, self.disk, self.key = folder / "home", folder / "disk", folder / "elsewhere.key"
        assert self.run("migrate", with_backups=False).returncode == 0
        made = self.run("backup", "key", with_backups=False)
        self.key.write_text(made.stdout)
        self.recipient = made.stderr.strip().rpartition("=")[2]
        self.stack = Stack(
            self.home, "one", limits="off", backup_folder=str(self.disk), backup_recipient=self.recipient
        )
        self.found: set[bytes] = set()

    def settings(self) -> dict[str, str]:
        return {"backup_folder": str(self.disk), "backup_recipient": self.recipient}

    def command(self, *arguments: str, with_backups: bool = True) -> tuple[list[str], dict[str, str]]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TASKYARD_")}
        settings = self.settings() if with_backups else {}
        ours = {f"TASKYARD_{name.upper()}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "taskyard", "--env-file", os.devnull, *arguments]
        return command, {**kept, "TASKYARD_HOME": str(self.home), **ours}

    def run(self, *arguments: str, with_backups: bool = True, text: str = "") -> subprocess.CompletedProcess[str]:
        """One command, to its end."""
        command, environment = self.command(*arguments, with_backups=with_backups)
        return subprocess.run(command, env=environment, input=text, capture_output=True, text=True, check=False)

    def succeed(self, *arguments: str) -> str:
        """One command that must succeed; what it printed."""
        result = self.run(*arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def refuse(self, *arguments: str) -> str:
        """One command that must fail with one line; the line."""
        result = self.run(*arguments)
        assert result.returncode == 1, result.stdout
        assert result.stderr.count("\n") == 1, result.stderr
        return result.stderr

    def canaries(self, person: Someone) -> set[bytes]:
        """What must never be plain on the disk: a title, an address, passwords, the keys."""
        master = (self.home / "master.key").read_bytes()
        owner = (self.home / "postgres" / "password").read_bytes()
        private = self.key.read_text().splitlines()[-1].encode()
        return {b"canary title", person.email.encode(), b"$argon2id$", PASSWORD.encode(), master, owner, private}

    def backup_under_watch(self, person: Someone) -> str:
        """Make a backup while somebody keeps looking at the disk; what they saw is in ``found``."""
        stop, words = threading.Event(), self.canaries(person)

        def watch() -> None:
            while not stop.is_set():
                self.found |= find_words(self.disk, words)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            return self.succeed("backup", "now")
        finally:
            stop.set()
            watcher.join()

    def kill_during_backup(self) -> Path:
        """Begin a backup and kill it once it has begun to write; gives the draft it left."""
        command, environment = self.command("backup", "now")
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not (drafts := list(self.disk.glob("*/full/*.partial/*"))):
            time.sleep(0.005)
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        return drafts[0].parent

    def interrupt(self, *arguments: str, once: Path) -> str:
        """Stop a command, as Ctrl-C does, once a path is there; what it complained of."""
        command, environment = self.command(*arguments)
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        while not once.exists():
            time.sleep(0.005)
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=20)
        assert process.returncode == 1
        return complaint

    def first_segment(self) -> Path:
        """The segment without which the newest backup is nothing."""
        description = msgspec.json.decode(self.files("*/full/*/backup.json")[-1].read_bytes())
        return self.files(f"*/wal/*/{description['first_segment']}.[1-9]*")[0]

    def files(self, pattern: str) -> list[Path]:
        return sorted(self.disk.glob(pattern))


class Flipped:
    """A file on the disk with one bit changed, for as long as the block runs."""

    def __init__(self, path: Path, place: int) -> None:
        self._path, self._copy, self._place = path, path.with_name(path.name + ".kept"), place

    def __enter__(self) -> None:
        shutil.copy2(self._path, self._copy)
        content = bytearray(self._path.read_bytes())
        content[self._place] ^= 1
        self._path.write_bytes(content)

    def __exit__(self, *_: object) -> None:
        self._copy.replace(self._path)


def whole_second() -> str:
    """A second that lies between what was done before and what is done after; waits for its end."""
    time.sleep(1.1)
    moment = datetime.now(UTC)
    time.sleep(1.1)
    return shown(moment)
