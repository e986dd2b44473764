"""A person's browser at the gateway: keeps cookies, fills in forms, says where its requests come from."""

import re
from html import unescape

import httpx

from tests.journeys.people import PASSWORD
from tests.journeys.stack import RemoteStack

SAME_ORIGIN = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form on a page that hides its referrer."""
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_COOKIE = re.compile(r"(?:__Host-)?taskyard-session=([^;]*)")


class Browser:
    """One browser."""

    def __init__(self, stack: RemoteStack) -> None:
        self.client = stack.client()
        self._stack = stack

    def get(self, path: str, **query: str) -> httpx.Response:
        """Look at a page."""
        return self.client.get(path, params=query or None)

    def send(self, page: httpx.Response, path: str, **fields: str) -> httpx.Response:
        """Send the form of a page."""
        return self.client.post(path, data={**hidden_fields(page), **fields}, headers=SAME_ORIGIN)

    def sign_in(self, email: str, return_to: str = "") -> httpx.Response:
        """Sign in by the page."""
        page = self.get("/oauth/sign-in", **({"return_to": return_to} if return_to else {}))
        answer = self.send(page, "/oauth/sign-in", email=email, password=PASSWORD)
        self._stack.secrets.update(filter(None, _COOKIE.findall(answer.headers.get("set-cookie", ""))))
        return answer

    @property
    def cookie(self) -> str:
        """The session cookie as a header carries it."""
        return f"taskyard-session={self.client.cookies['taskyard-session']}"

    def close(self) -> None:
        """Close the browser."""
        self.client.close()


def hidden_fields(page: httpx.Response) -> dict[str, str]:
    """What a form sends along unseen."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}
