"""26, 27, 29: guesses are few, tell nothing, and do not hold up those who know."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.journeys.people import PASSWORD, Someone
from tests.security.conftest import Target

NewPerson = Callable[[str], Someone]
LOGIN = "/api/v1/auth/login"


def test_an_unknown_address_is_answered_as_a_wrong_password(target: Target, someone: NewPerson) -> None:
    wrong = {"email": someone("Ann").email, "password": "not the password at all"}
    with target.client() as client:
        known = client.post(LOGIN, json=wrong)
        unknown = client.post(LOGIN, json={**wrong, "email": "nobody-at-all@example.com"})

    assert known.status_code == unknown.status_code == 401
    assert {**known.json(), "trace_id": ""} == {**unknown.json(), "trace_id": ""}


def test_of_many_parallel_guesses_five_are_looked_at(target: Target, someone: NewPerson) -> None:
    body = {"email": someone("Ann").email, "password": "not the password at all"}

    def guess(_: int) -> tuple[int, bool]:
        with target.client() as client:
            answer = client.post(LOGIN, json=body)
        return answer.status_code, "Retry-After" in answer.headers

    with ThreadPoolExecutor(30) as threads:
        answers = Counter(threads.map(guess, range(30)))

    # Two windows of the budget can meet within the test.
    assert set(answers) == {(401, False), (429, True)}
    assert answers[401, False] in {5, 10}


def test_twenty_parallel_sign_ins_of_one_person_all_succeed(target: Target, someone: NewPerson) -> None:
    body = {"email": someone("Ann").email, "password": PASSWORD}

    def sign_in(_: int) -> int:
        with target.client() as client:
            return client.post(LOGIN, json=body).status_code

    with ThreadPoolExecutor(20) as threads:
        assert set(threads.map(sign_in, range(20))) == {200}


def test_a_slash_at_the_end_is_no_way_around_the_limit(target: Target) -> None:
    with target.client() as client:
        answers = [client.post(LOGIN + end, json={"email": "a@example.com", "password": "x"}) for end in ("", "/")]

    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"sign_in";q=30;w=60'}
