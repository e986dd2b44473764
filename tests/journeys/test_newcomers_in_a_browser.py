"""Newcomers in a real browser: invited by mail, signed up by keyboard without scripts, and then with a passkey."""

import asyncio
from uuid import uuid4

import pytest

from tests.journeys.mailbox import link_in, wait_for_mail
from tests.journeys.people import PASSWORD, Someone
from tests.journeys.stack import Stack
from tests.journeys.test_pages_in_a_browser import Scheme, a_page, look, stack, type_in
from tests.journeys.test_passkeys_in_a_browser import plug_in

__all__ = ["stack"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


def invited(stack: Stack, ann: Someone, email: str) -> str:
    """Where the mail of an invitation leads."""
    workspace = ann.post("/workspaces", {"name": "Acme", "slug": f"w{uuid4().hex[:12]}"})["id"]
    ann.post(f"/workspaces/{workspace}/members", {"email": email, "role": "member"}, 202)
    return link_in(wait_for_mail(stack.home, email, "Ann invites you to Acme on Taskyard"))


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_invited_sign_up_by_keyboard(stack: Stack, scheme: Scheme, *, scripts: bool) -> None:
    ann, email = Someone(stack, "Ann"), f"late-{uuid4().hex}@example.com"
    link = await asyncio.to_thread(invited, stack, ann, email)
    async with a_page(scheme, java_script_enabled=scripts) as page:
        await page.goto(link)
        if scripts:
            await look(page, f"sign-up-{scheme}")
        assert await page.get_by_label("E-mail address").input_value() == email
        await type_in(page, "Late", "", "password password")
        await page.get_by_role("alert").wait_for()
        if scripts:
            await look(page, f"sign-up-wrong-{scheme}")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Signed in").wait_for()
        assert await page.get_by_text(f"You are signed in as Late ({email}).").count() == 1
    ann.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_newcomer_adds_a_passkey_and_signs_in_with_it(stack: Stack, scheme: Scheme) -> None:
    home = f"http://localhost:{stack.port}"
    async with a_page(scheme) as page:
        await plug_in(page)
        await page.goto(f"{home}/oauth/sign-in")
        await page.get_by_role("link", name="No account yet? Sign up").press("Enter")
        await type_in(page, "Bo", f"bo-{uuid4().hex}@example.com", PASSWORD)
        await page.get_by_role("link", name="Passkeys").press("Enter")
        await look(page, f"passkeys-{scheme}")
        await page.get_by_role("button", name="Add a passkey").press("Enter")
        await page.get_by_role("heading", name="Keep your recovery codes").wait_for()
        await look(page, f"recovery-codes-{scheme}")
        await page.get_by_role("link", name="I have kept them").press("Enter")
        await page.get_by_role("listitem").get_by_text("Passkey").wait_for()
        await page.context.clear_cookies()
        await page.goto(f"{home}/oauth/sign-in")
        await page.get_by_role("button", name="Use a passkey").press("Enter")
        await page.get_by_role("heading", name="Signed in").wait_for()


async def test_without_scripts_the_page_says_what_it_takes(stack: Stack) -> None:
    ann = Someone(stack, "Ann")
    async with a_page(java_script_enabled=False) as page:
        await page.goto(f"http://localhost:{stack.port}/oauth/sign-in?return_to=/oauth/passkeys")
        await type_in(page, ann.email, PASSWORD)
        await page.get_by_text("Adding a passkey takes JavaScript").wait_for()
        assert not await page.get_by_role("button", include_hidden=True).is_visible()
    ann.close()
