"""`taskyard consumers`: where the readers of the change log stand, and what they put aside handled once more."""

import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from taskyard.composition import consumers as command
from taskyard.composition.boot import StartError
from taskyard.kit import clock
from taskyard.kit.changelog import Event
from taskyard.kit.consumers import Consumer
from taskyard.kit.database import Database, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.problems import Conflict
from taskyard.kit.queries import changelog, consumers
from taskyard.kit.settings import Settings
from tests.conftest import Cluster
from tests.journeys.stack import Stack, running
from tests.kit.log_writers import SCRATCH_TABLES, place_all, write_events


async def _accept(_tx: Transaction, _event: Event) -> None:
    return


async def _refuse(_tx: Transaction, _event: Event) -> None:
    raise Conflict


@pytest.fixture
def settings(cluster: Cluster, tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        port=3000,
        public_url="http://localhost:3000",
        redis_url=cluster.redis_url,
        service_database_urls=cluster.service_urls,
        log_file=tmp_path / "command.log",
    )


@pytest.fixture
async def name(databases: dict[str, Database], log_file: Path) -> AsyncIterator[str]:
    """A consumer of the task service with two events ahead and one put aside."""
    del log_file  # logs are afterwards as they were
    task, name = databases["task"], new_id()
    await databases["owner"].execute(SCRATCH_TABLES)
    await place_all(databases)
    await consumers.insert_cursor(task, name, at_head=True)
    await write_events(task, 2)
    await place_all(databases)
    _, head = await changelog.find_head(task)
    await consumers.insert_dead_letter(task, name, head, "boom", clock.now())
    yield name
    await task.execute("DELETE FROM consumer_cursors")
    await task.execute("DELETE FROM dead_letters")


@pytest.fixture
def handled_by(monkeypatch: pytest.MonkeyPatch, name: str) -> Callable[[Callable[..., Awaitable[None]]], None]:
    """Says what the consumer does with an event."""

    def use(handle: Callable[..., Awaitable[None]]) -> None:
        monkeypatch.setattr(command, "CONSUMERS", {"task": lambda: [Consumer(name=name, handle=handle)]})

    return use


def rows_of(text: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split()[1:] for line in text.splitlines()[1:]}


async def test_list_says_where_a_consumer_stands(
    settings: Settings,
    databases: dict[str, Database],
    name: str,
    handled_by: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    handled_by(_accept)
    await command.list_consumers(settings)
    _, head = await changelog.find_head(databases["task"])
    position, end, behind, seconds, dead, failures = rows_of(capsys.readouterr().out)[name]
    assert (int(position), int(end), behind, dead, failures) == (head - 2, head, "2", "1", "0")
    assert int(seconds) < 60


async def test_replay_handles_what_was_put_aside(
    settings: Settings,
    databases: dict[str, Database],
    name: str,
    handled_by: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    handled_by(_accept)
    await command.replay(settings, name)
    assert capsys.readouterr().out == f"{name} handled 1 of the 1 events it had put aside.\n"
    assert await consumers.list_dead_letters(databases["task"], name) == []


async def test_what_fails_again_stays_and_is_an_error(
    settings: Settings, databases: dict[str, Database], name: str, handled_by: Callable[..., None]
) -> None:
    handled_by(_refuse)
    with pytest.raises(StartError, match=r"1 events of .* failed again"):
        await command.replay(settings, name)
    assert len(await consumers.list_dead_letters(databases["task"], name)) == 1
    assert "dead_letter_failed_again" in (settings.home / "command.log").read_text()


async def test_unknown_consumer_is_refused_with_those_there_are(settings: Settings) -> None:
    with pytest.raises(StartError, match=r"there is no consumer nobody \(there are: .*notify_assignees"):
        await command.replay(settings, "nobody")


async def test_database_that_is_away_is_one_line(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.service_database_urls, "notification", "postgresql://a@127.0.0.1:1/x")
    with pytest.raises(StartError, match="the database does not answer"):
        await command.list_consumers(settings)


async def test_owner_of_an_external_database_finds_every_service(
    settings: Settings, cluster: Cluster, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del name
    (settings.home / "master.key").write_bytes(cluster.master_key)
    external = {"service_database_urls": {}, "database_url": cluster.owner_url}
    await command.list_consumers(Settings(**{**_fields(settings), **external}))  # type: ignore[arg-type] # of many types
    assert capsys.readouterr().out.startswith("consumer ")


def _fields(settings: Settings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in settings.__struct_fields__}


@pytest.mark.slow
def test_running_and_stopped_taskyard_are_asked_alike(tmp_path: Path) -> None:
    with running(Stack(tmp_path / "home", "one")) as stack:
        shown = [_ask(stack)]
        assert stack.stop() == 0
        shown.append(_ask(stack))
    assert [rows_of(text)["notify_assignees"][2] for text in shown] == ["0", "0"]


def _ask(stack: Stack) -> str:
    command = [sys.executable, "-m", "taskyard", "consumers"]
    done = subprocess.run(command, env=stack._environment(), check=True, capture_output=True, text=True, timeout=60)
    return done.stdout
