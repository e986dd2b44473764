"""Load, then follow: whoever replays the stream from the place of a snapshot has what reading again gives."""

import importlib
import pkgutil
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import taskyard.contracts
from tests.journeys.people import Someone
from tests.journeys.replica import Replica, differences
from tests.journeys.stream import Stream
from tests.journeys.whole_life import WholeLife

pytestmark = pytest.mark.slow
NewPerson = Callable[..., Someone]
SNAPSHOTS = 5
SETTLED_WITHIN = 15.0
"""Seconds until the jobs that follow from changes have run."""
UNSEEN = {
    *("workspace.deleted.v1", "webhook.disabled.v1"),
    *("person.disabled.v1", "person.enabled.v1", "person.deleted.v1", "webhook.test.v1"),
}
"""Nobody sees the workspace any more; its people are told by access.lost.v1. Nobody who is disabled follows a stream.
Only a receiver that says so is gone, which tests/notification/test_webhook_attempts.py tells; of a test no change has
the type."""
CREDENTIALS = {
    *("api_key", "second_factor", "recovery_code", "recovery_codes", "sign_in", "password", "email"),
    *("oauth_client", "oauth_consent", "passkey", "identity_provider", "identity", "group_role"),
}
"""By what people sign in: no client keeps a copy. That each change is announced is for test_announcements.py."""
DEEDS = {"administrator", "requests", "webhook_test", "webhook_replay", "export", "import", "job", "project_copy"}
"""What leaves nothing behind that a client could read."""


def every_type() -> set[str]:
    """The types of events that services announce."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(taskyard.contracts.__path__):
        words = vars(importlib.import_module(f"taskyard.contracts.{module.name}")).values()
        found |= {word for word in words if isinstance(word, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+\.v\d+", word)}
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_replaying_from_any_snapshot_is_reading_again(someone: NewPerson, seed: int) -> None:
    ann = someone("Ann")
    people = [ann, someone("Bob"), someone("Carl")]
    happenings = WholeLife(people, lambda email: someone("Guest", email), seed)
    replicas = [Replica(ann)]  # from the beginning of the log, and of nothing
    with beside(lambda: happenings.happen(30)) as is_over:
        while not is_over.is_set() or len(replicas) <= SNAPSHOTS:
            replicas.append(Replica(ann))
            replicas[-1].load()
            time.sleep(0.2)
    settled, types = read_all(ann), set[str]()
    for replica in replicas:
        deadline = time.monotonic() + SETTLED_WITHIN
        types |= follow(ann, replica)
        while (found := [*differences(replica.seen(), settled.seen())]) and time.monotonic() < deadline:
            time.sleep(0.5)  # a job may have changed something since it was read
            settled = read_all(ann)
            types |= follow(ann, replica)
        assert "\n".join(found) == ""
    assert {kind for kind in every_type() - types if kind.partition(".")[0] not in CREDENTIALS | DEEDS} == UNSEEN


def read_all(person: Someone) -> Replica:
    """Everything as it is now."""
    read = Replica(person)
    read.load()
    read.load_watches()
    return read


@contextmanager
def beside(work: Callable[[], None]) -> Iterator[threading.Event]:
    """Work in another thread, and whether it is over; what went wrong in it is raised at the end."""
    over, faults = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised by the test
            faults.append(error)
        finally:
            over.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield over
    finally:
        thread.join()
    if faults:
        raise faults[0]


def follow(person: Someone, replica: Replica) -> set[str]:
    """Replay the stream until it has told everything; the types it told."""
    end = int(last_place(person).rpartition(":")[2])
    with Stream(person, replica.place) as stream:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not told(stream, end):
            time.sleep(0.05)
    for _, kind, event in stream.events:
        replica.apply(kind, event)
    return {kind for _, kind, _ in stream.events}


def last_place(person: Someone) -> str:
    """The place of the last event that a person sees."""
    after, last = "0", "0"
    while True:
        page = person.get("/events", after=after, limit=200)
        last = str(page["items"][-1]["position"]) if page["items"] else last
        if page["next_cursor"] is None:
            return last
        after = page["next_cursor"]


def told(stream: Stream, end: int) -> bool:
    """Whether a stream has come to a position."""
    return bool(stream.events) and int(stream.events[-1][0].rpartition(":")[2]) >= end


def test_the_comparison_sees_what_is_lost_kept_and_stale(someone: NewPerson) -> None:
    ann = someone("Ann")
    ann.project(ann.workspace()["id"])
    kept, read = Replica(ann), Replica(ann)
    kept.load()
    read.load()
    assert [*differences(kept.seen(), read.seen())] == []
    [project] = kept.things["project"]
    kept.things["project"][project]["name"] = "Stale"
    kept.things["workspace"].clear()
    read.things["team"]["1"] = {"id": "1"}
    found = " ".join(differences(kept.things, read.things))
    assert "is missing" in found
    assert "name is 'Stale' instead of 'Operations'" in found
