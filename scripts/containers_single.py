"""The shape of one container in `make containers-test`: restarted, backed up, lost and restored."""

import functools
import os
import re
from pathlib import Path

import httpx

from scripts.containers_compose import ALL, PROJECT, Containers
from scripts.containers_engine import expect, run, tell, wait_for
from scripts.containers_story import Story

NAME = "single"
IMAGE_USER = 10001


class Single:
    """Everything in one container, whose data are in one volume and whose backups are in a folder of the machine."""

    def __init__(self, containers: Containers, url: str, backups: Path) -> None:
        self.containers = containers
        self.url = url
        self.backups = backups

    def prove(self) -> None:
        """See that it serves, stays, and comes back from its backup when all else is lost."""
        self._start()
        with httpx.Client(base_url=f"{self.url}/api/v1", timeout=20) as client:
            story = Story(client)
            self._compose("restart", NAME)
            self._wait_for(story)
            expect(story.is_complete(), "tasks were lost")
            tell("The single process with its own database was restarted with everything still there")
            key = self._set_up_backups()
            self._back_up(story, key)
            self._lose_and_restore(story, key)

    def _start(self) -> None:
        self._compose("up", "-d", NAME)
        wait_for(functools.partial(self.containers.is_healthy, NAME), "the single process is healthy")

    def _wait_for(self, story: Story) -> None:
        wait_for(lambda: self.containers.is_healthy(NAME) and story.goes_on(), "the single process is back")

    def _set_up_backups(self) -> str:
        """Do what docs/containers.md says, and give the private key."""
        key = self._taskyard("backup", "key")
        recipient = re.findall(r"^# public key: (age1\w+)$", key, re.MULTILINE)
        expect(len(recipient) == 1, "`backup key` printed no key")
        self.backups.mkdir(mode=0o700)
        os.chown(self.backups, IMAGE_USER, IMAGE_USER)
        with (self.containers.checkout / ".env").open("a", encoding="utf-8") as dotenv:
            dotenv.write(f"TASKYARD_BACKUP_FOLDER={self.backups}\nTASKYARD_BACKUP_RECIPIENT={recipient[0]}\n")
        self._start()
        return key

    def _back_up(self, story: Story, key: str) -> None:
        self._wait_for(story)
        self._taskyard("backup", "now")
        verified = self._taskyard("backup", "verify", "--identity", "-", given=key)
        expect("are exactly those of its moment" in verified, f"`backup verify` says {verified}")
        expect(story.goes_on(), "the API works after the backup")

    def _lose_and_restore(self, story: Story, key: str) -> None:
        """Keep nothing but the folder of the backups and the key; what was made after the backup must be there, too."""
        made = len(story.made)
        self._compose("stop", NAME)
        self._compose("rm", "-f", NAME)
        run("docker", "volume", "rm", f"{PROJECT}_home")
        restore = ["restore", "--to", "latest", "--identity", "-", "--yes"]
        self._compose("run", "--rm", "-T", NAME, *restore, given=key)
        self._start()
        wait_for(story.is_complete, "every task is back from the backup")
        self._wait_for(story)
        tell(f"Its volume was deleted; backup and key brought back all {made} tasks")

    def _taskyard(self, *arguments: str, given: str | None = None) -> str:
        return self._compose("exec", "-T", NAME, "python", "-m", "taskyard", *arguments, given=given)

    def _compose(self, *arguments: str, given: str | None = None) -> str:
        return self.containers.compose(*ALL, *arguments, given=given)
