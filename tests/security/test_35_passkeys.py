"""35: a passkey signs in on its own site, once per challenge, counting upwards, and with its owner before it."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.journeys.authenticator import Authenticator
from tests.journeys.passkeys import Keeper, new_passkey, origin_of
from tests.journeys.people import Someone

NewPerson = Callable[[str], Someone]
EVIL = "http://evil.example"


@pytest.fixture
def ann(someone: NewPerson) -> Keeper:
    return Keeper(someone("Ann"))


def audited(person: Someone, count: int) -> int:
    """How many refusals the audit trail has, once it has as many as it should, or some time has passed."""
    deadline = time.monotonic() + 20
    while True:
        types = [entry["type"] for entry in person.get("/audit", limit=200)["items"]]
        if types.count("passkey.refused.v1") >= count or time.monotonic() > deadline:
            return types.count("passkey.refused.v1")
        time.sleep(0.2)


def test_the_owner_signs_in(ann: Keeper) -> None:
    answer = ann.sign_in(ann.device.sign(ann.options()))

    assert answer.status_code == 200
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert ann.person.client.get("/api/v1/me", headers=headers).json()["id"] == ann.person.id


@pytest.mark.parametrize("client", [{"origin": EVIL}, {"challenge": "AAAA"}, {"type": "webauthn.create"}])
def test_what_was_signed_for_another_is_refused_and_audited(ann: Keeper, client: dict[str, Any]) -> None:
    refused = ann.sign_in(ann.device.sign(ann.options(), **client))

    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_passkey")
    if "challenge" not in client:  # without a challenge of ours nobody is looked up
        assert audited(ann.person, 1) == 1


def test_a_challenge_is_answered_once(ann: Keeper) -> None:
    options = ann.options()
    answers = [ann.device.sign(options) for _ in range(6)]

    with ThreadPoolExecutor(6) as threads:
        statuses = Counter(answer.status_code for answer in threads.map(ann.sign_in, answers))

    assert statuses == {200: 1, 401: 5}
    assert audited(ann.person, 5) == 5


def test_a_copy_that_counts_behind_is_refused_and_audited(ann: Keeper) -> None:
    assert ann.sign_in(ann.device.sign(ann.options())).status_code == 200
    ann.device.counter -= 1

    assert ann.sign_in(ann.device.sign(ann.options())).status_code == 401
    assert audited(ann.person, 1) == 1


def test_a_device_that_asked_nobody_is_refused_and_audited(ann: Keeper) -> None:
    ann.device.is_verified = False

    assert ann.sign_in(ann.device.sign(ann.options())).status_code == 401
    assert audited(ann.person, 1) == 1


def test_what_was_made_elsewhere_is_not_registered_and_audited(someone: NewPerson) -> None:
    bob = someone("Bob")
    unverified = Authenticator(origin_of(bob))
    unverified.is_verified = False

    bodies = [new_passkey(bob, Authenticator(EVIL)), new_passkey(bob, unverified)]
    refused = [bob.client.post("/api/v1/me/passkeys", json=body) for body in bodies]

    assert [answer.json()["code"] for answer in refused] == ["passkey_refused"] * 2
    assert bob.get("/me/passkeys")["items"] == []
    assert audited(bob, 2) == 2
