"""`taskyard maintenance`: the file it writes is followed by every process that runs."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from taskyard.composition import commands
from taskyard.gateway.maintenance import Closure, read_closure
from tests.journeys.people import Someone
from tests.journeys.stack import Stack, running

FOLLOWED_SECONDS = 30.0
SHAPES = [pytest.param(shape, marks=pytest.mark.xdist_group(f"maintenance-{shape}")) for shape in ("one", "split")]


@pytest.fixture
def home(bare_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001 - for what it takes away
    monkeypatch.setenv("TASKYARD_HOME", str(tmp_path))
    return tmp_path


def test_it_is_turned_on_and_off(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "maintenance.toml"
    command = ["maintenance", "on", "--everything", "--retry-after", "9", "--open-to", "10.0.0.0/8"]
    assert commands.main(command) == 0
    assert read_closure(file.read_bytes()) == Closure("everything", 9, ["10.0.0.0/8"])
    assert commands.main(["maintenance"]) == 0
    assert "Closed: everything." in capsys.readouterr().out.splitlines()[-1]
    assert commands.main(["maintenance", "off"]) == 0
    assert commands.main(["maintenance", "off"]) == 0
    assert "Everything is open." in capsys.readouterr().out
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("arguments", [["--open-to", "here"], ["--retry-after", "100000"]])
def test_what_could_not_be_followed_is_not_written(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert commands.main(["maintenance", "on", *arguments]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert list(home.iterdir()) == []


def test_a_folder_that_is_not_there_is_one_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TASKYARD_HOME", str(home / "nothing"))
    assert commands.main(["maintenance", "on"]) == 1
    assert "No such file or directory" in capsys.readouterr().err


@pytest.fixture(scope="module", params=SHAPES)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A Taskyard of several processes."""
    home: Path = tmp_path_factory.mktemp("maintenance") / "home"
    with running(Stack(home, request.param, workers=2)) as stack:
        yield stack
        assert stack.stop() == 0, stack.output()


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_a_running_deployment_is_closed_and_opened(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKYARD_HOME", str(stack.home))
    with closing(Someone(stack, "Ann")) as ann:
        assert commands.main(["maintenance", "on"]) == 0
        wait_until(ann, 503)
        assert ann.get("/me")["id"] == ann.id
        ann.sign_in()
        assert commands.main(["maintenance", "off"]) == 0
        wait_until(ann, 422)


def wait_until(person: Someone, status: int) -> None:
    """Wait until each process has followed: many writes in a row are answered like this."""
    deadline, in_a_row = time.monotonic() + FOLLOWED_SECONDS, 0
    while in_a_row < 20:
        assert time.monotonic() < deadline, person.stack.url
        with person.stack.client(**dict(person.client.headers)) as client:
            answer = client.post("/api/v1/workspaces", json={})
        in_a_row = in_a_row + 1 if answer.status_code == status else 0
        time.sleep(0.05)
