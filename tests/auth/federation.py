"""A deployment whose administrator has set up a provider, and people who sign in by it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from taskyard.auth.actions.users import set_administrator
from tests.journeys.openid_provider import BACK, OpenIdProvider, providing

if TYPE_CHECKING:
    from tests.auth.conftest import Auth


class Federated:
    """A provider that is set up, and the administrator who did it."""

    def __init__(self, auth: "Auth", provider: OpenIdProvider, token: str) -> None:
        self.auth, self.provider, self.token = auth, provider, token
        self.id = ""

    async def set_up(self, **fields: Any) -> dict[str, Any]:
        """Register the provider."""
        answer = await self.auth.post("/identity-providers", self.provider.body(**fields), self.token)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        self.id = made["id"]
        return made

    async def change(self, **fields: Any) -> httpx.Response:
        """Change the provider."""
        return await self.auth.send("PATCH", f"/identity-providers/{self.id}", fields, self.token, if_match="*")

    async def begin(self) -> dict[str, Any]:
        """What a program is told that begins to sign somebody in."""
        answer = await self.auth.post(f"/auth/federated/{self.provider.name}/begin", {"redirect_uri": BACK})
        assert answer.status_code == 200, answer.text
        begun: dict[str, Any] = answer.json()
        return begun

    async def sign_in(self, subject: str, **claims: Any) -> httpx.Response:
        """Sign in by the API as somebody whom the provider knows."""
        begun = await self.begin()
        return await self.bring(begun, self.provider.answer(begun["authorization_url"], subject, **claims))

    async def bring(self, begun: dict[str, Any], answer: dict[str, str]) -> httpx.Response:
        """Bring back what the provider answered."""
        body = {**answer, "flow_token": begun["flow_token"]}
        return await self.auth.post(f"/auth/federated/{self.provider.name}", body)


async def administrator(auth: "Auth") -> str:
    """The token of somebody who runs the deployment."""
    person, tokens = await auth.someone()
    async with auth.database.transaction() as tx:
        assert await set_administrator(tx, person["email"], is_granted=True)
    return str(tokens["access_token"])


@asynccontextmanager
async def federating(auth: "Auth", **fields: Any) -> AsyncIterator[Federated]:
    """A provider that runs and is set up."""
    with providing(f"acme-{uuid4().hex[:8]}") as provider:
        federated = Federated(auth, provider, await administrator(auth))
        await federated.set_up(**fields)
        yield federated


def newcomer() -> str:
    """A subject nobody had before."""
    return f"ada{uuid4().hex[:10]}"
