"""The store of files may hang at any moment: who needs a file is told, others work on, and nothing is half there."""

import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from taskyard.kit.bucket_address import Bucket
from tests.journeys.people import Someone
from tests.journeys.stack import Stack, running
from tests.kit.object_store import ObjectStore, running_store

pytestmark = pytest.mark.slow
SHAPES = [pytest.param(shape, marks=pytest.mark.xdist_group(f"files-{shape}")) for shape in ("one", "split")]
LONG = bytes(range(256)) * 4096 * 12
"""Twelve megabytes: more than one part and than all that is on the way between a store and a reader."""


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with running_store() as store:
        yield store


class InBucket(Stack):
    """A Taskyard whose files are in a bucket."""

    def __init__(self, home: Path, shape: str, store: ObjectStore, *, other: "InBucket | None" = None) -> None:
        self.bucket: Bucket = store.new_bucket() if other is None else other.bucket
        secret = home.parent / f"{home.name}.secret"
        secret.write_text(self.bucket.secret_key, encoding="utf-8")
        super().__init__(
            home,
            shape,
            attachments="s3",
            s3_endpoint=store.url,
            s3_bucket=self.bucket.name,
            s3_prefix=self.bucket.prefix,
            s3_access_key=self.bucket.access_key,
            s3_secret_key_file=str(secret),
            limits="off",
        )


@pytest.fixture(scope="module", params=SHAPES)
def stack(
    request: pytest.FixtureRequest, store: ObjectStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[InBucket]:
    home: Path = tmp_path_factory.mktemp("files") / "home"
    stack = InBucket(home, request.param, store)
    with running(stack):
        yield stack
        assert stack.stop() == 0, stack.output()


@contextmanager
def hanging(store: ObjectStore) -> Iterator[None]:
    store.pause()
    try:
        yield
    finally:
        store.resume()


def test_a_store_that_hangs_is_told_and_forgiven(stack: InBucket, store: ObjectStore) -> None:
    with closing(Someone(stack, "Ann")) as ann:
        task = ann.post("/tasks", {"project_id": ann.project(ann.workspace()["id"])["id"], "title": "Roof"})
        path = f"/api/v1/tasks/{task['id']}/attachments"
        made = ann.attach(task["id"], "plan.bin", LONG)
        file = f"{path}/{made['id']}/file"
        with hanging(store):
            answers = [
                ann.client.post(path, params={"name": "a"}, content=b"short", timeout=60),
                ann.client.get(file, timeout=60),
            ]
            ann.get(f"/tasks/{task['id']}")
        after = ann.attach(task["id"], "b", b"after")

        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "attachments_unavailable")}
        assert [item["id"] for item in ann.client.get(path).json()["items"]] == [made["id"], after["id"]]
        assert hashlib.sha256(ann.client.get(file).content).hexdigest() == made["sha256"]
        assert ann.client.get(file, headers={"Range": "bytes=7000000-7000009"}).content == LONG[7_000_000:7_000_010]
        assert {made["id"], after["id"], "taskyard"} <= set(store.names(stack.bucket))


def test_a_download_that_breaks_off_does_not_look_whole(stack: InBucket, store: ObjectStore) -> None:
    with closing(Someone(stack, "Ann")) as ann:
        task = ann.post("/tasks", {"project_id": ann.project(ann.workspace()["id"])["id"], "title": "Roof"})
        made = ann.attach(task["id"], "plan.bin", LONG)
        path, got = f"/api/v1/tasks/{task['id']}/attachments/{made['id']}/file", 0
        with ann.client.stream("GET", path, timeout=60) as answer:
            parts = answer.iter_raw(100_000)
            got += len(next(parts))
            with hanging(store), pytest.raises(httpx.TransportError):
                got += sum(map(len, parts))

        assert 0 < got < len(LONG)


def test_an_upload_that_breaks_off_leaves_nothing(stack: InBucket, store: ObjectStore) -> None:
    with closing(Someone(stack, "Ann")) as ann:
        task = ann.post("/tasks", {"project_id": ann.project(ann.workspace()["id"])["id"], "title": "Roof"})
        path, before = f"/api/v1/tasks/{task['id']}/attachments", store.names(stack.bucket)
        head = f"POST {path}?name=a HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(LONG)}\r\n"
        token = f"Authorization: {ann.client.headers['Authorization']}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", stack.port), 20) as client:
            client.sendall((head + token).encode() + LONG[: 8 * 1024 * 1024])
            assert becomes(lambda: store.pending(stack.bucket) != []), "nothing was on its way"

        assert becomes(lambda: store.pending(stack.bucket) == []), "parts of a file were left"
        assert (ann.client.get(path).json()["items"], store.names(stack.bucket)) == ([], before)


def becomes(question: Callable[[], bool]) -> bool:
    """Whether something becomes so before long."""
    deadline = time.monotonic() + 30
    while not question() and time.monotonic() < deadline:
        time.sleep(0.05)
    return question()


def test_another_taskyard_is_not_let_in(store: ObjectStore, tmp_path: Path) -> None:
    first = InBucket(tmp_path / "first", "one", store)
    with running(first):
        with pytest.raises(AssertionError, match="holds the files of another Taskyard") as said:
            InBucket(tmp_path / "second", "one", store, other=first).start()
        assert store.names(first.bucket) == ["taskyard"]
    assert "Traceback" not in str(said.value)
