"""Credentials that only their issuer can read: asked about once, and again when something may have changed."""

import asyncio
from datetime import timedelta

import pytest

from taskyard.kit import clock
from taskyard.kit.credentials import REMEMBERED_SECONDS, AddressNotAllowed, Credentials, Opened
from taskyard.kit.principal import Principal


class Issuer:
    """Knows one credential, and counts how often it is asked."""

    def __init__(self, *networks: str, expires_at: int | None = None) -> None:
        self.asked = 0
        self.at_once = self.most_at_once = 0
        principal = Principal(id="ann", credential_id="key", session_id="session", expires_at=expires_at)
        self.opened = Opened(principal=principal, version=1, networks=networks)

    async def open(self, *, credential: str) -> Opened | None:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return self.opened if credential == "right" else None


async def test_the_issuer_is_asked_once() -> None:
    issuer = Issuer()
    credentials = Credentials(issuer.open)
    found = [await credentials.find("right", "192.0.2.1") for _ in range(3)]
    assert found == [issuer.opened.principal] * 3
    assert issuer.asked == 1


async def test_what_opens_nothing_is_nobody_and_not_remembered() -> None:
    issuer = Issuer()
    credentials = Credentials(issuer.open)
    assert [await credentials.find("wrong", "192.0.2.1") for _ in range(2)] == [None, None]
    assert issuer.asked == 2


async def test_whoever_invents_credentials_waits_in_line() -> None:
    issuer = Issuer()
    credentials = Credentials(issuer.open)
    await asyncio.gather(*(credentials.find(f"wrong {n}", "192.0.2.1") for n in range(40)))
    assert issuer.most_at_once == 8


@pytest.mark.parametrize("revoked", ["key", "session"])
async def test_a_revoked_one_is_nobody_at_once(revoked: str) -> None:
    credentials = Credentials(Issuer().open)
    assert await credentials.find("right", "192.0.2.1")
    credentials.revoked = frozenset({revoked})
    assert await credentials.find("right", "192.0.2.1") is None


async def test_a_changed_one_is_asked_about_again() -> None:
    issuer = Issuer()
    credentials = Credentials(issuer.open)
    await credentials.find("right", "192.0.2.1")
    credentials.versions = {"key": 1}
    await credentials.find("right", "192.0.2.1")
    assert issuer.asked == 1
    credentials.versions = {"key": 2}
    issuer.opened = Opened(principal=Principal(id="ann", credential_id="key", scopes=frozenset()), version=2)
    assert await credentials.find("right", "192.0.2.1") == issuer.opened.principal
    assert issuer.asked == 2


async def test_one_that_was_seen_long_ago_is_asked_about_again() -> None:
    issuer = Issuer()
    credentials = Credentials(issuer.open)
    await credentials.find("right", "192.0.2.1")
    clock.travel(timedelta(seconds=REMEMBERED_SECONDS + 1))
    await credentials.find("right", "192.0.2.1")
    assert issuer.asked == 2


async def test_an_expired_one_is_nobody() -> None:
    credentials = Credentials(Issuer(expires_at=int(clock.now().timestamp()) + 60).open)
    assert await credentials.find("right", "192.0.2.1")
    clock.travel(timedelta(seconds=61))
    assert await credentials.find("right", "192.0.2.1") is None


@pytest.mark.parametrize("address", ["192.0.2.77", "2001:db8::1", "::ffff:192.0.2.5"])
async def test_it_may_be_used_from_its_networks(address: str) -> None:
    credentials = Credentials(Issuer("192.0.2.0/24", "2001:db8::/32").open)
    assert await credentials.find("right", address)


@pytest.mark.parametrize("address", ["198.51.100.1", "2001:db9::1", "", "nowhere"])
async def test_it_may_not_be_used_from_elsewhere(address: str) -> None:
    credentials = Credentials(Issuer("192.0.2.0/24", "2001:db8::/32").open)
    with pytest.raises(AddressNotAllowed):
        await credentials.find("right", address)


async def test_what_is_forgotten_while_it_is_asked_about_is_not_remembered() -> None:
    issuer = Issuer()
    credentials = Credentials(issuer.open)
    asked = asyncio.ensure_future(credentials.find("right", "192.0.2.1"))
    await asyncio.sleep(0)
    credentials.forget()
    await asked
    await credentials.find("right", "192.0.2.1")
    assert issuer.asked == 2


async def test_uses_are_told_once() -> None:
    credentials = Credentials(Issuer().open)
    for _ in range(3):
        await credentials.find("right", "192.0.2.1")
    assert credentials.take_uses() == ["key"]
    assert credentials.take_uses() == []


async def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.kit.credentials._CACHE_SIZE", 1)
    issuer = Issuer()

    async def anything(*, credential: str) -> Opened | None:
        return await issuer.open(credential="right") if credential else None

    credentials = Credentials(anything)
    for credential in ("a", "b", "a"):
        await credentials.find(credential, "192.0.2.1")
    assert issuer.asked == 3
