"""The documentation page in a real browser, where one is installed: no error, and a request tried out is answered."""

import shutil
from pathlib import Path

import pytest

from tests.journeys.people import Someone
from tests.journeys.stack import Stack, running

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.async_api", reason="the browser's driver is not installed")
CHROMIUM = shutil.which("chromium")


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_person_tries_a_request_out(tmp_path: Path, host: str) -> None:
    complaints: list[str] = []
    with running(Stack(tmp_path / "home", "one")) as stack:
        ada = Someone(stack, "Ada")
        async with playwright.async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
            page = await browser.new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            await page.goto(f"http://{host}:{stack.port}/api/docs")
            await page.locator(".auth-wrapper .authorize").click()
            await page.locator(".auth-container input").fill(ada.client.headers["Authorization"].split()[1])
            await page.locator(".auth-container button.authorize").click()
            await page.locator(".btn-done").click()
            await page.locator("#operations-tag-Account").click()
            profile = page.locator(".opblock-get:has([data-path='/api/v1/me'])")
            await profile.locator(".opblock-summary-control").click()
            await profile.locator(".try-out__btn").click()
            await profile.locator(".execute").click()
            answer = await profile.locator(".live-responses-table .highlight-code").first.inner_text()
            await browser.close()
        ada.close()
    assert ada.email in answer
    assert not complaints
