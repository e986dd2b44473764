"""A person's browser: keeps cookies, fills in forms, and follows where it is sent."""

import re
from html import unescape

import httpx

from taskyard.kit.door import ServiceDoor
from tests.auth.conftest import ISSUER, PASSWORD, Auth

SAME_ORIGIN = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form on a page that hides its referrer."""
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Visitor:
    """One browser at the door of the auth service."""

    def __init__(self, auth: Auth) -> None:
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=ServiceDoor(auth.app, auth.identity)), base_url=ISSUER
        )

    async def get(self, path: str, **query: str) -> httpx.Response:
        """Look at a page."""
        return await self.client.get(path, params=query or None)

    async def send(self, page: httpx.Response, path: str, **fields: str) -> httpx.Response:
        """Send the form of a page, its hidden fields and these."""
        return await self.post(path, {**hidden_fields(page), **fields})

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form as a browser does."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, data=fields, headers={**SAME_ORIGIN, **named})

    async def sign_in(self, email: str, password: str = PASSWORD, return_to: str = "") -> httpx.Response:
        """Sign in by the page; what the browser is answered."""
        query = {"return_to": return_to} if return_to else {}
        page = await self.get("/oauth/sign-in", **query)
        return await self.send(page, "/oauth/sign-in", email=email, password=password)

    @property
    def session(self) -> str | None:
        """The value of the session cookie."""
        return self.client.cookies.get("taskyard-session")

    async def close(self) -> None:
        """Close the browser."""
        await self.client.aclose()


def hidden_fields(page: httpx.Response) -> dict[str, str]:
    """What a form sends along unseen."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}


def text_of(page: httpx.Response) -> str:
    """What a person reads on a page."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<(style|title)>.*?</\1>|<[^>]+>", " ", page.text, flags=re.DOTALL)))
