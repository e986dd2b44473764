"""28: whoever uses up an account's attempts does not lock its owner's own device out."""

from collections.abc import Callable

import httpx

from tests.journeys.people import PASSWORD, Someone
from tests.security.conftest import Target

NewPerson = Callable[[str], Someone]


def give(target: Target, email: str, password: str, device: str = "") -> httpx.Response:
    headers = {"X-Device-Token": device} if device else {}
    with target.client(**headers) as client:
        return client.post("/api/v1/auth/login", json={"email": email, "password": password})


def test_a_known_device_signs_in_while_a_stranger_guesses(target: Target, someone: NewPerson) -> None:
    ann = someone("Ann")
    device = ann.sign_in()["device_token"]
    for _ in range(11):  # two windows of the budget can meet within the test
        if give(target, ann.email, "not the right one").status_code == 429:
            break
    else:
        raise AssertionError("guesses were never refused")

    assert give(target, ann.email, PASSWORD, device).status_code == 200


def test_a_made_up_device_is_no_way_around(target: Target, someone: NewPerson) -> None:
    ann, bob = someone("Ann"), someone("Bob")
    other = bob.sign_in()["device_token"]

    statuses = [give(target, ann.email, "not the right one", device).status_code for device in ("x", other) * 8]

    assert statuses.count(401) <= 10
    assert 429 in statuses
