"""What the files of tasks are kept in, as a process has it."""

from collections.abc import Awaitable, Callable

from taskyard.composition.attachments import bucket_of, keeps_attachments
from taskyard.composition.boot import StartError
from taskyard.composition.process import Process
from taskyard.composition.progress import complain
from taskyard.kit.files import Files, FolderFiles
from taskyard.kit.problems import Unavailable
from taskyard.kit.queries.changelog import find_head
from taskyard.kit.setting_table import PREFIX
from taskyard.kit.settings import Settings


def attachment_files(settings: Settings, find_owner: Callable[[], Awaitable[str]]) -> Files | None:
    """What the files of tasks are kept in, None for nothing; a bucket is the owner's. Raises SettingsError."""
    if not keeps_attachments(settings):
        return None
    if settings.attachments != "s3":
        return FolderFiles(settings.home / "attachments")
    from taskyard.kit.bucket_files import BucketFiles  # noqa: PLC0415 - loaded where there is a bucket
    from taskyard.kit.owned_files import OwnedFiles  # noqa: PLC0415 - as above

    return OwnedFiles(BucketFiles(bucket_of(settings)), find_owner)


async def find_owner(process: Process) -> str:
    """Who we are by our key and our history: a copy, and who was restored, may not have the rows of all files."""
    epoch, _ = await find_head(process.database("task"))
    return f"{process.keys['task'].derive('bucket-owner', 16).hex()}:{epoch}"


async def claim_bucket(settings: Settings, files: Files | None) -> None:
    """Look at the start whether the bucket, if there is one, can be used. One that is away may come back.

    Raises StartError for one that is another's.
    """
    if settings.attachments != "s3":
        return
    from taskyard.kit.bucket_files import reason_of  # noqa: PLC0415 - loaded where there is a bucket
    from taskyard.kit.owned_files import MARK, ForeignBucket, OwnedFiles  # noqa: PLC0415 - as above

    assert isinstance(files, OwnedFiles)  # noqa: S101 - as made above
    place = f"{settings.s3_endpoint}/{settings.s3_bucket}/{settings.s3_prefix}"
    try:
        await files.claim()
    except ForeignBucket as error:
        raise StartError(
            f"{place} holds the files of another Taskyard, or of this one before it was restored: set another "
            f"{PREFIX}S3_PREFIX, or remove {place}/{MARK} once nothing else uses it (docs/backup.md says when)"
        ) from error
    except Unavailable as error:
        complain(
            f"{place} cannot be used ({reason_of(error.__cause__ or error)}); "
            "starting without it, files are refused until it can"
        )
