"""A program that acts for people by OAuth, at the door of the auth service."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.auth.conftest import ISSUER, Auth
from tests.auth.visitor import Visitor

CALLBACK = "https://app.example/callback"
SCOPE = "openid profile email offline_access tasks:read"


class Program:
    """A registered client, confidential unless it is said otherwise."""

    def __init__(self, auth: Auth, client_id: str, secret: str | None) -> None:
        self.auth = auth
        self.id = client_id
        self.secret = secret
        self.verifier = secrets.token_urlsafe(48)

    def question(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "state": "a state",
            "nonce": "a nonce",
            "code_challenge": urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (parameters | changes).items() if value is not None}

    async def allowed_by(self, visitor: Visitor, **changes: str | None) -> dict[str, str]:
        """What comes back when a signed-in person allows everything."""
        answer = await visitor.get("/oauth/authorize", **self.question(**changes))
        if answer.status_code == httpx.codes.OK:
            answer = await visitor.send(answer, "/oauth/consent", decision="allow")
        return answer_of(answer)

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Ask an endpoint, proving who it is in the way it was registered with."""
        if self.secret is None:
            return await self.auth.client.post(f"/oauth/{path}", data={"client_id": self.id, **fields})
        return await self.auth.client.post(f"/oauth/{path}", data=fields, auth=(self.id, self.secret))

    async def redeem(self, code: str, **changes: str) -> httpx.Response:
        """Exchange a code."""
        fields = {"code": code, "redirect_uri": CALLBACK, "code_verifier": self.verifier, **changes}
        return await self.post("token", **{"grant_type": "authorization_code", **fields})

    async def refresh(self, token: str, **changes: str) -> httpx.Response:
        """Exchange a refresh token."""
        return await self.post("token", grant_type="refresh_token", refresh_token=token, **changes)

    async def tokens_from(self, visitor: Visitor, **changes: str | None) -> dict[str, Any]:
        """Tokens for what a signed-in person allows."""
        answer = await self.redeem((await self.allowed_by(visitor, **changes))["code"])
        assert answer.status_code == httpx.codes.OK, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


async def program(auth: Auth, token: str, **fields: Any) -> Program:
    """A program that somebody registered."""
    body = {"name": "An app", "redirect_uris": [CALLBACK], "scopes": SCOPE.split(), **fields}
    answer = await auth.post("/oauth-clients", body, token)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return Program(auth, answer.json()["id"], answer.json()["client_secret"])


def answer_of(answer: httpx.Response) -> dict[str, str]:
    """What a redirect to the client says; it must be one, and say who answers."""
    assert answer.status_code in {302, 303}, answer.text
    location = answer.headers["location"]
    assert location.startswith(f"{CALLBACK}?"), location
    values = dict(parse_qsl(urlsplit(location).query))
    assert values.pop("iss") == ISSUER
    return values


async def claims_of(auth: Auth, token: str) -> dict[str, Any]:
    """The claims of a token, checked by the published keys."""
    keys = KeySet.import_key_set((await auth.client.get("/.well-known/jwks.json")).json())
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


class Owner(msgspec.Struct):
    """A person who owns programs, and a browser in which they are signed in."""

    auth: Auth
    person: dict[str, Any]
    token: str
    visitor: Visitor

    async def program(self, **fields: Any) -> Program:
        """Another program of theirs."""
        return await program(self.auth, self.token, **fields)

    async def robot(self, **fields: Any) -> Program:
        """A program that acts for itself."""
        return await self.program(grant_types=["client_credentials"], redirect_uris=[], **fields)


@asynccontextmanager
async def an_owner(auth: Auth) -> AsyncIterator[Owner]:
    """Somebody who owns programs."""
    person, tokens = await auth.someone()
    visitor = Visitor(auth)
    await visitor.sign_in(person["email"])
    yield Owner(auth, person, tokens["access_token"], visitor)
    await visitor.close()
