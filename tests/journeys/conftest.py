"""Journeys: stories told to a running Taskyard, each in one process and in five."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.journeys.people import Someone
from tests.journeys.scanner import find_secrets
from tests.journeys.stack import Stack, running
from tests.journeys.valkey import Valkey


@pytest.fixture(
    scope="session", params=[pytest.param(shape, marks=pytest.mark.xdist_group(shape)) for shape in ("one", "split")]
)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running Taskyard. When its journeys have ended, nothing in its stores holds a secret it told."""
    valkey = Valkey()
    valkey.start()
    home = tmp_path_factory.mktemp(f"taskyard-{request.param}") / "home"
    with running(Stack(home, request.param, valkey=valkey, limits="off")) as stack, valkey.client() as client:
        yield stack
        leaks = find_secrets(stack.home, client, stack.secrets)
        code = stack.stop()
    valkey.stop()
    assert code == 0, stack.output()
    assert not leaks, f"secrets are stored in plain: {leaks}"


@pytest.fixture
def someone(stack: Stack) -> Iterator[Callable[[str], Someone]]:
    """Makes a person with an account."""
    with ExitStack() as clients:

        def make(name: str) -> Someone:
            person = Someone(stack, name)
            clients.callback(person.close)
            return person

        yield make
