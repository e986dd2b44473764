"""Hashing threads give way to the event loop, where the system can tell threads apart."""

import pytest

from taskyard.auth.actions import passwords


@pytest.mark.parametrize(("platform", "lowered"), [("linux", 1), ("darwin", 0)])
def test_only_threads_are_given_less_priority(monkeypatch: pytest.MonkeyPatch, platform: str, lowered: int) -> None:
    calls: list[tuple[int, ...]] = []
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr("os.setpriority", lambda *words: calls.append(words))
    passwords._yield_to_others()
    assert len(calls) == lowered
