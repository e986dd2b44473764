"""Files in a bucket of an S3-compatible store, which any number of machines reach.

They are called as in a folder (``kit/files.py``), so that a folder becomes a bucket by being copied.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from taskyard.kit.bucket_address import Bucket
from taskyard.kit.files import StoredFile, path_of
from taskyard.kit.ids import is_id
from taskyard.kit.intakes import Intake, IntakeBroken
from taskyard.kit.problems import Unavailable

if TYPE_CHECKING:
    from obstore import ListStream, ObjectMeta, PutResult
    from obstore.store import S3Credential

PATIENCE = timedelta(seconds=10)
"""How long the store may take for one request, repeated ones together."""
PART = 5 * 1024 * 1024
"""What a longer file is sent in: no store takes shorter parts. So much of a file is held in memory twice at most."""
AT_ONCE = 1000
"""How many files a store names in one answer, and no more."""
NO_BUCKET = "<Code>NoSuchBucket</Code>"
PIECE = 1024 * 1024
"""What a file is read in, each by a request with a patience of its own: a client may take its time with the whole."""

log = structlog.get_logger()


class BucketFiles:
    """Files in a bucket. A store that is away, slow or not what it was is Unavailable."""

    def __init__(self, bucket: Bucket, patience: timedelta = PATIENCE) -> None:
        self._store = open_store(bucket, patience)
        self._patience = patience.total_seconds()
        self._leaving = set[asyncio.Task[None]]()

    async def put(self, file_id: str, parts: AsyncIterator[bytes]) -> StoredFile:
        """Write a new file so that it is safe there; nothing is left of one that fails. Raises Unavailable."""
        path, intake = path_of(file_id), Intake(parts)
        with reaching(file_id):
            try:
                await self._fill(path, intake)
            except IntakeBroken:
                raise intake.failure from None
        return intake.tally.stored

    async def read(self, file_id: str, first: int, length: int) -> AsyncIterator[bytes]:
        """Give what is in a file, part by part: from one byte on, so many. Raises FileNotFoundError or Unavailable."""
        path, end = path_of(file_id), first + length
        if not length:
            await self._require(path)
        while first < end:
            piece = await self._piece(path, first, min(first + PIECE, end))
            first += len(piece)
            yield piece

    async def remove(self, file_id: str) -> None:
        """Remove a file, if it is there. Raises Unavailable."""
        with reaching(file_id):
            await self._remove(path_of(file_id))

    async def list_older(self, age: timedelta) -> list[str]:
        """Name the files that were written longer ago. Raises Unavailable."""
        moment, found = datetime.now(UTC) - age, list[str]()
        with reaching("all"):
            pages = self._store.list(chunk_size=AT_ONCE)
            while (page := await self._next_page(pages)) is not None:
                old = [meta["path"] for meta in page if meta["last_modified"] < moment]
                found += [name for path in old if is_id(name := path.rpartition("/")[2]) and path == path_of(name)]
        return found

    async def settle(self, name: str, content: bytes) -> bytes:
        """Write a short object unless it is there; gives what is in it now. Raises Unavailable."""
        with reaching(name):
            found = await self._content(name)
            if found is None:
                with contextlib.suppress(AlreadyExistsError):  # somebody else was a little faster
                    await self._store.put_async(name, content, mode="create")
                found = await self._content(name)
        return found or b""

    async def _fill(self, path: str, intake: Intake) -> None:
        beginning = await intake.take(PART)
        if len(beginning) < PART:
            await self._store.put_async(path, beginning, mode="create")
            return
        if await self._size(path) is not None:  # a store does not refuse this for what comes in parts
            raise FileExistsError(path)
        await self._fill_by_parts(path, beginning, intake)
        if await self._size(path) != intake.tally.stored.size:
            await self._remove(path)
            raise OSError(f"the store has not kept all of {path}")

    async def _fill_by_parts(self, path: str, beginning: bytes, intake: Intake) -> None:
        """Send a long file. Parts that were sent stay where this is cancelled, so it is stopped from its other end."""
        flow = _flow(beginning, intake)
        filling = asyncio.ensure_future(self._store.put_async(path, flow, chunk_size=PART, max_concurrency=1))
        try:
            await asyncio.shield(filling)
        except asyncio.CancelledError:
            intake.stop()
            task = asyncio.create_task(self._clear(path, filling))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
            raise

    async def _clear(self, path: str, filling: "asyncio.Future[PutResult]") -> None:
        """Leave nothing of a file that nobody waits for any more. What fails here is left to the collector."""
        with contextlib.suppress(BaseError, OSError, IntakeBroken):
            await filling
            await self._remove(path)

    async def _piece(self, path: str, first: int, end: int) -> bytes:
        """Some bytes of a file, all that were asked for. Never none: that is what a store refuses."""
        with reaching(path):
            try:
                async with asyncio.timeout(self._patience):
                    piece = bytes(await self._store.get_range_async(path, start=first, end=end))
            except FileNotFoundError as error:
                if NO_BUCKET in str(error):
                    raise
            else:
                if len(piece) < end - first:
                    raise OSError(f"the store has no longer all of {path}")
                return piece
        raise FileNotFoundError(path)

    async def _require(self, path: str) -> None:
        with reaching(path):
            size = await self._size(path)
        if size is None:
            raise FileNotFoundError(path)

    async def _size(self, path: str) -> int | None:
        """How long a file is; None where there is none. The store must have the bucket."""
        try:
            async with asyncio.timeout(self._patience):
                return (await self._store.head_async(path))["size"]
        except FileNotFoundError:
            await self._next_page(self._store.list(path))  # HEAD does not tell whether it is the bucket that is missing
            return None

    async def _content(self, path: str) -> bytes | None:
        try:
            async with asyncio.timeout(self._patience):
                answer = await self._store.get_async(path)
                return bytes(await answer.bytes_async())
        except FileNotFoundError as error:
            if NO_BUCKET in str(error):
                raise
            return None

    async def _remove(self, path: str) -> None:
        async with asyncio.timeout(self._patience):
            await self._store.delete_async(path)

    async def _next_page(self, pages: "ListStream[Sequence[ObjectMeta]]") -> "Sequence[ObjectMeta] | None":
        async with asyncio.timeout(self._patience):
            return await anext(pages, None)


def open_store(bucket: Bucket, patience: timedelta) -> S3Store:
    """A way to the bucket that nothing but these settings decides, no variables of other programs."""
    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        endpoint=bucket.endpoint,
        region=bucket.region,
        credential_provider=lambda: _credential(bucket),
        skip_signature=False,
        virtual_hosted_style_request=False,
        client_options={
            "allow_http": bucket.endpoint.startswith("http:"),
            "timeout": patience,
            "connect_timeout": "2s",
        },
        retry_config={"max_retries": 2, "retry_timeout": patience},
    )


@contextlib.contextmanager
def reaching(what: str) -> Iterator[None]:
    """Say of a store that fails that it is Unavailable; why is for the log alone."""
    try:
        yield
    except (BaseError, OSError) as error:
        log.warning("file_store.failed", file=what, reason=reason_of(error))
        raise Unavailable("The store of files does not answer as it should at the moment.") from error


def reason_of(error: BaseException) -> str:
    """What went wrong, in a line: the library tells all it knows, in many."""
    return str(error).partition("\n\nDebug source")[0].replace("\n", " ") or type(error).__name__


def _credential(bucket: Bucket) -> "S3Credential":
    return {"access_key_id": bucket.access_key, "secret_access_key": bucket.secret_key, "expires_at": None}


async def _flow(beginning: bytes, rest: Intake) -> AsyncIterator[bytes]:
    yield beginning
    async for part in rest:
        yield part
