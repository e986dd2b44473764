"""Attacks on a running Taskyard, in one process and in five, each named after the requirement it tries to break."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from random import SystemRandom

import httpx
import pytest

from tests.journeys.people import PASSWORD, Someone
from tests.journeys.programs import Program
from tests.journeys.recipes.stage import set_scene
from tests.journeys.stack import Stack, running
from tests.security.company import Company

SHAPES = ("one", "split")
_random = SystemRandom()


class Target(Stack):
    """A stack whose every client comes from an address of its own, so that no test uses up another's limits."""

    def client(self, **headers: str) -> httpx.Client:
        """A client behind a proxy that the stack trusts."""
        return super().client(**{"X-Forwarded-For": any_address(), **headers})


def any_address() -> str:
    """An address nobody else has."""
    return f"10.{_random.randrange(256)}.{_random.randrange(256)}.{_random.randrange(1, 255)}"


@pytest.fixture(scope="package", params=[pytest.param(shape, marks=pytest.mark.xdist_group(shape)) for shape in SHAPES])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A running Taskyard that logs all it can. Nothing it logged is a secret, and nothing was a bug."""
    home = tmp_path_factory.mktemp(f"target-{request.param}") / "home"
    target = Target(home, request.param, log_level="debug", trusted_proxies="127.0.0.1/32")
    with running(target):
        yield target
        code, output = target.stop(), target.output()
    assert code == 0, output[-3000:]
    assert '"event":"request"' in output
    assert not [secret for secret in {*target.secrets, PASSWORD} if secret in output], "54: a secret is in the log"
    assert "request.failed" not in output, output[output.find("request.failed") - 200 :][:3000]


@pytest.fixture
def someone(target: Target) -> Iterator[Callable[[str], Someone]]:
    """Makes a person with an account."""
    with ExitStack() as clients:

        def make(name: str) -> Someone:
            person = Someone(target, name)
            clients.callback(person.close)
            return person

        yield make


@pytest.fixture
def make_app(someone: Callable[[str], Someone]) -> Iterator[Callable[..., Program]]:
    """Makes a program of a person, with a browser for them to allow it."""
    with ExitStack() as programs:

        def make(**fields: object) -> Program:
            made = Program(someone("Ann"), **fields)
            programs.callback(made.close)
            return made

        yield make


@pytest.fixture
def app(make_app: Callable[..., Program]) -> Program:
    """A program of a person who is signed in with a browser."""
    made = make_app()
    made.browser.sign_in(made.owner.email)
    return made


@pytest.fixture(
    scope="package", params=[pytest.param(shape, marks=pytest.mark.xdist_group(f"roles-{shape}")) for shape in SHAPES]
)
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Everybody in a workspace, at a Taskyard that refuses nobody for asking often."""
    home = tmp_path_factory.mktemp(f"roles-{request.param}") / "home"
    with running(Stack(home, request.param, limits="off")) as stack, ExitStack() as clients:
        company = set_scene(stack, partial(_register, stack, clients), Company)
        company.hire()
        yield company
        assert stack.stop() == 0, stack.output()


def _register(stack: Stack, clients: ExitStack, name: str, email: str = "") -> Someone:
    person = Someone(stack, name, email)
    clients.callback(person.close)
    return person
