"""31, 32: one-time codes are good for once, guesses are few, a seed is never told again; recovery codes likewise."""

import time
from base64 import b32decode
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from taskyard.auth.actions import totp
from tests.journeys.people import PASSWORD, Someone
from tests.security.conftest import Target

NewPerson = Callable[[str], Someone]


class Protected:
    """Somebody with an authenticator app, and whoever has their password."""

    def __init__(self, target: Target, person: Someone) -> None:
        self.target = target
        self.person = person
        self.secret: str = person.post("/me/mfa/totp")["secret"]
        codes = person.post("/me/mfa/totp/confirm", {"code": self.code()}, status=200)
        self.recovery_codes: list[str] = codes["recovery_codes"]

    def code(self, steps: int = 0) -> str:
        """What the app shows, or will some steps later."""
        return totp.code_at(b32decode(self.secret), int(time.time()) // totp.STEP_SECONDS + steps)

    def begin(self) -> str:
        """Give the password; the token to go on with."""
        with self.target.client() as client:
            answer = client.post("/api/v1/auth/login", json={"email": self.person.email, "password": PASSWORD})
        assert "access_token" not in answer.json()
        return str(answer.json()["mfa_token"])

    def go_on(self, mfa_token: str, code: str, way: str = "totp") -> httpx.Response:
        """Give a code."""
        with self.target.client() as client:
            return client.post(f"/api/v1/auth/mfa/{way}", json={"mfa_token": mfa_token, "code": code})


@pytest.fixture
def ann(target: Target, someone: NewPerson) -> Protected:
    return Protected(target, someone("Ann"))


def test_a_code_given_many_times_at_once_signs_in_once(ann: Protected) -> None:
    tokens, code = [ann.begin() for _ in range(10)], ann.code(steps=1)

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda token: ann.go_on(token, code), tokens))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 9}
    assert ann.go_on(ann.begin(), code).status_code == 401


def test_the_code_that_proved_the_app_is_used_up(ann: Protected) -> None:
    codes = {ann.code(), ann.code(-1)}
    assert {ann.go_on(ann.begin(), code).status_code for code in codes} == {401}


def test_the_sixth_wrong_code_ends_the_sign_in(ann: Protected) -> None:
    near = {ann.code(steps) for steps in range(-3, 5)}
    wrong = next(code for code in (f"{number:06}" for number in range(20)) if code not in near)
    token = ann.begin()

    codes = [ann.go_on(token, wrong).json()["code"] for _ in range(6)]

    assert codes == ["invalid_code"] * 5 + ["sign_in_ended"]
    late = ann.go_on(token, ann.code(steps=1))
    assert (late.status_code, late.json()["code"]) == (401, "invalid_mfa_token")


def test_a_seed_is_not_told_again(ann: Protected) -> None:
    state = ann.person.get("/me/mfa")
    again = ann.person.client.post("/api/v1/me/mfa/totp")

    assert set(state) == {"totp_confirmed_at", "recovery_codes_left"}
    assert (again.status_code, ann.secret in again.text) == (409, False)


def test_a_recovery_code_is_good_for_once(ann: Protected) -> None:
    code = ann.recovery_codes[0]
    tokens = [ann.begin() for _ in range(5)]

    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(lambda token: ann.go_on(token, code, "recovery"), tokens))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 4}
    events = ann.person.get("/events", after=0, limit=200)["items"]
    assert [event["type"] for event in events].count("recovery_code.used.v1") == 1
