"""People with an authenticator app, as clients see them."""

import time
from base64 import b32decode
from copy import copy

import httpx

from taskyard.auth.actions import totp
from tests.journeys.people import PASSWORD, Someone


class Protected:
    """Somebody with an authenticator app, and whoever has their password."""

    def __init__(self, person: Someone) -> None:
        self.person = person
        self.secret: str = person.post("/me/mfa/totp")["secret"]
        codes = person.post("/me/mfa/totp/confirm", {"code": self.code()}, status=200)
        self.recovery_codes: list[str] = codes["recovery_codes"]

    def code(self, steps: int = 0) -> str:
        """What the app shows, or will some steps later."""
        return code_of(self.secret, steps)

    def begin(self) -> str:
        """Give the password; the token to go on with."""
        with self.person.stack.client() as client:
            answer = client.post("/api/v1/auth/login", json={"email": self.person.email, "password": PASSWORD})
        assert "access_token" not in answer.json()
        return str(answer.json()["mfa_token"])

    def go_on(self, mfa_token: str, code: str, way: str = "totp") -> httpx.Response:
        """Give a code."""
        with self.person.stack.client() as client:
            return client.post(f"/api/v1/auth/mfa/{way}", json={"mfa_token": mfa_token, "code": code})


def code_of(secret: str, steps: int = 0) -> str:
    """What an app with this secret shows, or will some steps later."""
    return totp.code_at(b32decode(secret), int(time.time()) // totp.STEP_SECONDS + steps)


def with_second_factor(person: Someone) -> Someone:
    """The same person, signed in once more with a second factor; what they had stays signed in without one."""
    protected, strong = Protected(person), copy(person)
    strong.client = person.stack.client()
    answer = protected.go_on(protected.begin(), protected.code(1))
    assert answer.status_code == httpx.codes.OK, answer.text
    strong.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return strong
