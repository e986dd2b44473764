"""18: a device waits for somebody's word, politely, and for one answer. Its ten minutes are tested in tests/auth."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.journeys.programs import Program

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def device(make_app: Callable[..., Program]) -> Program:
    made = make_app(grant_types=[DEVICE], redirect_uris=[])
    made.browser.sign_in(made.owner.email)
    return made


def poll(device: Program, codes: dict[str, Any]) -> httpx.Response:
    return device.post("token", grant_type=DEVICE, device_code=codes["device_code"])


def decide(device: Program, codes: dict[str, Any], decision: str) -> None:
    page = device.browser.get("/oauth/device", user_code=codes["user_code"])
    page = device.browser.send(page, "/oauth/device", user_code=codes["user_code"])
    device.browser.send(page, "/oauth/device/decision", decision=decision)


def test_a_device_waits_and_is_answered_once(device: Program) -> None:
    codes = device.post("device_authorization", scope="openid").json()
    errors = [poll(device, codes).json()["error"] for _ in range(2)]
    assert errors == ["authorization_pending", "slow_down"]
    decide(device, codes, "allow")
    assert poll(device, codes).status_code == 200
    assert poll(device, codes).json()["error"] == "invalid_grant"


def test_a_device_that_was_refused_gets_nothing(device: Program) -> None:
    codes = device.post("device_authorization").json()
    decide(device, codes, "deny")
    assert poll(device, codes).json()["error"] == "access_denied"


def test_codes_are_guessed_five_times(device: Program) -> None:
    codes = device.post("device_authorization").json()
    page = device.browser.get("/oauth/device")
    guesses = [device.browser.send(page, "/oauth/device", user_code=f"BBBB-BBB{c}").status_code for c in "BCDFGH"]
    assert guesses == [404] * 5 + [429]
    assert device.browser.send(page, "/oauth/device", user_code=codes["user_code"]).status_code == 429
