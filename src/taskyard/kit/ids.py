"""Identifiers: UUID version 7 (RFC 9562), ordered by time, written as lower-case text."""

from typing import Annotated

import msgspec
from uuid_utils import uuid7

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

Id = Annotated[str, msgspec.Meta(pattern=UUID_PATTERN, description="UUID, lower case")]


def new_id() -> str:
    """A fresh identifier."""
    return str(uuid7())
