"""The pages in a real browser: by keyboard alone, without scripts, in light and dark, in two languages."""

import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page, async_playwright

from tests.journeys.people import PASSWORD, Someone
from tests.journeys.programs import Program
from tests.journeys.stack import Stack, running

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]
CHROMIUM = shutil.which("chromium")
SHOTS = os.environ.get("TASKYARD_TEST_SCREENSHOTS")
"""A folder in which to look at what was seen."""
Scheme = Literal["light", "dark"]
LEAST_CONTRAST = 4.5
CONTRASTS = """() => {
    const light = (c) => {
        const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const parse = (text) => text.match(/[\\d.]+/g).map(Number)
    const ground = (node) => {
        for (; node; node = node.parentElement) {
            const color = parse(getComputedStyle(node).backgroundColor)
            if (color.length < 4 || color[3] > 0) return color.slice(0, 3)
        }
        return [255, 255, 255]
    }
    const says = (node) => [...node.childNodes].some((child) => child.nodeValue?.trim())
    const seen = [...document.querySelectorAll('main *')].filter(says)
    return seen.map((n) => {
        const [a, b] = [light(parse(getComputedStyle(n).color).slice(0, 3)), light(ground(n))].sort((x, y) => y - x)
        return (a + 0.05) / (b + 0.05)
    })
}"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if CHROMIUM is None:
        assert not os.environ.get("TASKYARD_TEST_REQUIRE_TOOLS"), "chromium is not installed"
        pytest.skip("there is no Chromium here")
    with running(Stack(tmp_path_factory.mktemp("browser") / "home", "one", limits="off")) as stack:
        yield stack


@asynccontextmanager
async def a_page(scheme: Scheme = "light", **options: Any) -> AsyncIterator[Page]:
    """An empty page of a browser that reports everything it does not like."""
    complaints: list[str] = []
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
        context = await browser.new_context(color_scheme=scheme, **options)
        page = await context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        await browser.close()
    refusals = [text for text in complaints if "Failed to load resource" not in text]  # a 401 is one
    assert not refusals


async def look(page: Page, name: str) -> None:
    """What must hold of every page: a language, one heading, labels for all fields, and enough contrast."""
    assert await page.locator("html").get_attribute("lang") in {"en", "de"}
    assert await page.locator("h1").count() == 1
    assert await page.title() != ""
    for field in await page.locator("input:not([type=hidden])").all():
        assert await page.locator(f"label[for={await field.get_attribute('id')}]").count() == 1
    contrasts = await page.evaluate(CONTRASTS)
    assert min(contrasts) >= LEAST_CONTRAST, f"{name}: {contrasts}"
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


async def type_in(page: Page, *words: str) -> None:
    """Fill in a form by the keyboard: the first field has the focus already."""
    await page.locator("main :focus").wait_for()
    for place, word in enumerate(words):
        if place:
            await page.keyboard.press("Tab")
        await page.keyboard.type(word)
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_person_allows_a_program_by_keyboard(stack: Stack, scheme: Scheme, *, scripts: bool) -> None:
    ann = Someone(stack, "Ann")
    program = Program(ann, name="Wallboard", redirect_uris=["http://127.0.0.1/live"])
    question = program.question(
        redirect_uri=f"{stack.url}/live"
    )  # another origin than the pages, which are on localhost
    url = str(program.client.build_request("GET", "/oauth/authorize", params=question).url)
    async with a_page(scheme, java_script_enabled=scripts) as page:
        await page.goto(url.replace("127.0.0.1", "localhost", 1))
        name = f"{scheme}-{'scripts' if scripts else 'plain'}"
        if scripts:
            await look(page, f"sign-in-{name}")
        await type_in(page, ann.email, "not the right password")
        await page.get_by_role("alert").wait_for()
        if scripts:
            await look(page, f"wrong-{name}")
        await type_in(page, PASSWORD)
        await page.get_by_role("heading", name="Allow Wallboard").wait_for()
        if scripts:
            await look(page, f"consent-{name}")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile(rf"{stack.url}/live\?code="))
        assert "state=a+state" in page.url
    program.close()
    ann.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_person_signs_in_a_device_and_out_on_a_telephone(stack: Stack, scheme: Scheme) -> None:
    ann = Someone(stack, "Ann")
    device = Program(ann, name="Fernseher", grant_types=["urn:ietf:params:oauth:grant-type:device_code"])
    codes = device.post("device_authorization", scope="openid offline_access").json()
    options = {"locale": "de-AT", "viewport": {"width": 320, "height": 640}}
    async with a_page(scheme, **options) as page:
        await page.goto(codes["verification_uri_complete"])
        await look(page, f"anmelden-{scheme}")
        await type_in(page, ann.email, PASSWORD)
        await page.get_by_label("Code des Geräts").wait_for()
        await look(page, f"code-{scheme}")
        await type_in(page)
        await page.get_by_role("button", name="Erlauben", exact=True).wait_for()
        await look(page, f"gerät-{scheme}")
        await page.get_by_role("button", name="Erlauben", exact=True).press("Enter")
        await page.get_by_role("heading", name="Ihr Gerät ist angemeldet").wait_for()
        await look(page, f"fertig-{scheme}")
        await page.goto(f"http://localhost:{stack.port}/oauth/sign-out")
        await type_in(page)
        await page.get_by_role("heading", name="Abgemeldet").wait_for()
        await look(page, f"abgemeldet-{scheme}")
    device.close()
    ann.close()


async def test_a_page_elsewhere_cannot_use_the_cookie(stack: Stack) -> None:
    ann = Someone(stack, "Ann")
    home = f"http://localhost:{stack.port}"
    async with a_page() as page:
        await page.goto(f"{home}/oauth/sign-in")
        await type_in(page, ann.email, PASSWORD)
        await page.get_by_role("heading", name="Signed in").wait_for()
        form = f'<form method="post" action="{home}/oauth/sign-out"><button>Win</button></form>'
        await page.route("http://evil.localhost:1/**", lambda route: route.fulfill(body=form, content_type="text/html"))
        await page.goto("http://evil.localhost:1/")
        await page.get_by_role("button").click()
        await page.goto(f"{home}/oauth/sign-in")
        await page.get_by_role("heading", name="Signed in").wait_for()
    ann.close()
