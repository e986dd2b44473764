"""A next version of the task service is tried on whoever asks for it, and given up where it fails."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from taskyard.kit.upstreams.breaker import IN_A_ROW
from tests.journeys.people import Someone
from tests.journeys.stack import Stack, free_ports, running

pytestmark = pytest.mark.slow
SHAPES = [pytest.param(shape, marks=pytest.mark.xdist_group(f"canary-{shape}")) for shape in ("one", "split")]
FOLLOWED_SECONDS = 20.0
TASK = 2
"""How far above the gateway's port the task service listens."""


@pytest.fixture(scope="module", params=SHAPES)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("canary")
    with running(Stack(folder / "home", request.param, canary_file=str(folder / "canary.toml"))) as stack:
        yield stack
        assert stack.stop() == 0, stack.output()


@pytest.fixture
def ann(stack: Stack) -> Iterator[Someone]:
    with closing(Someone(stack, "Ann")) as ann:
        yield ann


def _try(stack: Stack, port: int, percent: int) -> None:
    """Move a file into place that says where the next version is, and for how many."""
    file = stack.home.parent / "canary.toml"
    new = file.with_suffix(".new")
    new.write_text(f'[task]\nurls = "http://127.0.0.1:{port}"\npercent = {percent}\n')
    new.rename(file)


def _counted(ann: Someone, outcome: str) -> bool:
    return f'taskyard_canary_requests_total{{outcome="{outcome}",upstream="task"}}' in ann.client.get("/metrics").text


def _ask_until(ann: Someone, outcome: str, headers: dict[str, str]) -> None:
    """Ask until the gateway counts what is expected; without a way to services nothing is."""
    deadline = time.monotonic() + FOLLOWED_SECONDS
    while not _counted(ann, outcome) and ann.stack.shape == "split":
        assert time.monotonic() < deadline, f"nobody counted {outcome}"
        ann.client.get("/api/v1/tasks", headers=headers)
        time.sleep(0.1)


def test_who_asks_for_the_next_version_has_it(stack: Stack, ann: Someone) -> None:
    _try(stack, stack.port + TASK, 0)
    _ask_until(ann, "next", {"X-Taskyard-Canary": "always"})
    assert ann.client.get("/api/v1/tasks", headers={"X-Taskyard-Canary": "always"}).status_code == 200
    assert ann.client.get("/api/v1/tasks").status_code == 200


def test_a_next_version_that_is_away_is_given_up(stack: Stack, ann: Someone) -> None:
    _try(stack, free_ports(1), 100)
    _ask_until(ann, "fallen_back", {})
    answers = [ann.client.get("/api/v1/tasks").status_code for _ in range(20)]
    assert answers.count(200) >= len(answers) - IN_A_ROW
