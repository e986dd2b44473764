"""Check 50: of ten times as many parallel calls exactly the quota passes, over all processes, as the file says."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.journeys.people import Someone
from tests.journeys.stack import Stack, running

pytestmark = pytest.mark.slow
SHAPES = [pytest.param(shape, marks=pytest.mark.xdist_group(f"limits-{shape}")) for shape in ("one", "split")]
FOLLOWED_SECONDS = 30.0
"""A file is looked at every two seconds; this is for a busy machine."""
WINDOW = 36_000
"""Seconds in which nothing of these quotas comes back while a test runs."""


@pytest.fixture(scope="module", params=SHAPES)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A Taskyard of several processes whose limits are in a file."""
    folder: Path = tmp_path_factory.mktemp("limits")
    file = folder / "limits.toml"
    write(file, 10_000)
    with running(Stack(folder / "home", request.param, workers=2, limits_file=str(file))) as stack:
        yield stack
        assert stack.stop() == 0, stack.output()


def write(file: Path, quota: int, more: str = "") -> None:
    """Move a file with a quota for reading into place, as whoever runs it should."""
    new = file.with_suffix(".new")
    rate = f"{{ quota = {quota}, window = {WINDOW} }}"
    new.write_text(f"[classes]\nread = {rate}\naddress = {{ quota = 100000, window = 4 }}\n{more}")
    new.rename(file)


def follow(stack: Stack, person: Someone, quota: int) -> None:
    """Wait until each process has followed: many answers in a row tell the quota."""
    deadline = time.monotonic() + FOLLOWED_SECONDS
    in_a_row = 0
    while in_a_row < 20:
        assert time.monotonic() < deadline, stack.output()
        with stack.client(**dict(person.client.headers)) as client:  # a connection of its own each time
            told = client.get("/api/v1/me").headers["x-ratelimit-limit"]
        in_a_row = in_a_row + 1 if told == str(quota) else 0
        time.sleep(0.02)


def test_exactly_the_quota_passes_over_all_processes(stack: Stack) -> None:
    file = stack.home.parent / "limits.toml"
    with closing(Someone(stack, "Ann")) as ann, closing(Someone(stack, "Bob")) as bob:
        write(file, 20)
        follow(stack, bob, 20)
        assert ask_at_once(ann, 200)[200] == 20 or "redis.down" in stack.output()
        write(file, 10_000)
        follow(stack, bob, 10_000)
        assert ann.client.get("/api/v1/me").status_code == httpx.codes.OK


def test_a_wrong_file_leaves_the_limits_as_they_are(stack: Stack) -> None:
    file = stack.home.parent / "limits.toml"
    with closing(Someone(stack, "Ann")) as ann:
        write(file, 7_000)
        follow(stack, ann, 7_000)
        write(file, 5, "[nonsense]\n")
        wait_for(stack, "file.refused")
        assert ask_at_once(ann, 20) == {200: 20}
        write(file, 10_000)
        follow(stack, ann, 10_000)
    assert "nonsense" in stack.output()


def ask_at_once(person: Someone, count: int) -> Counter[int]:
    """The statuses of so many parallel calls, on connections of their own."""
    headers = dict(person.client.headers)

    def ask(_: int) -> int:
        with person.stack.client(**headers) as client:
            return client.get("/api/v1/me").status_code

    with ThreadPoolExecutor(16) as threads:
        return Counter(threads.map(ask, range(count)))


def wait_for(stack: Stack, words: str) -> None:
    deadline = time.monotonic() + FOLLOWED_SECONDS
    while words not in stack.output():
        assert time.monotonic() < deadline, stack.output()
        time.sleep(0.05)
