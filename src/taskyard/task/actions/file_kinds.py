"""What a file seems to be, by its name and its first bytes. It is for showing only: nothing is decided by it."""

from pathlib import PurePosixPath

UNKNOWN = "application/octet-stream"
BY_SUFFIX = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".log": "text/plain",
    ".md": "text/markdown",
    ".mp4": "video/mp4",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
BY_HEAD = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_TOLD_BY_HEAD = frozenset(kind for _, kind in BY_HEAD)


def media_type_of(name: str, head: bytes) -> str:
    """The media type; that of the name counts only where the first bytes do not say otherwise."""
    for start, kind in BY_HEAD:
        if head.startswith(start):
            return kind
    named = BY_SUFFIX.get(PurePosixPath(name).suffix.lower(), UNKNOWN)
    return UNKNOWN if named in _TOLD_BY_HEAD else named
