"""Passkeys in a real browser, with a device that the browser pretends to have."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import CDPSession, Page

from tests.journeys.passkeys import register
from tests.journeys.people import PASSWORD, Someone
from tests.journeys.stack import Stack
from tests.journeys.test_pages_in_a_browser import a_page, look, stack, type_in

__all__ = ["stack"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
CREATE = """async (options) => JSON.stringify(await navigator.credentials.create(
    { publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }))"""


async def plug_in(page: Page) -> tuple[CDPSession, str]:
    """Give the browser a device; how it is told about it."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    added = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return devtools, str(added["authenticatorId"])


async def make_passkey(page: Page, ann: Someone) -> Any:
    """Let the browser make a passkey for somebody, and register it."""
    options = await asyncio.to_thread(ann.post, "/me/passkeys/options", None, 200)
    return await asyncio.to_thread(register, ann, await page.evaluate(CREATE, options))


async def test_a_person_signs_in_with_a_passkey_alone_and_after_the_password(stack: Stack) -> None:
    ann, home = Someone(stack, "Ann"), f"http://localhost:{stack.port}"
    async with a_page() as page:
        await plug_in(page)
        await page.goto(f"{home}/oauth/sign-in")
        await make_passkey(page, ann)
        await page.reload()
        await look(page, "sign-in-passkey")
        await page.get_by_role("button", name="Use a passkey").press("Enter")
        await page.get_by_role("heading", name="Signed in").wait_for()
        await page.context.clear_cookies()
        await page.goto(f"{home}/oauth/sign-in")
        await type_in(page, ann.email, PASSWORD)
        await page.get_by_role("heading", name="Confirm that it is you").wait_for()
        await look(page, "code-passkey")
        await page.get_by_role("button", name="Use a passkey").press("Enter")
        await page.get_by_role("heading", name="Signed in").wait_for()
    ann.close()


async def test_a_device_that_does_not_know_its_owner_signs_nobody_in(stack: Stack) -> None:
    ann, home = Someone(stack, "Ann"), f"http://localhost:{stack.port}"
    async with a_page() as page:
        devtools, device = await plug_in(page)
        await page.goto(f"{home}/oauth/sign-in")
        await make_passkey(page, ann)
        await devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
        await page.reload()
        await page.get_by_role("button", name="Use a passkey").press("Enter")
        await page.locator("#passkey[data-refused]").wait_for(state="attached")
        await page.goto(f"{home}/oauth/sign-in")
        assert await page.get_by_role("heading", name="Signed in").count() == 0
    ann.close()


async def test_without_scripts_there_is_no_button(stack: Stack) -> None:
    async with a_page(java_script_enabled=False) as page:
        await page.goto(f"http://localhost:{stack.port}/oauth/sign-in")
        assert not await page.get_by_role("button", name="Use a passkey", include_hidden=True).is_visible()
