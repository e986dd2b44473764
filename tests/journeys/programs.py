"""Programs that act for people by OAuth, as their clients would."""

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.journeys.browser import Browser
from tests.journeys.people import Someone

CALLBACK = "https://app.example/callback"
SCOPE = "openid offline_access tasks:read"


class Program:
    """A client that somebody registered, with a browser in which they are signed in."""

    def __init__(self, owner: Someone, **fields: Any) -> None:
        body = {"name": "App", "redirect_uris": [CALLBACK], "scopes": SCOPE.split(), **fields}
        body = {"token_endpoint_auth_method": "client_secret_post"} | body
        made = owner.post("/oauth-clients", body)
        self.owner = owner
        self.id: str = made["id"]
        self.proof = {"client_id": self.id} | ({"client_secret": s} if (s := made["client_secret"]) else {})
        self.verifier = secrets.token_urlsafe(48)
        self.client = owner.stack.client()
        self.browser = Browser(owner.stack)

    def question(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        challenge = urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "state": "a state",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (parameters | changes).items() if value is not None}

    def ask(self, **changes: str | None) -> httpx.Response:
        """Send the person's browser with a request."""
        return self.browser.get("/oauth/authorize", **self.question(**changes))

    def code(self, **changes: str | None) -> str:
        """A code, for the person allows everything."""
        if "taskyard-session" not in self.browser.client.cookies:
            self.browser.sign_in(self.owner.email)
        answer = self.ask(**changes)
        if answer.status_code == httpx.codes.OK:
            answer = self.browser.send(answer, "/oauth/consent", decision="allow")
        return answer_of(answer)["code"]

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Ask an endpoint as this client."""
        return self.client.post(f"/oauth/{path}", data={**self.proof, **fields})

    def redeem(self, code: str, **changes: str) -> httpx.Response:
        """Exchange a code."""
        fields = {"code": code, "redirect_uri": CALLBACK, "code_verifier": self.verifier, **changes}
        return self.post("token", **{"grant_type": "authorization_code", **fields})

    def refresh(self, token: str, **changes: str) -> httpx.Response:
        """Exchange a refresh token."""
        return self.post("token", grant_type="refresh_token", refresh_token=token, **changes)

    def tokens(self, **changes: str | None) -> dict[str, Any]:
        """Tokens for what the person allows."""
        answer = self.redeem(self.code(**changes))
        assert answer.status_code == httpx.codes.OK, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def wait_for_revocation(self) -> None:
        """Until every process must have heard of what was revoked."""
        time.sleep(1)

    def close(self) -> None:
        """Hang up."""
        self.client.close()
        self.browser.close()


def answer_of(answer: httpx.Response) -> dict[str, str]:
    """What a redirect to the client says."""
    location = answer.headers["location"]
    assert location.startswith(f"{CALLBACK}?"), location
    return dict(parse_qsl(urlsplit(location).query))
