"""What is remembered stays as long as it is asked for, and within its bound."""

import pytest

from taskyard.kit.remembered import Remembered


def test_a_value_is_remembered_by_its_key() -> None:
    known: Remembered[str, str] = Remembered(100)
    known.put("a", "first", 1)
    known.put("a", "second", 1)
    assert (known.get("a"), known.get("b")) == ("second", None)


def test_what_is_asked_for_outlives_what_is_not() -> None:
    known: Remembered[int, int] = Remembered(100)
    for number in range(500):
        known.put(number, number, 1)
        assert known.get(0) == 0
    assert known.get(1) is None
    assert known.get(499) == 499


@pytest.mark.parametrize("size", [1, 3, 6])
def test_the_bound_is_kept(size: int) -> None:
    known: Remembered[int, int] = Remembered(100)
    for number in range(1_000):
        known.put(number % 300, number, size)
        known.get(number * 7 % 300)
    assert 0 < sum(size for number in range(300) if known.get(number) is not None) <= 100


def test_what_would_push_out_much_of_the_rest_is_not_kept() -> None:
    known: Remembered[str, str] = Remembered(100)
    known.put("small", "kept", 6)
    known.put("large", "not kept", 7)
    assert (known.get("small"), known.get("large")) == ("kept", None)
