"""Journeys: stories told to a running Taskyard, each in one process and in five.

With TASKYARD_TEST_URL they are told to the one that already runs there, with its limits off.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.journeys.people import Someone
from tests.journeys.scanner import find_secrets
from tests.journeys.stack import RemoteStack, Stack, running
from tests.journeys.valkey import Valkey

REMOTE_URL = os.environ.get("TASKYARD_TEST_URL")
SHAPES = ("remote",) if REMOTE_URL else ("one", "split")


@pytest.fixture(scope="package", params=[pytest.param(shape, marks=pytest.mark.xdist_group(shape)) for shape in SHAPES])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteStack]:
    """A running Taskyard. When its journeys have ended, nothing in its stores holds a secret it told."""
    if REMOTE_URL:
        yield RemoteStack(REMOTE_URL)
        return
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
def someone(stack: RemoteStack) -> Iterator[Callable[..., Someone]]:
    """Makes a person with an account."""
    with ExitStack() as clients:

        def make(name: str, email: str = "") -> Someone:
            person = Someone(stack, name, email)
            clients.callback(person.close)
            return person

        yield make


@pytest.fixture
def own_stack(stack: RemoteStack) -> Stack:
    """The running Taskyard when we started it ourselves and so may look into its stores."""
    if not isinstance(stack, Stack):
        pytest.skip("the stores of a Taskyard that somebody else runs are not ours to look into")
    return stack
