"""Which of several addresses is the cheaper one, and how long one that fails is left out."""

import pytest

from taskyard.kit.upstreams.addresses import FORGIVEN_AFTER, LONGEST_SECONDS, Address


def test_the_quicker_and_less_busy_is_cheaper() -> None:
    quick, slow = Address("http://a"), Address("http://b")
    quick.note_answer(0.0, 0.01)
    slow.note_answer(0.0, 0.1)
    assert quick.cost(0.0) < slow.cost(0.0)
    quick.in_flight = 30
    assert quick.cost(0.0) > slow.cost(0.0)


def test_a_worse_latency_counts_at_once_and_a_better_one_bit_by_bit() -> None:
    address = Address("http://a")
    address.note_answer(0.0, 1.0)
    worse = address.cost(0.0)
    address.note_answer(0.0, 0.0)
    assert worse / 2 < address.cost(0.0) < worse


def test_what_was_slow_is_looked_at_again_one_day() -> None:
    slow, other = Address("http://a"), Address("http://b")
    slow.note_answer(0.0, 1.0)
    other.note_answer(60.0, 0.01)
    assert slow.cost(60.0) < other.cost(60.0)


def test_who_fails_at_once_is_not_quick() -> None:
    broken, slow = Address("http://a"), Address("http://b")
    slow.note_answer(0.0, 0.5)
    broken.note_failure(0.0)
    assert broken.cost(0.0) > slow.cost(0.0)


def test_each_time_out_is_longer_until_it_was_well_for_long() -> None:
    address, times = Address("http://a"), []
    for _ in range(9):
        address.leave_out(0.0)
        times.append(address.back_at)
        address.take_back(0.0)
    assert times[:4] == [1.0, 2.0, 4.0, 8.0]
    assert times[-1] == LONGEST_SECONDS
    later = FORGIVEN_AFTER + 1
    address.leave_out(later)
    assert address.back_at == pytest.approx(later + 1.0)


def test_nobody_is_spared_for_as_long_as_it_likes() -> None:
    address = Address("http://a")
    address.rest(0.0, 3600.0)
    assert address.rests(9.0)
    assert not address.rests(11.0)
