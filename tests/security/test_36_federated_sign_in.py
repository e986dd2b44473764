"""36: who signs in by an identity provider is known by issuer and subject, never by an address; nothing else fits."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.journeys.administrators import grant
from tests.journeys.openid_provider import BACK, OpenIdProvider, providing
from tests.journeys.people import Someone
from tests.security.conftest import Target

NewPerson = Callable[[str], Someone]


class Elsewhere:
    """A provider that the target signs people in by."""

    def __init__(self, provider: OpenIdProvider, boss: Someone) -> None:
        self.provider, self.boss = provider, boss
        boss.post("/identity-providers", provider.body())
        self.path = f"/auth/federated/{provider.name}"

    def begin(self) -> dict[str, Any]:
        begun: dict[str, Any] = self.boss.post(f"{self.path}/begin", {"redirect_uri": BACK}, status=200)
        return begun

    def sign_in(self, subject: str, *, bring: dict[str, str] | None = None, **claims: Any) -> httpx.Response:
        begun = self.begin()
        answer = self.provider.answer(begun["authorization_url"], subject, **claims)
        body = {**answer, "flow_token": begun["flow_token"], **(bring or {})}
        return self.boss.client.post(f"/api/v1{self.path}", json=body)


@pytest.fixture
def elsewhere(target: Target, someone: NewPerson) -> Iterator[Elsewhere]:
    boss = someone("Boss")
    grant(target.home, boss.email)
    with providing(f"acme{uuid4().hex[:8]}") as provider:
        yield Elsewhere(provider, boss)


def test_an_address_opens_nobody_s_account(elsewhere: Elsewhere, someone: NewPerson) -> None:
    ann = someone("Ann")
    answer = elsewhere.sign_in("mallory", email=ann.email)
    assert (answer.status_code, answer.json()["code"]) == (409, "identity_not_linked")


def test_an_account_stays_its_subject_s_when_addresses_wander(elsewhere: Elsewhere) -> None:
    ada = elsewhere.sign_in("ada", email="ada@acme.example").json()
    elsewhere.sign_in("ada", email="married@acme.example")
    taken = elsewhere.sign_in("eve", email="ada@acme.example")
    assert "access_token" in ada
    assert taken.json()["code"] == "identity_not_linked"


@pytest.mark.parametrize(
    "wrong",
    [
        {"bring": {"state": "another"}},
        {"bring": {"iss": "https://elsewhere.example"}},
        {"bring": {"flow_token": "another"}},
        {"nonce": "another"},
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
    ],
)
def test_what_does_not_fit_signs_nobody_in(elsewhere: Elsewhere, wrong: dict[str, Any]) -> None:
    answer = elsewhere.sign_in("ada", **wrong)
    assert (answer.status_code, answer.json()["code"]) == (401, "identity_refused")
