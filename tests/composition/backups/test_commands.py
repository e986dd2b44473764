"""Commands that are stopped or fail on the way: one line, and never a success."""

import asyncio
import os
import signal

import asyncpg
import pytest

from taskyard.composition.backups.commands import _run
from taskyard.composition.backups.question import ask
from taskyard.kit.backup.errors import BackupError


def test_stopped_command_has_failed_and_cleaned_up() -> None:
    cleaned = []

    async def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.sleep(10)
        finally:
            cleaned.append(True)

    with pytest.raises(BackupError, match="stopped before it was done"):
        _run(work())
    assert cleaned


@pytest.mark.parametrize("error", [OSError("full"), asyncpg.ConnectionDoesNotExistError("full")])
def test_what_breaks_off_a_command_is_one_line(error: Exception) -> None:
    async def work() -> None:
        raise error

    with pytest.raises(BackupError, match="it was broken off: full"):
        _run(work())


def test_question_can_be_broken_off_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    person, terminal = os.openpty()
    answers = []

    async def work() -> None:
        answers.append(await ask("Go on? "))
        os.kill(os.getpid(), signal.SIGINT)
        await ask("Really? ")

    with os.fdopen(terminal, encoding="utf-8") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        os.write(person, b"y\n")
        with pytest.raises(BackupError, match="stopped"):
            _run(work())
    os.close(person)
    assert answers == ["y\n"]
