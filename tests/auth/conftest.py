"""The auth service behind its own door: who asks is found out from the token, as in a process of its own."""

from collections.abc import AsyncIterator
from functools import partial
from ipaddress import ip_network
from typing import Any
from uuid import uuid4

import httpx
import pytest

from taskyard.auth.actions.api_keys import KeyHoldersOfAuth, KeySecrets
from taskyard.auth.actions.factor_keys import FactorKeys
from taskyard.auth.actions.federation import discovery
from taskyard.auth.actions.federation.desk import FederationDesk
from taskyard.auth.actions.letters import letter_desk
from taskyard.auth.actions.passwords import PasswordHasher
from taskyard.auth.actions.relying_party import RelyingParty
from taskyard.auth.actions.signing_keys import SigningKeys
from taskyard.auth.models import AddressPolicy
from taskyard.auth.pages import HANDLERS as PAGES
from taskyard.auth.pages.forms import Forms
from taskyard.auth.pages.provided import SignInDesk, SignUps
from taskyard.auth.queries.demands import find_demanding_workspace
from taskyard.auth.routes import HANDLERS
from taskyard.kit.asgi import App, Receive, Scope, Send
from taskyard.kit.browsers import BrowserSessions
from taskyard.kit.credentials import Credentials
from taskyard.kit.cursors import CursorSigner
from taskyard.kit.database import Database
from taskyard.kit.door import ServiceDoor
from taskyard.kit.http import build_service
from taskyard.kit.identity import Identity
from taskyard.kit.keys import Keys, service_key
from taskyard.kit.outbound import Boundary
from taskyard.kit.principal import PRINCIPAL, Principal
from tests.auth.federation import Federated, federating

ISSUER = "http://localhost:3000"
LOOPBACK = ip_network("127.0.0.0/8")
PASSWORD = "correct horse battery staple"


class CountingHasher(PasswordHasher):
    """The real hasher, which counts what reaches it."""

    verified = 0

    async def verify(self, password_hash: str | None, password: str) -> bool:
        self.verified += 1
        return await super().verify(password_hash, password)


class Auth:
    """The service, and what a test looks at beside its answers."""

    def __init__(
        self,
        database: Database,
        signing: SigningKeys,
        *,
        registration: str = "open",
        client_registration: bool = True,
        gateway: Database | None = None,
        verifies: bool = False,
    ) -> None:
        self.database = database
        self.signing = signing
        self.hasher = CountingHasher()
        self.factors = FactorKeys(Keys(b"k" * 32))
        self.desk = letter_desk(Keys(b"k" * 32), ISSUER)
        self.revocations = 0
        secrets = KeySecrets(b"pepper", "test")
        self.holders = KeyHoldersOfAuth(database, secrets)
        self.api_keys = Credentials(self.holders.open_api_key)
        party = RelyingParty(Keys(b"k" * 32), public_url=ISSUER)
        forms = Forms(b"f" * 32, public_url=ISSUER)
        browsers = BrowserSessions(gateway, public_url=ISSUER) if gateway else None
        self.identity = Identity(database, issuer=ISSUER, service="auth", browsers=browsers, api_keys=self.api_keys)
        policy = AddressPolicy(is_on=verifies)
        sign_ups = SignUps(registration, policy, self.desk.seals)
        self.federation = FederationDesk(Keys(b"k" * 32), Boundary([LOOPBACK]), public_url=ISSUER)
        self.app = build_service(
            title="auth",
            handlers=[*HANDLERS, *PAGES],
            provided={
                "database": database,
                "cursors": CursorSigner(b"k" * 32),
                "hasher": self.hasher,
                "factors": self.factors,
                "relying_party": party,
                "signing": signing,
                "key_secrets": secrets,
                "issuer": ISSUER,
                "federation": self.federation,
                "forms": forms,
                "desk": SignInDesk(forms, party, self.federation, sign_ups),
                "revocations": self._revoked,
                "registration": registration,
                "client_registration": client_registration,
                "seals": self.desk.seals,
                "verification": policy,
            },
            find_demand=partial(find_demanding_workspace, database),
        )
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=ServiceDoor(self.app, self.identity)),
            base_url="http://test",
        )

    def _revoked(self) -> None:
        self.revocations += 1
        self.identity.hint()

    async def post(self, path: str, body: object = None, token: str = "", **headers: str) -> httpx.Response:
        return await self.send("POST", path, body, token, **headers)

    async def send(
        self, method: str, path: str, body: object = None, token: str = "", **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            named["authorization"] = f"Bearer {token}"
        return await self.client.request(method, f"/api/v1{path}", json=body, headers=named)

    async def send_as(self, principal: Principal | None, method: str, path: str, body: object = None) -> httpx.Response:
        """A request whose sender the gateway has found out in this process."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=_as(self.app, principal))) as client:
            return await client.request(method, f"http://test/api/v1{path}", json=body)

    async def register(self, name: str = "Ada") -> dict[str, Any]:
        body = {"email": f"{name.lower()}-{uuid4().hex[:8]}@example.com", "password": PASSWORD, "name": name}
        answer = await self.post("/auth/register", body)
        assert answer.status_code == 201, answer.text
        person: dict[str, Any] = answer.json()
        return person

    async def sign_in(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        answer = await self.post("/auth/login", {"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def someone(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """A new person, and the tokens of their first session."""
        person = await self.register()
        return person, await self.sign_in(person["email"])

    async def close(self) -> None:
        await self.client.aclose()
        await self.federation.close()
        await self.hasher.close()


async def issue(auth: Auth, token: str, **fields: Any) -> dict[str, Any]:
    """A new API key, with its secret."""
    answer = await auth.post("/api-keys", {"name": "Deploy", "scopes": ["account:read"], **fields}, token)
    assert answer.status_code == 201, answer.text
    key: dict[str, Any] = answer.json()
    return key


async def uses(auth: Auth, secret: str) -> int:
    """The status of a look at the account with an API key, once every change of it is known."""
    await auth.identity.refresh()
    return (await auth.send("GET", "/me", x_api_key=secret)).status_code


def _as(app: App, principal: Principal | None) -> App:
    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, PRINCIPAL: principal}, receive, send)

    return asked


@pytest.fixture
async def signing(databases: dict[str, Database], master_key: bytes) -> SigningKeys:
    keys = SigningKeys(databases["auth"], Keys(service_key(master_key, "auth")))
    await keys.prepare()
    return keys


@pytest.fixture
async def auth(databases: dict[str, Database], signing: SigningKeys) -> AsyncIterator[Auth]:
    service = Auth(databases["auth"], signing, gateway=databases["gateway"])
    await databases["owner"].execute("DELETE FROM auth.login_attempts")
    yield service
    await service.close()


@pytest.fixture
async def acme(auth: Auth) -> AsyncIterator[Federated]:
    """A provider that runs and is set up."""
    async with federating(auth) as federated:
        yield federated


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Providers are asked about themselves each time."""
    monkeypatch.setattr(discovery, "REMEMBERED_SECONDS", -1.0)
