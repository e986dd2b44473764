"""The documentation page in a real browser, where one is installed: no error, and a request tried out is answered."""

import base64
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from taskyard.contracts.documentation import CLIENT_ID
from tests.journeys.people import PASSWORD, Someone
from tests.journeys.stack import Stack, running

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.async_api", reason="the browser's driver is not installed")
CHROMIUM = shutil.which("chromium")


def note(complaints: list[str], message: Any) -> None:
    """Keep what a browser complains of; that Swagger UI has a field for a secret outside a form is only remarked."""
    if message.type != "verbose":
        complaints.append(message.text)


async def try_it_out(page: Any) -> str:
    """What the page shows as the answer to a request for oneself."""
    await page.locator("#operations-tag-Account").click()
    profile = page.locator(".opblock-get:has([data-path='/api/v1/me'])")
    await profile.locator(".opblock-summary-control").click()
    await profile.locator(".try-out__btn").click()
    await profile.locator(".execute").click()
    answer: str = await profile.locator(".live-responses-table .highlight-code").first.inner_text()
    return answer


@asynccontextmanager
async def authorizing(url: str, complaints: list[str]) -> AsyncIterator[Any]:
    """The page with its dialog for credentials open; what it complains of is noted."""
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
        page = await browser.new_page()
        page.on("console", lambda message: note(complaints, message))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url)
        await page.locator(".auth-wrapper .authorize").click()
        yield page
        await browser.close()


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
async def test_person_allows_the_page_to_act_for_them(tmp_path: Path) -> None:
    complaints: list[str] = []
    with running(Stack(tmp_path / "home", "one")) as stack:
        ada = Someone(stack, "Ada")
        async with authorizing(f"http://localhost:{stack.port}/api/docs", complaints) as page:
            form = page.locator(".auth-container", has_text="authorizationCode")
            async with page.expect_popup() as opened:
                await form.locator("button.authorize").click()
            asked = await opened.value
            await asked.locator("input[type=email]").fill(ada.email)
            await asked.locator("input[type=password]").fill(PASSWORD)
            await asked.keyboard.press("Enter")
            await asked.get_by_role("heading", name="Allow Taskyard API documentation").wait_for()
            assert await asked.get_by_role("note").count() == 0  # nobody has to vouch for our own page
            async with asked.expect_event("close"):
                await asked.locator("button[value=allow]").click()
            await form.locator("button", has_text="Logout").wait_for()
            await page.locator(".btn-done").first.click()
            async with page.expect_request("**/api/v1/me") as sent:
                answer = await try_it_out(page)
            said = (await (await sent.value).all_headers())["authorization"]
        ada.close()
    assert ada.email in answer
    claims = msgspec.json.decode(base64.urlsafe_b64decode(said.split(".")[1] + "=="))
    assert (claims["client_id"], "account:read" in claims["scope"]) == (CLIENT_ID, True)
    assert not complaints


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_person_tries_a_request_out(tmp_path: Path, host: str) -> None:
    complaints: list[str] = []
    with running(Stack(tmp_path / "home", "one")) as stack:
        ada = Someone(stack, "Ada")
        async with authorizing(f"http://{host}:{stack.port}/api/docs", complaints) as page:
            bearer = page.locator(".auth-container", has=page.locator("#auth-bearer-value"))
            await bearer.locator("input").fill(ada.client.headers["Authorization"].split()[1])
            await bearer.locator("button.authorize").click()
            await page.locator(".btn-done").first.click()
            answer = await try_it_out(page)
        ada.close()
    assert ada.email in answer
    assert not complaints
