"""Counts forget what is older than ten seconds."""

from taskyard.kit.upstreams.retry_budget import ALWAYS, RetryBudget
from taskyard.kit.upstreams.tallies import SECONDS, Tally


def test_a_tally_forgets_second_by_second() -> None:
    tally = Tally()
    for second in range(SECONDS):
        tally.add(100.0 + second)
    assert tally.total(109.9) == SECONDS
    assert tally.total(110.0) == SECONDS - 1
    assert tally.total(500.0) == 0
    tally.add(500.5)
    tally.clear()
    assert tally.total(500.5) == 0


def test_a_budget_grows_with_the_requests_and_comes_back_with_time() -> None:
    budget = RetryBudget()
    assert [budget.take(0.0) for _ in range(ALWAYS + 1)] == [True] * ALWAYS + [False]
    for _ in range(50):
        budget.note_request(1.0)
    assert sum(budget.take(1.0) for _ in range(50)) == 10 - ALWAYS
    assert budget.take(20.0)
