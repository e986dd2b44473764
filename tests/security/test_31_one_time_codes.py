"""31, 32: one-time codes are good for once, guesses are few, a seed is never told again; recovery codes likewise."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.journeys.factors import Protected
from tests.journeys.people import Someone

NewPerson = Callable[[str], Someone]


@pytest.fixture
def ann(someone: NewPerson) -> Protected:
    return Protected(someone("Ann"))


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

    assert set(state) == {"totp_confirmed_at", "recovery_codes_left", "passkeys"}
    assert (again.status_code, ann.secret in again.text) == (409, False)


def test_a_recovery_code_is_good_for_once(ann: Protected) -> None:
    code = ann.recovery_codes[0]
    tokens = [ann.begin() for _ in range(5)]

    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(lambda token: ann.go_on(token, code, "recovery"), tokens))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 4}
    events = ann.person.get("/events", after=0, limit=200)["items"]
    assert [event["type"] for event in events].count("recovery_code.used.v1") == 1
