"""Files under a prefix of a bucket that is one deployment's alone: who removes what it has no row for must be alone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

from taskyard.kit.bucket_files import BucketFiles
from taskyard.kit.files import StoredFile
from taskyard.kit.problems import Unavailable

MARK = "taskyard"
"""The name of the object that says whose the prefix is."""


class ForeignBucket(Unavailable):
    """The bucket is another deployment's."""


class OwnedFiles:
    """Files in a bucket; none is written or removed before it is known that nobody else keeps theirs there.

    ``find_owner`` says who we are.
    """

    def __init__(self, files: BucketFiles, find_owner: Callable[[], Awaitable[str]]) -> None:
        self._files = files
        self._find_owner = find_owner
        self._is_ours = False

    async def claim(self) -> None:
        """Write down that the prefix is ours, unless that stands there. Raises ForeignBucket or Unavailable."""
        if self._is_ours:
            return
        owner = await self._find_owner()
        if await self._files.settle(MARK, owner.encode()) != owner.encode():
            raise ForeignBucket
        self._is_ours = True

    async def put(self, file_id: str, parts: AsyncIterator[bytes]) -> StoredFile:
        """Write a new file so that it is safe there; nothing is left of one that fails. Raises Unavailable."""
        await self.claim()
        return await self._files.put(file_id, parts)

    def read(self, file_id: str, first: int, length: int) -> AsyncIterator[bytes]:
        """Give what is in a file, part by part: from one byte on, so many. Raises FileNotFoundError or Unavailable."""
        return self._files.read(file_id, first, length)

    async def remove(self, file_id: str) -> None:
        """Remove a file, if it is there. Raises Unavailable."""
        await self.claim()
        await self._files.remove(file_id)

    async def list_older(self, age: timedelta) -> list[str]:
        """Name the files that were written longer ago. Raises Unavailable."""
        await self.claim()
        return await self._files.list_older(age)
