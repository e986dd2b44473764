"""People with an authenticator app, and what their phone shows."""

from base64 import b32decode
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from taskyard.auth.actions import totp
from taskyard.kit import clock
from tests.auth.conftest import PASSWORD, Auth


def code_of(seed: bytes, *, steps: int = 0) -> str:
    """What an app shows now, or some steps before or after."""
    return totp.code_at(seed, int(clock.now().timestamp()) // totp.STEP_SECONDS + steps)


async def begin(auth: Auth, tokens: dict[str, Any]) -> bytes:
    answer = await auth.post("/me/mfa/totp", token=tokens["access_token"])
    assert answer.status_code == 201, answer.text
    return b32decode(answer.json()["secret"])


async def confirm(auth: Auth, tokens: dict[str, Any], code: str) -> httpx.Response:
    return await auth.post("/me/mfa/totp/confirm", {"code": code}, tokens["access_token"])


class Protected(msgspec.Struct):
    """Somebody whose account asks for a second factor."""

    auth: Auth
    id: str
    email: str
    token: str
    seed: bytes
    recovery_codes: list[str]

    async def begin_sign_in(self) -> str:
        """Give the password; the token to go on with."""
        answer = await self.auth.post("/auth/login", {"email": self.email, "password": PASSWORD})
        assert (answer.status_code, answer.json()["mfa_required"]) == (200, True), answer.text
        return str(answer.json()["mfa_token"])

    async def give_code(self, mfa_token: str, code: str) -> httpx.Response:
        return await self.auth.post("/auth/mfa/totp", {"mfa_token": mfa_token, "code": code})

    async def recover(self, code: str) -> httpx.Response:
        mfa_token = await self.begin_sign_in()
        return await self.auth.post("/auth/mfa/recovery", {"mfa_token": mfa_token, "code": code})


async def with_totp(auth: Auth) -> Protected:
    """A new person whose app is proved, half a minute ago: its present code has not been used."""
    person, tokens = await auth.someone()
    seed = await begin(auth, tokens)
    answer = await confirm(auth, tokens, code_of(seed))
    assert answer.status_code == 200, answer.text
    clock.travel(timedelta(seconds=30))
    codes = answer.json()["recovery_codes"]
    return Protected(auth, person["id"], person["email"], tokens["access_token"], seed, codes)
