"""26: whether somebody has an account is told by no answer, and by no time: known and unknown cost the same.

Time is compared by what costs it, hashes and statements, because a clock on a busy machine tells nothing.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from taskyard.auth.actions.signing_keys import SigningKeys
from taskyard.kit.database import Database
from tests.auth.conftest import PASSWORD, Auth

NOBODY = "nobody-at-all@example.com"
WRONG = {"password": "not the password at all"}


class Costs:
    """What requests cost: hashes and statements."""

    def __init__(self, auth: Auth, statements: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.auth = auth
        self.hashes = 0
        self._statements = statements
        for name in ("hash", "verify"):
            monkeypatch.setattr(auth.hasher, name, self._counting(getattr(auth.hasher, name)))

    async def of(self, path: str, body: dict[str, Any]) -> tuple[Any, int, int]:
        """The answer to a request without what differs anyway, its hashes, and its statements."""
        self._statements.clear()
        self.hashes = 0
        answer = await self.auth.post(path, body)
        told = {**answer.json(), "trace_id": ""} if answer.content else None
        return (answer.status_code, told), self.hashes, len(self._statements)

    def _counting(self, work: Any) -> Any:
        async def counted(*args: Any) -> Any:
            self.hashes += 1
            return await work(*args)

        return counted


@pytest.fixture
async def verifying(databases: dict[str, Database], signing: SigningKeys) -> AsyncIterator[Auth]:
    service = Auth(databases["auth"], signing, verifies=True)
    await databases["owner"].execute("DELETE FROM auth.login_attempts")
    yield service
    await service.close()


async def test_signing_in(auth: Auth, statements: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    person, costs = await auth.register(), Costs(auth, statements, monkeypatch)
    known = await costs.of("/auth/login", {"email": person["email"], **WRONG})
    unknown = await costs.of("/auth/login", {"email": NOBODY, **WRONG})
    assert known == unknown
    assert known[1] == 1


async def test_asking_for_a_new_password(auth: Auth, statements: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    person, costs = await auth.register(), Costs(auth, statements, monkeypatch)
    known = await costs.of("/auth/password/forgot", {"email": person["email"]})
    assert known == await costs.of("/auth/password/forgot", {"email": NOBODY})


async def test_registering(verifying: Auth, statements: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    person, costs = await verifying.register(), Costs(verifying, statements, monkeypatch)
    body = {"password": PASSWORD, "name": "Ada"}
    known = await costs.of("/auth/register", {"email": person["email"], **body})
    unknown = await costs.of("/auth/register", {"email": NOBODY, **body})
    assert known[1:] == unknown[1:]
    assert known[0][0] == unknown[0][0]
    assert set(known[0][1]) == set(unknown[0][1])
