"""Files that hang on tasks where they are kept in a bucket: the same to people, also while it is away."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import msgspec
import pytest

from taskyard.kit.bucket_address import Bucket
from taskyard.kit.bucket_files import PIECE, BucketFiles, open_store
from taskyard.kit.problems import Unavailable
from taskyard.task.actions.attachments import Shelf, collect_files
from tests.kit.object_store import ObjectStore

from .conftest import NewTaskOf, World

Names = Callable[[], list[str]]
PLAN = bytes(range(256)) * 10_000
NAMED = {"name": "plan.txt"}


@pytest.fixture
def bucket(object_store: ObjectStore) -> Bucket:
    return object_store.new_bucket()


@pytest.fixture
def shelf(bucket: Bucket) -> Shelf:
    """Room for files of 6 MB, and for two such of a workspace."""
    return Shelf(BucketFiles(bucket, timedelta(seconds=5)), 6_000_000, 12_000_000)


@pytest.fixture
def names(object_store: ObjectStore, bucket: Bucket) -> Names:
    return lambda: object_store.names(bucket) + object_store.pending(bucket)


@pytest.fixture
async def path(new_task: NewTaskOf) -> str:
    return f"/tasks/{(await new_task())['id']}/attachments"


async def attach(client: httpx.AsyncClient, path: str, content: bytes = PLAN) -> str:
    answer = await client.post(path, params=NAMED, content=content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_file_comes_back_whole_and_in_part(ann: httpx.AsyncClient, path: str, names: Names) -> None:
    one = await attach(ann, path)
    url, tag = f"{path}/{one}/file", f'"{hashlib.sha256(PLAN).hexdigest()}"'
    whole, known = await ann.get(url), await ann.get(url, headers={"If-None-Match": tag})
    rest = await ann.get(url, headers={"Range": f"bytes={PIECE - 5}-{PIECE + 5}"})
    beyond = await ann.get(url, headers={"Range": f"bytes={len(PLAN)}-"})

    assert names() == [one]
    assert (whole.content, whole.headers["etag"], whole.headers["content-length"]) == (PLAN, tag, str(len(PLAN)))
    assert whole.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (rest.status_code, rest.content) == (206, PLAN[PIECE - 5 : PIECE + 6])
    assert (known.status_code, beyond.status_code) == (304, 416)


async def test_an_empty_file_comes_back(ann: httpx.AsyncClient, path: str) -> None:
    one = await attach(ann, path, b"")
    assert (await ann.get(f"{path}/{one}/file")).content == b""


@pytest.mark.parametrize("size", [6_000_001, 12_000_000])
async def test_a_file_that_is_too_long_leaves_nothing(
    ann: httpx.AsyncClient, path: str, names: Names, size: int
) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, size, 100_000):
            yield b"y" * min(100_000, size - start)

    answer = await ann.post(path, params=NAMED, content=parts())

    assert (answer.status_code, names()) == (413, [])


async def test_what_no_task_got_is_given_up(ann: httpx.AsyncClient, path: str, names: Names) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = [await ann.post(path, params=NAMED, content=b"A", headers=key) for _ in range(2)]
    at_once = await asyncio.gather(*(ann.post(path, params=NAMED, content=b"y" * 5_999_999) for _ in range(3)))

    assert again.json() == first.json()
    assert sorted(answer.status_code for answer in at_once) == [201, 201, 409]
    assert len(names()) == 3


async def test_a_file_that_is_not_there_is_told(ann: httpx.AsyncClient, path: str, bucket: Bucket) -> None:
    for content in (PLAN, b""):
        one = await attach(ann, path, content)
        await BucketFiles(bucket).remove(one)
        answer = await ann.get(f"{path}/{one}/file")

        assert (answer.status_code, answer.json()["code"]) == (404, "attachment_file_missing")


async def test_files_that_no_attachment_needs_are_collected(
    ann: httpx.AsyncClient, path: str, shelf: Shelf, world: World, names: Names
) -> None:
    kept, deleted = await attach(ann, path), await attach(ann, path, b"Other")
    await ann.delete(f"{path}/{deleted}")
    assert shelf.files is not None

    assert (await collect_files(world.task, shelf.files), len(names())) == (0, 2)
    assert await collect_files(world.task, shelf.files, timedelta(seconds=-60)) == 1
    assert names() == [kept]


async def test_a_store_that_is_away_is_told(
    ann: httpx.AsyncClient, path: str, bucket: Bucket, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await attach(ann, path)
    nowhere = open_store(msgspec.structs.replace(bucket, endpoint="http://127.0.0.1:1"), timedelta(seconds=5))
    monkeypatch.setattr(shelf.files, "_store", nowhere)
    answers = [
        await ann.post(path, params=NAMED, content=PLAN),
        await ann.get(f"{path}/{one}/file"),
        await ann.get(f"{path}/{one}/file", headers={"Range": "bytes=5-"}),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "attachments_unavailable")}
    assert {answer.headers["retry-after"] for answer in answers} == {"1"}
    assert [item["id"] for item in (await ann.get(path)).json()["items"]] == [one]


async def test_what_cannot_be_given_up_is_left_to_the_collector(
    ann: httpx.AsyncClient, path: str, shelf: Shelf, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: str) -> None:
        raise Unavailable

    key = {"Idempotency-Key": "once"}
    first = await ann.post(path, params=NAMED, content=PLAN, headers=key)
    monkeypatch.setattr(shelf.files, "remove", fail)
    again = await ann.post(path, params=NAMED, content=PLAN, headers=key)

    assert (again.status_code, again.json()) == (201, first.json())
    assert len(names()) == 2
