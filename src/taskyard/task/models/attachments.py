"""Files that hang on tasks."""

import msgspec

from taskyard.contracts.task import AttachmentSnapshot
from taskyard.task.models.anchors import Footing

COLLECT_FILES = "collect_attachment_files"
"""The job that removes files which no row knows."""
LONGEST_NAME = 255


class Attachment(AttachmentSnapshot, frozen=True):
    """An attachment as clients see it."""


class LockedAttachment(msgspec.Struct, frozen=True):
    """An attachment locked for change, with what decides whether it may be changed."""

    attachment: Attachment
    footing: Footing


class Received(msgspec.Struct, frozen=True):
    """A file that is kept already, before a task has it."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
