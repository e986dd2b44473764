"""Ranks sort as things were arranged."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from taskyard.kit.ranks import rank_between


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_ranks_sort_as_things_were_put(places: list[int]) -> None:
    ranks: list[str] = []
    for place in places:
        at = place % (len(ranks) + 1)
        low = ranks[at - 1] if at else None
        high = ranks[at] if at < len(ranks) else None
        ranks.insert(at, rank_between(low, high))

    assert ranks == sorted(set(ranks))


def test_appending_does_not_lengthen_and_dividing_lengthens_slowly() -> None:
    last = first = rank_between(None, None)
    for _ in range(1000):
        last, first = rank_between(last, None), rank_between(None, first)
    assert (len(last), len(first)) == (6, 6)

    chance, low, high = Random(1), rank_between(None, None), last  # noqa: S311 - chance arranges things here
    for _ in range(600):
        middle = rank_between(low, high)
        low, high = (middle, high) if chance.random() < 0.5 else (low, middle)
    assert len(low) < 120
