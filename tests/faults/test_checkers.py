"""Each checker of the drills sees the fault it is there for."""

import pytest

from tests.faults.checkers import (
    Acknowledged,
    Present,
    list_chain_breaks,
    list_leaks,
    list_lost,
    list_other_effects,
    list_stale_reads,
    list_version_breaks,
)

WRITTEN = [Acknowledged("k1", "a", 1, "one"), Acknowledged("k2", "a", 2, "two")]


def things(*present: Present) -> dict[str, Present]:
    return {thing.name: thing for thing in present}


@pytest.mark.parametrize(
    ("present", "faults"),
    [
        (things(Present("a", 2, "two")), []),
        (things(Present("a", 3, "of another")), []),
        (things(), ["lost: a at version 1", "lost: a at version 2"]),
        (things(Present("a", 1, "one")), ["lost: a at version 2"]),
        (things(Present("a", 2, "other")), ["lost: a at version 2 is 'other', not 'two'"]),
    ],
)
def test_lost_writes_are_seen(present: dict[str, Present], faults: list[str]) -> None:
    assert list_lost(WRITTEN, present) == faults


@pytest.mark.parametrize(
    ("effects", "faults"),
    [
        ([("k1", "x"), ("k2", "y"), ("k3", "z")], []),
        ([("k1", "x")], ["no task: k2"]),
        ([("k1", "x"), ("k1", "y"), ("k2", "z")], ["2 times task: k1"]),
        ([("k1", "x"), ("k1", "x"), ("k2", "z")], ["2 times task: k1"]),
    ],
)
def test_missing_and_repeated_effects_are_seen(effects: list[tuple[str, str]], faults: list[str]) -> None:
    assert list_other_effects(effects, ["k1", "k2"], what="task") == faults


@pytest.mark.parametrize(
    ("history", "faults"),
    [
        ([("a", 1), ("b", 1), ("a", 2)], []),
        ([("a", 2), ("b", 1)], ["version of a went from 0 to 2"]),
        ([("a", 1), ("a", 2), ("a", 2), ("b", 1)], ["version of a went from 2 to 2"]),
        ([("b", 1), ("a", 1)], ["version of a is 2 and was last told as 1"]),
        ([("b", 1)], ["version of a is 2 and was last told as 0"]),
    ],
)
def test_broken_versions_are_seen(history: list[tuple[str, int]], faults: list[str]) -> None:
    assert list_version_breaks(history, things(Present("a", 2, ""), Present("b", 1, ""))) == faults


def test_stale_reads_are_seen() -> None:
    assert list_stale_reads([("a", 2, 2), ("a", 2, 3)]) == []
    assert list_stale_reads([("a", 2, 1)]) == ["stale: a at version 1 after 2"]


def test_leaks_are_seen() -> None:
    canaries = {"Ann": "canary-1", "Eve": "canary-2"}
    assert list_leaks({"Ann": "canary-1", "Eve": "canary-2"}, canaries) == []
    assert list_leaks({"Ann": "canary-1", "Eve": "canary-2, canary-1"}, canaries) == ["Eve was shown 'canary-1' of Ann"]


def test_broken_trails_are_seen() -> None:
    assert list_chain_breaks([1, 2, 3], None) == []
    assert list_chain_breaks([1, 2, 3], 2) == ["the audit trail is broken at 2"]
    assert list_chain_breaks([1, 3], None) == ["entry 1 is followed by 3"]
