"""A prefix of a bucket is one deployment's: another's files are never taken for ours that nobody needs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from taskyard.kit.bucket_address import Bucket
from taskyard.kit.bucket_files import BucketFiles
from taskyard.kit.ids import new_id
from taskyard.kit.owned_files import ForeignBucket, OwnedFiles
from tests.kit.object_store import ObjectStore

ANY_AGE = timedelta(seconds=-60)


@pytest.fixture
def bucket(object_store: ObjectStore) -> Bucket:
    return object_store.new_bucket()


def owned(bucket: Bucket, owner: str) -> OwnedFiles:
    async def find_owner() -> str:
        return owner

    return OwnedFiles(BucketFiles(bucket), find_owner)


async def parts() -> AsyncIterator[bytes]:
    yield b"ours"


async def test_the_owner_keeps_files(object_store: ObjectStore, bucket: Bucket) -> None:
    name = new_id()
    await owned(bucket, "we").put(name, parts())
    files = owned(bucket, "we")

    assert b"".join([part async for part in files.read(name, 0, 4)]) == b"ours"
    assert await files.list_older(ANY_AGE) == [name]
    await files.remove(name)
    assert object_store.paths(bucket) == [f"{bucket.prefix}/taskyard"]


async def test_another_neither_writes_nor_collects(object_store: ObjectStore, bucket: Bucket) -> None:
    name = new_id()
    await owned(bucket, "we").put(name, parts())
    theirs = owned(bucket, "they")
    for work in (theirs.claim(), theirs.put(new_id(), parts()), theirs.remove(name), theirs.list_older(ANY_AGE)):
        with pytest.raises(ForeignBucket):
            await work

    assert object_store.names(bucket) == [name, "taskyard"]


async def test_of_many_at_once_one_is_the_owner(bucket: Bucket) -> None:
    crowd = [owned(bucket, str(number % 3)) for number in range(12)]
    answers = await asyncio.gather(*(files.claim() for files in crowd), return_exceptions=True)
    owner = (await BucketFiles(bucket).settle("taskyard", b"late")).decode()

    assert [answer is None for answer in answers] == [str(number % 3) == owner for number in range(12)]
    assert {type(answer) for answer in answers} == {ForeignBucket, type(None)}


async def test_a_prefix_within_another_is_apart(object_store: ObjectStore, bucket: Bucket) -> None:
    name = new_id()
    outer, inner = (msgspec.structs.replace(bucket, prefix=prefix) for prefix in ("a", "a/b"))
    await owned(outer, "we").claim()
    await owned(inner, "they").put(name, parts())

    assert await owned(outer, "we").list_older(ANY_AGE) == []
    assert object_store.paths(bucket) == [f"a/b/{name[-2:]}/{name}", "a/b/taskyard", "a/taskyard"]
