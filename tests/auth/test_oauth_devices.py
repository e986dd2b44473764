"""Devices without a browser: they show a code, and somebody decides elsewhere."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from taskyard.auth.actions.oauth.devices import GUESSES, plain
from taskyard.kit import clock
from tests.auth.conftest import Auth
from tests.auth.oauth_client import Owner, Program, an_owner, claims_of
from tests.auth.visitor import Visitor, text_of

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
async def scene(auth: Auth) -> AsyncIterator[Owner]:
    async with an_owner(auth) as owner:
        yield owner


async def device_of(scene: Owner) -> Program:
    """A program on a device without a browser."""
    return await scene.program(
        grant_types=[DEVICE, "refresh_token"], redirect_uris=[], token_endpoint_auth_method="none"
    )


async def poll(device: Program, codes: dict[str, Any]) -> httpx.Response:
    return await device.post("token", grant_type=DEVICE, device_code=codes["device_code"])


async def decide(visitor: Visitor, user_code: str, decision: str = "allow") -> httpx.Response:
    page = await visitor.send(await visitor.get("/oauth/device"), "/oauth/device", user_code=user_code)
    return await visitor.send(page, "/oauth/device/decision", decision=decision)


async def test_a_device_is_signed_in_elsewhere(scene: Owner) -> None:
    device = await device_of(scene)
    codes = (await device.post("device_authorization", scope="openid offline_access")).json()
    assert codes["verification_uri_complete"].endswith(f"/oauth/device?user_code={codes['user_code']}")
    assert (await poll(device, codes)).json()["error"] == "authorization_pending"
    page = await scene.visitor.send(
        await scene.visitor.get("/oauth/device"), "/oauth/device", user_code=codes["user_code"].lower()
    )
    assert "An app" in text_of(page)
    assert codes["user_code"] in page.text.upper()
    done = await scene.visitor.send(page, "/oauth/device/decision", decision="allow")
    assert "Your device is signed in" in text_of(done)
    tokens = (await poll(device, codes)).json()
    assert (await claims_of(scene.auth, tokens["id_token"]))["sub"] == scene.person["id"]
    assert (await poll(device, codes)).json()["error"] == "invalid_grant"
    await scene.visitor.send(await scene.visitor.get("/oauth/sign-out"), "/oauth/sign-out")
    assert (await device.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_device_is_refused(scene: Owner) -> None:
    device = await device_of(scene)
    codes = (await device.post("device_authorization")).json()
    done = await decide(scene.visitor, codes["user_code"], "deny")
    assert "not signed in" in text_of(done)
    assert (await poll(device, codes)).json()["error"] == "access_denied"
    assert (await decide(scene.visitor, codes["user_code"])).status_code in {403, 404}


async def test_a_device_that_asks_too_often_must_ask_less(scene: Owner) -> None:
    device = await device_of(scene)
    codes = (await device.post("device_authorization")).json()
    assert [(await poll(device, codes)).json()["error"] for _ in range(2)] == ["authorization_pending", "slow_down"]
    clock.travel(timedelta(seconds=6))
    assert (await poll(device, codes)).json()["error"] == "slow_down"
    clock.travel(timedelta(seconds=16))
    assert (await poll(device, codes)).json()["error"] == "authorization_pending"


async def test_a_device_waits_ten_minutes(scene: Owner) -> None:
    device, other = await device_of(scene), await device_of(scene)
    codes = (await device.post("device_authorization")).json()
    page = await scene.visitor.send(
        await scene.visitor.get("/oauth/device"), "/oauth/device", user_code=codes["user_code"]
    )
    assert (await poll(other, codes)).json()["error"] == "invalid_grant"
    clock.travel(timedelta(minutes=10, seconds=1))
    assert (await poll(device, codes)).json()["error"] == "expired_token"
    assert (await scene.visitor.send(page, "/oauth/device/decision", decision="allow")).status_code == 404


async def test_codes_of_devices_are_guessed_five_times_at_most(scene: Owner) -> None:
    device = await device_of(scene)
    codes = (await device.post("device_authorization")).json()
    page = await scene.visitor.get("/oauth/device")
    for _ in range(GUESSES):
        answer = await scene.visitor.send(page, "/oauth/device", user_code="BBBB-BBBB")
        assert (answer.status_code, "No device waits" in text_of(answer)) == (404, True)
    answer = await scene.visitor.send(page, "/oauth/device", user_code=codes["user_code"])
    assert answer.status_code == 429
    clock.travel(timedelta(minutes=5))
    assert (await scene.visitor.send(page, "/oauth/device", user_code=codes["user_code"])).status_code == 200


async def test_the_code_of_a_device_is_typed_after_signing_in(auth: Auth, scene: Owner) -> None:
    stranger = Visitor(auth)
    answer = await stranger.get("/oauth/device", user_code="BBBB-CCCC")
    assert "user_code" in answer.headers["location"]
    page = await stranger.get("/oauth/sign-in")
    for path in ("/oauth/device", "/oauth/device/decision"):
        assert (await stranger.send(page, path, user_code="x")).status_code == 403
    await stranger.close()
    assert 'value="BBBB-CCCC"' in (await scene.visitor.get("/oauth/device", user_code="BBBB-CCCC")).text
    assert plain(" bbbb-cccc ") == "BBBBCCCC"
