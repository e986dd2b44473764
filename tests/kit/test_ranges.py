"""Which bytes of a file a client asks for."""

import pytest

from taskyard.kit.problems import RangeNotSatisfiable
from taskyard.kit.ranges import Span, wanted_span

TAG = '"a"'


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("bytes=0-0", (0, 0)),
        ("bytes=2-5", (2, 5)),
        ("Bytes= 2-5 ", (2, 5)),
        ("bytes=7-", (7, 9)),
        ("bytes=7-700", (7, 9)),
        ("bytes=-3", (7, 9)),
        ("bytes=-700", (0, 9)),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=0-1,4-5", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=0-9999999999999999999", None),
        ("", None),
        (None, None),
    ],
)
def test_what_is_asked_for(asked: str | None, span: tuple[int, int] | None) -> None:
    assert wanted_span(asked, None, tag=TAG, size=10) == (span and Span(*span, 10))


@pytest.mark.parametrize(("asked", "size"), [("bytes=10-", 10), ("bytes=10-11", 10), ("bytes=-0", 10), ("bytes=0-", 0)])
def test_bytes_that_are_not_there(asked: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        wanted_span(asked, TAG, tag=TAG, size=size)

    assert refused.value.headers == {"Content-Range": f"bytes */{size}"}


@pytest.mark.parametrize("other", ['"b"', 'W/"a"', "Fri, 27 Nov 2026 08:00:00 GMT"])
def test_whoever_has_another_file_gets_all_of_this_one(other: str) -> None:
    assert wanted_span("bytes=2-5", other, tag=TAG, size=10) is None
