"""Rights end in time and keys are rotated while many work: no wrong answer after a second, after five without Valkey.

Requirements 24, 39 and 43 under load, in both shapes.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import asyncpg
import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.tokens import header_of
from tests.faults.length import either
from tests.faults.load import Load
from tests.faults.witnesses import Answer, Ending, Witness, list_wrong
from tests.journeys.administrators import grant
from tests.journeys.people import Someone
from tests.journeys.scanner import owner_url
from tests.journeys.stack import Stack, running
from tests.journeys.valkey import Valkey

pytestmark = pytest.mark.slow
ROUNDS = either(1, 6)
"""How often rights end, with Valkey and then without."""
RELOADED = 45.0
"""By then every process signs with the key that is the active one."""
WITH_VALKEY, WITHOUT = 1.0, 5.0


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """The one that goes away."""
    valkey = Valkey()
    valkey.start()
    yield valkey
    valkey.stop()


class Scene:
    """Ann's task, of which others lose sight in three ways; Bob sees it all the time."""

    def __init__(self, stack: Stack, people: ExitStack) -> None:
        self.stack, self._people = stack, people
        self.ann, self.bob, self.boss = self.register("Ann"), self.register("Bob"), self.register("Boss")
        grant(stack.home, self.boss.email)
        self.workspace: str = self.ann.workspace()["id"]
        self.project: str = self.ann.project(self.workspace)["id"]
        self.task: str = self.ann.post("/tasks", {"project_id": self.project, "title": "Fix the lift"})["id"]
        self._join(self.bob)

    def register(self, name: str) -> Someone:
        """Somebody with an account."""
        return self._people.enter_context(closing(Someone(self.stack, name)))

    def witness(self, person: Someone) -> Witness:
        """They ask for the task: at the gateway and, where it is a process, at the task service."""
        ports = (self.stack.port, self.stack.port + 2) if self.stack.shape == "split" else (self.stack.port,)
        return Witness(person, f"/tasks/{self.task}", ports)

    def end_rights(self, grace: float) -> list[str]:
        """Three people lose theirs, each in another way; what they were answered that is wrong."""
        faults: list[str] = []
        ways: list[tuple[Callable[[Someone], object], int]] = [
            (lambda one: self.ann.delete(f"/workspaces/{self.workspace}/members/{one.id}"), 404),
            (lambda one: one.delete("/sessions"), 401),
            (lambda one: self.boss.post(f"/users/{one.id}/disable", status=200), 401),
        ]
        for end, status in ways:
            person = self.register("Carl")
            self._join(person)
            witness = self.witness(person)
            with witness.watching():
                time.sleep(0.5)
                begun_at = time.monotonic()
                end(person)
                ending = Ending(begun_at, time.monotonic(), status, grace)
                time.sleep(grace + 1)
            faults += list_wrong(witness.answers, ending)
        return faults

    def rotate_keys(self) -> None:
        """Let the next key sign; wait until those who sign in are given tokens of it."""
        before = self._kid()
        asyncio.run(_rotate(owner_url(self.stack.home)))
        deadline = time.monotonic() + RELOADED
        while self._kid() == before:
            assert time.monotonic() < deadline, "nobody signs with the new key"
            time.sleep(0.5)

    def _kid(self) -> str:
        return header_of(str(self.ann.sign_in()["access_token"])).kid

    def _join(self, person: Someone) -> None:
        body = {"email": person.email, "role": "member"}
        self.ann.post(f"/workspaces/{self.workspace}/members", body)


async def _rotate(url: str) -> None:
    """Queue the job that rotates the keys, as if the next one had been published long enough."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("UPDATE auth.signing_keys SET state_since = state_since - interval '1 hour'")
        await connection.execute(
            "INSERT INTO auth.jobs (id, kind, payload, due_at, max_attempts)"
            " VALUES ($1, 'rotate_signing_keys', json_build_object('due_at', now()), now(), 5)",
            new_id(),
        )
    finally:
        await connection.close()


@pytest.mark.parametrize("shape", ["one", "split"])
def test_rights_end_in_time_and_keys_rotate_under_load(tmp_path: Path, valkey: Valkey, shape: str) -> None:
    stack = Stack(tmp_path / "home", shape, valkey=valkey, limits="off")
    with running(stack), ExitStack() as people:
        scene = Scene(stack, people)
        load, bystander = Load(stack, scene.ann, scene.project, scene.bob.id), scene.witness(scene.bob)
        faults: list[str] = []
        with bystander.watching(), load.working(writers=2, pause=0.05):
            scene.rotate_keys()
            for _ in range(ROUNDS):
                faults += scene.end_rights(WITH_VALKEY)
            valkey.stop()
            for _ in range(ROUNDS):
                faults += scene.end_rights(WITHOUT)
            valkey.start()
        assert faults == []
        assert list_wrong(bystander.answers, None) == []
        assert (load.faults, load.troubles) == ([], [])
        assert load.outcomes["ok"] > 100
        assert stack.stop() == 0, stack.output()


ENDED = Ending(10.0, 10.2, 404, 1.0)


@pytest.mark.parametrize(
    ("answers", "ending", "faults"),
    [
        ([Answer(1, 200), Answer(12, 404)], ENDED, []),
        ([Answer(1, 200), Answer(10.5, 200), Answer(12, 404)], ENDED, []),
        ([Answer(9.9, 404), Answer(12, 404)], ENDED, []),
        ([Answer(12, 404), Answer(12.2, 200)], ENDED, ["200 2.00 s after the right was taken"]),
        ([Answer(12, 401)], ENDED, ["401 1.80 s after the right was taken"]),
        ([Answer(5, 404), Answer(12, 404)], ENDED, ["404 while the right was there"]),
        ([Answer(5, 200)], ENDED, ["nothing was asked after the grace was over"]),
        ([Answer(5, 200), Answer(6, 503)], None, ["503 while the right was there"]),
    ],
)
def test_wrong_answers_are_seen(answers: list[Answer], ending: Ending | None, faults: list[str]) -> None:
    assert list_wrong(answers, ending) == faults
