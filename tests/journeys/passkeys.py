"""People with a passkey, as clients see them."""

import json
from typing import Any

import httpx

from tests.journeys.authenticator import Authenticator
from tests.journeys.people import PASSWORD, Someone


class Keeper:
    """Somebody with a passkey on a device, and a browser that asks nobody."""

    def __init__(self, person: Someone) -> None:
        self.person = person
        self.device = Authenticator(origin_of(person))
        registered = person.post("/me/passkeys", new_passkey(person, self.device))
        self.passkey_id: str = registered["id"]

    def options(self, path: str = "/auth/passkey/options", body: Any = None) -> Any:
        """What there is to sign."""
        return self._send(path, body).json()

    def begin(self) -> str:
        """Give the password; the token to go on with."""
        answer = self._send("/auth/login", {"email": self.person.email, "password": PASSWORD})
        return str(answer.json()["mfa_token"])

    def sign_in(self, credential: dict[str, Any]) -> httpx.Response:
        """Sign in with what the device signed."""
        return self._send("/auth/passkey", {"credential": credential})

    def _send(self, path: str, body: Any) -> httpx.Response:
        with self.person.stack.client() as client:
            return client.post(f"/api/v1{path}", json=body)


def new_passkey(person: Someone, device: Authenticator, **client: Any) -> dict[str, Any]:
    """What registers a passkey that a device makes."""
    options = person.post("/me/passkeys/options", status=200)
    return {"name": "Telephone", "credential": device.create(options, **client)}


def register(person: Someone, credential: str) -> Any:
    """Register what a browser made, as it wrote it."""
    return person.post("/me/passkeys", {"name": "Browser", "credential": json.loads(credential)})


def origin_of(person: Someone) -> str:
    """The site as browsers know it: the public address."""
    return str(person.client.get("/.well-known/openid-configuration").json()["issuer"])
