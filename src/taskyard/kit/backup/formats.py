"""The number that says in which form something was written, read before anything else of it."""

import msgspec

from taskyard.kit.backup.errors import DamagedError


class _Formatted(msgspec.Struct):
    format: int


def require_format(content: bytes, known: int, name: str) -> None:
    """Refuse what is written in another form than the known one; raises DamagedError, and MsgspecError for no JSON."""
    found = msgspec.json.decode(content, type=_Formatted).format
    if found != known:
        raise DamagedError(f"{name} is written in format {found}, and this Taskyard knows {known} only")
