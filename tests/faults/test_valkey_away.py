"""Redis may vanish at any moment: nothing is refused, nobody is logged out, events still arrive."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.journeys.people import Someone
from tests.journeys.stack import Stack, running
from tests.journeys.stream import Stream
from tests.journeys.valkey import Valkey

pytestmark = pytest.mark.slow
SHAPES = [pytest.param(shape, marks=pytest.mark.xdist_group(f"away-{shape}")) for shape in ("one", "split")]


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    """The Valkey that goes away."""
    valkey = Valkey()
    valkey.start()
    yield valkey
    valkey.stop()


@pytest.fixture(scope="module", params=SHAPES)
def stack(request: pytest.FixtureRequest, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A Taskyard that uses it."""
    home: Path = tmp_path_factory.mktemp("away") / "home"
    with running(Stack(home, request.param, valkey=valkey)) as stack:
        yield stack
        assert stack.stop() == 0, stack.output()


@pytest.mark.parametrize("fault", ["stopped", "flushed", "paused"])
def test_work_goes_on_without_valkey(stack: Stack, valkey: Valkey, fault: str) -> None:
    with closing(Someone(stack, "Ann")) as ann:
        tokens = ann.sign_in()
        project = ann.project(ann.workspace()["id"])
        with Stream(ann) as stream, away(valkey, fault):
            work(stack, ann, project["id"])
            stream.wait_for("task.created.v1", seconds=5)
            refreshed = ann.client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
            assert refreshed.status_code == httpx.codes.OK
        ann.get("/tasks", project_id=project["id"])


def work(stack: Stack, ann: Someone, project_id: str) -> None:
    """What people do all day: write, read, sign up."""
    for number in range(10):
        task = ann.post("/tasks", {"project_id": project_id, "title": f"Task {number}"})
        ann.get(f"/tasks/{task['id']}")
    Someone(stack, "Bob").close()


class away:  # noqa: N801 - reads as a word: with away(valkey, "stopped")
    """Valkey is away in one of three ways, and back afterwards."""

    def __init__(self, valkey: Valkey, fault: str) -> None:
        self._valkey = valkey
        self._fault = fault

    def __enter__(self) -> None:
        """Take it away."""
        if self._fault == "stopped":
            self._valkey.stop()
        elif self._fault == "paused":
            self._valkey.pause()
        else:
            with self._valkey.client() as client:
                client.flushall()

    def __exit__(self, *_: object) -> None:
        """Bring it back."""
        if self._fault == "stopped":
            self._valkey.start()
        elif self._fault == "paused":
            self._valkey.resume()
