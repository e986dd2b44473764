"""What an earlier release wrote is kept: its database is brought forward, and its people go on working with it."""

import gzip
import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from taskyard.composition import commands
from taskyard.kit.migrations import migrations_folder, read_migrations
from tests.journeys.stack import Stack, running

RELEASES = sorted(path for path in (Path(__file__).parent / "releases").iterdir() if path.is_dir())

pytestmark = pytest.mark.xdist_group("upgrades")


@pytest.fixture(params=RELEASES, ids=lambda path: path.name)
def release(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def upgraded(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    home = tmp_path / "home"
    home.mkdir()
    (home / "master.key").write_bytes((release / "master.key").read_bytes())
    (tmp_path / "database.tar").write_bytes(gzip.decompress((release / "database.tar.gz").read_bytes()))
    for name in [name for name in os.environ if name.startswith("TASKYARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TASKYARD_HOME", str(home))
    assert commands.main(["database", "import", str(tmp_path / "database.tar")]) == 0
    with running(Stack(home, "one")) as stack:
        yield stack


def test_released_migrations_never_change(release: Path) -> None:
    present = {migration.title: migration.checksum for migration in read_migrations(migrations_folder())}
    kept = dict(line.split()[::-1] for line in (release / "migrations").read_text().splitlines())
    assert kept
    assert {title: present.get(title) for title in kept} == kept


@pytest.mark.slow
def test_people_go_on_with_what_they_had(release: Path, upgraded: Stack) -> None:
    with upgraded.client() as client:
        account = {"email": "mara@kept.example.com", "password": f"kept since {release.name}"}
        signed_in = client.post("/api/v1/auth/login", json=account)
        assert signed_in.status_code == 200
        client.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
        tasks = everything(client, "/api/v1/tasks?limit=50")
        comments = [
            one for task in tasks for one in everything(client, f"/api/v1/tasks/{task['id']}/comments?limit=50")
        ]
        assert (len(tasks) > 50, len(comments) > 50) == (True, True)
        before = client.get(f"/api/v1/events?after={2**40}").headers["Taskyard-Position"]
        change_and_comment(client, tasks[0])
        assert {"task.updated.v1", "comment.created.v1"} <= types_after(client, before)


def everything(client: httpx.Client, path: str) -> list[dict[str, str]]:
    items, cursor = list[dict[str, str]](), ""
    while cursor is not None:
        page = client.get(path + (f"&cursor={cursor}" if cursor else "")).json()
        items, cursor = items + page["items"], page["next_cursor"]
    return items


def types_after(client: httpx.Client, place: str) -> set[str]:
    """The types of the two events, at least, that get their position soon."""
    deadline, items = time.monotonic() + 10, list[dict[str, str]]()
    while len(items) < 2 and time.monotonic() < deadline:
        items = client.get(f"/api/v1/events?after={place}").json()["items"]
    return {item["type"] for item in items}


def change_and_comment(client: httpx.Client, task: dict[str, str]) -> None:
    path = f"/api/v1/tasks/{task['id']}"
    assert client.patch(path, json={"title": "Brought forward"}).status_code == 200
    assert client.post(f"{path}/comments", json={"body": "Still here."}).status_code == 201
