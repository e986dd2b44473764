"""The checkers of every drill: what must hold whatever broke. Each gives the faults it finds, as sentences.

C4, of streams, is `continuity.list_breaks`. That each can fail is shown in `test_checkers.py`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec


class Acknowledged(msgspec.Struct, frozen=True):
    """A write that was answered with success: under which key, and what it made of which thing."""

    key: str
    name: str
    version: int
    value: str


class Present(msgspec.Struct, frozen=True):
    """A thing as it is in the end."""

    name: str
    version: int
    value: str


def list_lost(acknowledged: Iterable[Acknowledged], present: Mapping[str, Present]) -> list[str]:
    """C1: acknowledged writes that are not in the final state."""
    faults = []
    for write in acknowledged:
        thing = present.get(write.name)
        if thing is None or thing.version < write.version:
            faults.append(f"lost: {write.name} at version {write.version}")
        elif thing.version == write.version and thing.value != write.value:
            faults.append(f"lost: {write.name} at version {write.version} is {thing.value!r}, not {write.value!r}")
    return faults


def list_other_effects(effects: Iterable[tuple[str, str]], expected: Iterable[str], *, what: str) -> list[str]:
    """C2, C6: causes that had not exactly one effect. ``effects`` are pairs of a cause and the effect's own name.

    A cause is an Idempotency-Key, an event or a job. What has an effect without being expected may have one.
    """
    counts: dict[str, set[str]] = defaultdict(set)
    repeats = Counter(effects)
    for cause, effect in repeats:
        counts[cause].add(effect)
    faults = [f"no {what}: {cause}" for cause in set(expected) - counts.keys()]
    faults += [f"{len(found)} times {what}: {cause}" for cause, found in counts.items() if len(found) > 1]
    faults += [f"{count} times {what}: {cause}" for (cause, _), count in repeats.items() if count > 1]
    return faults


def list_version_breaks(history: Sequence[tuple[str, int]], present: Mapping[str, Present]) -> list[str]:
    """C3: versions, in the order of the log, that do not step by one, or do not end where the thing is."""
    faults, latest = [], dict[str, int]()
    for name, version in history:
        before = latest.get(name, 0)
        if version != before + 1:
            faults.append(f"version of {name} went from {before} to {version}")
        latest[name] = version
    for name, thing in present.items():
        if latest.get(name, 0) != thing.version:
            faults.append(f"version of {name} is {thing.version} and was last told as {latest.get(name, 0)}")
    return faults


def list_stale_reads(reads: Iterable[tuple[str, int, int]]) -> list[str]:
    """C5: reads of a thing, its version when it was last written by the same client, and the version read."""
    return [f"stale: {name} at version {read} after {written}" for name, written, read in reads if read < written]


def list_leaks(shown: Mapping[str, str], canaries: Mapping[str, str]) -> list[str]:
    """C7: canaries, by whose they are, in what was shown to somebody else."""
    return [
        f"{who} was shown {canary!r} of {owner}"
        for who, text in shown.items()
        for owner, canary in canaries.items()
        if owner != who and canary in text
    ]


def list_chain_breaks(numbers: Sequence[int], broken_at: int | None) -> list[str]:
    """C8: an audit trail with a broken hash, or whose entries, by their numbers in order, have holes."""
    faults = [] if broken_at is None else [f"the audit trail is broken at {broken_at}"]
    return faults + [
        f"entry {before} is followed by {after}" for before, after in pairwise(numbers) if after != before + 1
    ]
