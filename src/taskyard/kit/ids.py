"""Identifiers: UUID version 7 (RFC 9562), ordered by time, written as lower-case text."""

import hashlib
import re
from typing import Annotated

import msgspec
from uuid_utils import UUID, uuid7

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
UUID_PATTERN = rf"^{_UUID}(?!\n)$"  # Python's $ alone would let a line break pass

Id = Annotated[str, msgspec.Meta(pattern=UUID_PATTERN, description="UUID, lower case")]

LOWEST_ID, HIGHEST_ID = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
"""What every page in ascending and in descending order is after."""


def new_id() -> str:
    """A fresh identifier."""
    return str(uuid7())


def derived_id(scope: str, origin: str) -> str:
    """The identifier of what is known elsewhere by ``origin``: the same one each time, as old, and of ``scope`` alone.

    So what comes twice is recognised, and can be named before it is there.
    """
    digest = bytearray(hashlib.sha256(f"{scope}/{origin}".encode()).digest()[:16])
    digest[:6] = UUID(origin).bytes[:6]
    digest[6] = 0x70 | digest[6] & 0x0F
    digest[8] = 0x80 | digest[8] & 0x3F
    return str(UUID(bytes=bytes(digest)))


_is_uuid = re.compile(_UUID).fullmatch


def is_id(text: str) -> bool:
    """Whether a text from a path or query can be an identifier at all; otherwise it names nothing."""
    return _is_uuid(text) is not None
