"""Addresses of Redis: one server, a socket file, or sentinels."""

import pytest

from taskyard.kit.redis_address import SentinelAddress, addresses_of, parse_sentinel_address
from taskyard.kit.settings import SettingsError, parse_settings


def test_sentinels_are_read_with_their_password_and_name() -> None:
    address = parse_sentinel_address("redis+sentinel://:p%40ss@one:1,two,[::1]:3/taskyard")
    assert address == SentinelAddress((("one", 1), ("two", 26_379), ("::1", 3)), "taskyard", "p@ss")


def test_sentinels_may_have_no_password() -> None:
    assert parse_sentinel_address("redis+sentinel://one/taskyard").password is None


@pytest.mark.parametrize(
    "text",
    [
        "redis+sentinel://one:1",
        "redis+sentinel:///taskyard",
        "redis+sentinel://one:1,/taskyard",
        "redis+sentinel://one:port/taskyard",
        "redis+sentinel://one:99999/taskyard",
        "redis+sentinel://name:password@one:1/taskyard",
        "redis+sentinel://one:1/taskyard/0",
        "redis+sentinel://one:1/taskyard?db=1",
    ],
)
def test_address_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="TASKYARD_REDIS_URL"):
        parse_settings({"TASKYARD_REDIS_URL": text})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://:secret@cache:1", (("cache", 1),)),
        ("redis://cache", (("cache", 6_379),)),
        ("unix:///run/valkey.sock", ()),
        ("redis+sentinel://one:1,two:2/taskyard", (("one", 1), ("two", 2))),
    ],
)
def test_every_named_address_is_known(url: str, expected: tuple[tuple[str, int], ...]) -> None:
    assert addresses_of(url) == expected
