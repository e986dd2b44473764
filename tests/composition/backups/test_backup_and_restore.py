"""The whole story on one deployment: backed up while it runs, verified, damaged, restored to a second."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.composition.backups.deployment import Deployment, Flipped, whole_second
from tests.journeys.people import Someone
from tests.journeys.stream import Stream

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("backups")]


class Story:
    """What happened before the tests look: a backup, then a chosen second between two tasks, then a stop."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.refused_while_running = self.restored = ""
        deployment.stack.start()
        self.person = person = Someone(deployment.stack, "Canary")
        self.project = person.project(person.workspace()["id"])["id"]
        self.task("canary title")
        (deployment.home / "attachments").mkdir()
        (deployment.home / "attachments" / "note").write_bytes(b"canary title")
        self.printed = deployment.backup_under_watch(person)
        self.task("before")
        self.second = whole_second()
        self.titles = self.list_titles()
        self.task("after")
        self.cursor = person.client.get("/api/v1/events").headers["Taskyard-Position"]
        self.refused_while_running = deployment.refuse(*self.restoring(self.second))
        assert deployment.stack.stop() == 0

    def task(self, title: str) -> None:
        self.person.post("/tasks", {"project_id": self.project, "title": title})

    def list_titles(self) -> list[str]:
        return [item["title"] for item in self.person.get("/tasks", project_id=self.project)["items"]]

    def restore_once(self) -> str:
        """Go back to the chosen second and start, unless that was done; what the command printed."""
        if not self.restored:
            (self.deployment.home / "attachments" / "note").write_bytes(b"changed since")
            self.restored = self.deployment.succeed(*self.restoring(self.second))
            self.deployment.stack.start()
            self.person.sign_in()
        return self.restored

    def restoring(self, to: str) -> list[str]:
        return ["restore", "--to", to, "--identity", str(self.deployment.key), "--yes"]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    deployment = Deployment(tmp_path_factory.mktemp("backups"))
    try:
        story = Story(deployment)
        yield story
        story.person.close()
    finally:
        deployment.stack.kill()


def test_backup_of_a_running_server_is_listed(story: Story) -> None:
    line = story.deployment.succeed("backup", "list").splitlines()[-1]
    assert line.split()[0] in story.printed
    assert line.split()[-1] > story.second


def test_nothing_plain_was_ever_on_the_disk(story: Story) -> None:
    assert story.deployment.files("*/full/*/attachments.tar.gz.age")
    assert story.deployment.found == set()


def test_verification_compares_every_row(story: Story) -> None:
    output = story.deployment.succeed("backup", "verify", "--identity", str(story.deployment.key))
    assert "are exactly those of its moment" in output
    assert not (story.deployment.home / "postgres" / "verification").exists()


@pytest.mark.parametrize(
    ("pattern", "place"),
    [
        ("*/full/*/database.tar.gz.age", 400_000),
        ("*/full/*/home.tar.gz.age", -1),
        ("*/full/*/attachments.tar.gz.age", 200),
        ("*/full/*/backup.json", 200),
        ("*/wal/*/0000000100000000000000??.[1-9]*", 5_000),
        ("*/wal/*/*.gz.age", -1),
    ],
)
def test_flipped_bit_is_found(story: Story, pattern: str, place: int) -> None:
    path = story.deployment.files(pattern)[-1]
    with Flipped(path, place):
        complaint = story.deployment.refuse("backup", "verify", "--identity", str(story.deployment.key))
    assert path.name in complaint
    assert "damaged" in complaint


def test_lost_segment_is_found(story: Story) -> None:
    path = story.deployment.first_segment()
    aside = path.rename(story.deployment.disk / path.name)
    try:
        complaint = story.deployment.refuse("backup", "verify", "--identity", str(story.deployment.key))
    finally:
        aside.rename(path)
    assert "log" in complaint


def test_other_key_is_one_line(story: Story, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    other.write_text(story.deployment.run("backup", "key").stdout)
    assert "the key file does not open" in story.deployment.refuse("backup", "verify", "--identity", str(other))


def test_killed_backup_leaves_nothing_that_counts(story: Story) -> None:
    before = story.deployment.succeed("backup", "list")
    draft = story.deployment.kill_during_backup()
    assert draft.exists()
    assert story.deployment.succeed("backup", "list").splitlines()[1].split()[:3] == before.splitlines()[1].split()[:3]
    assert len(story.deployment.succeed("backup", "list").splitlines()) == 2


def test_backup_of_a_stopped_server_clears_what_a_killed_one_left(story: Story) -> None:
    story.deployment.succeed("backup", "now", "--keep", "5")
    assert not story.deployment.files("*/full/*.partial")
    assert len(story.deployment.succeed("backup", "list").splitlines()) == 3


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("2020-01-01T00:00:00Z", "before the first backup: the earliest moment is 20"),
        ("2199-01-01T00:00:00Z", "after the last change that is known: the latest moment is 20"),
        ("2027-02-10 14:03:05", "has no zone: expected one such as 2027-02-10 14:03:05Z"),
        ("yesterday", "'yesterday' is no moment"),
    ],
)
def test_impossible_moment_is_one_line_and_loses_nothing(story: Story, to: str, expected: str) -> None:
    data = (story.deployment.home / "postgres" / "data").stat()
    assert expected in story.deployment.refuse(*story.restoring(to))
    assert (story.deployment.home / "postgres" / "data").stat().st_ino == data.st_ino


def test_restore_asks_and_without_terminal_refuses(story: Story) -> None:
    assert "add --yes" in story.deployment.refuse(*story.restoring(story.second)[:-1])


def test_restore_is_refused_while_the_server_runs(story: Story) -> None:
    assert "another Taskyard is already running its database" in story.refused_while_running


def test_damaged_log_replaces_nothing(story: Story) -> None:
    data = (story.deployment.home / "postgres" / "data").stat()
    with Flipped(story.deployment.first_segment(), 5_000):
        assert "damaged" in story.deployment.refuse(*story.restoring(story.second))
    assert (story.deployment.home / "postgres" / "data").stat().st_ino == data.st_ino
    assert not list((story.deployment.home / "postgres").glob("data.before-*"))


def test_restore_that_is_stopped_replaces_nothing_and_leaves_nothing(story: Story) -> None:
    folder = story.deployment.home / "postgres"
    complaint = story.deployment.interrupt(*story.restoring(story.second), once=folder / "restore" / "data" / "base")
    assert "stopped before it was done" in complaint
    assert not (folder / "restore").exists()
    assert not list(folder.glob("data.before-*"))


def test_restore_gives_exactly_the_rows_of_that_second_and_a_new_epoch(story: Story) -> None:
    output = story.restore_once()
    assert story.list_titles() == story.titles == ["before", "canary title"]
    assert (story.deployment.home / "attachments" / "note").read_bytes() == b"canary title"
    assert len(list((story.deployment.home / "postgres").resolve().glob("data.before-*"))) == 1
    assert "data.before-" in output
    assert "The last change in it is of 20" in output


def test_reader_of_the_old_epoch_is_told_to_start_over(story: Story) -> None:
    story.restore_once()
    gone = story.person.get("/events", 410, after=story.cursor)
    assert gone["code"] == "epoch_changed"
    with Stream(story.person, story.cursor) as stream:
        assert stream.wait_for("reset")["epoch"] > int(story.cursor.split(":")[0])


def test_lost_machine_is_restored_from_the_disk_and_the_key_also_after_a_restore(story: Story) -> None:
    story.restore_once()
    story.task("in the new history")
    second = whole_second()
    story.task("too late")
    story.deployment.stack.stop()
    home = story.deployment.home
    lost = home.rename(home.with_name("lost"))
    story.deployment.succeed(*story.restoring(second))
    story.deployment.stack.start()
    story.person.sign_in()
    assert story.list_titles() == ["in the new history", "before", "canary title"]
    assert (home / "master.key").read_bytes() == (lost / "master.key").read_bytes()


def test_backups_of_the_history_that_was_left_are_still_whole(story: Story) -> None:
    story.restore_once()
    assert "are exactly those of its moment" in story.deployment.succeed(
        "backup", "verify", "--identity", str(story.deployment.key)
    )
    assert "--history 1" in story.deployment.succeed("backup", "list")
