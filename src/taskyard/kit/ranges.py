"""Parts of a whole: which bytes of a file a client asks for (RFC 9110, 14)."""

import re

import msgspec

from taskyard.kit.problems import RangeNotSatisfiable

_ONE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.IGNORECASE)


class Span(msgspec.Struct, frozen=True):
    """Some bytes of ``size``, the first and the last of them included."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        """How many they are."""
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        """How an answer says which they are."""
        return f"bytes {self.first}-{self.last}/{self.size}"


def wanted_span(asked: str | None, if_range: str | None, *, tag: str, size: int) -> Span | None:
    """The bytes to send; None for all of them, as where several spans are asked for or the client has another file.

    ``asked`` and ``if_range`` are the headers Range and If-Range, ``tag`` the file's strong entity tag.
    Raises RangeNotSatisfiable when none of the bytes exist.
    """
    found = _ONE.fullmatch(asked or "")
    if found is None or (if_range is not None and if_range.strip() != tag):
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:  # the last so many
        span = Span(max(size - int(last), 0), size - 1, size)
    else:
        span = Span(int(first), min(int(last), size - 1) if last else size - 1, size)
        if last and int(last) < int(first):
            return None
    if span.length < 1:
        raise RangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return span
