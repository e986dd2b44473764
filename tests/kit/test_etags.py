"""Versions as entity tags."""

import pytest

from taskyard.kit.etags import etag, expected_version, is_unchanged, require_version
from taskyard.kit.problems import InvalidInput, PreconditionFailed, PreconditionRequired


def _scope(name: str, value: str) -> dict[str, object]:
    return {"headers": [(b"host", b"x"), (name.encode(), value.encode("latin-1"))]}


@pytest.mark.parametrize(("value", "version"), [('"7"', 7), (' "7" ', 7), ("7", 7), ("*", None)])
def test_version_is_read_from_if_match(value: str, version: int | None) -> None:
    assert expected_version(_scope("if-match", value)) == version


def test_absent_if_match_expects_nothing_unless_demanded() -> None:
    assert expected_version({"headers": []}) is None
    with pytest.raises(PreconditionRequired):
        expected_version({"headers": []}, required=True)


@pytest.mark.parametrize("value", ['W/"7"', '"abc"', '""'])
def test_tag_that_can_never_match_fails(value: str) -> None:
    with pytest.raises(PreconditionFailed):
        expected_version(_scope("if-match", value))


@pytest.mark.parametrize("value", ["", "abc", '"1", "2"', '"99999999999"', '"²"', "-1"])
def test_what_is_no_tag_is_malformed(value: str) -> None:
    with pytest.raises(InvalidInput):
        expected_version(_scope("if-match", value))


def test_another_version_fails() -> None:
    require_version(None, 3)
    require_version(3, 3)
    with pytest.raises(PreconditionFailed, match="version 3"):
        require_version(2, 3)


def test_present_version_is_recognised() -> None:
    assert is_unchanged(_scope("if-none-match", etag(3)), 3)
    assert not is_unchanged(_scope("if-none-match", etag(2)), 3)
    assert not is_unchanged({"headers": []}, 3)
