"""Sealed secrets: opened by the same key for the same purpose, and by nothing else."""

import secrets

import pytest

from taskyard.kit.sealing import SealBroken, Sealer

SECRET = b"a seed of twenty byte"


def test_what_was_sealed_is_opened_again() -> None:
    sealer = Sealer(secrets.token_bytes(32))
    sealed = sealer.seal(SECRET, "row 1")
    assert sealer.open(sealed, "row 1") == SECRET
    assert SECRET not in sealed
    assert sealer.seal(SECRET, "row 1") != sealed


def test_what_is_shared_with_somebody_opens_with_their_secret_only() -> None:
    sealer = Sealer(secrets.token_bytes(32))
    sealed = sealer.shared_with("theirs").seal(SECRET, "row 1")
    assert sealer.shared_with("theirs").open(sealed, "row 1") == SECRET
    for other in (sealer, sealer.shared_with("another's")):
        with pytest.raises(SealBroken):
            other.open(sealed, "row 1")


def test_a_changed_or_moved_or_foreign_seal_is_broken() -> None:
    sealer = Sealer(secrets.token_bytes(32))
    sealed = sealer.seal(SECRET, "row 1")
    for bad in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", b"x" * 5):
        with pytest.raises(SealBroken):
            sealer.open(bad, "row 1")
    with pytest.raises(SealBroken):
        sealer.open(sealed, "row 2")
    with pytest.raises(SealBroken):
        Sealer(secrets.token_bytes(32)).open(sealed, "row 1")
