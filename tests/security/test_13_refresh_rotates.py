"""13: a refresh token has one successor, and none after signing out."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.journeys.people import Someone
from tests.security.conftest import Target

NewPerson = Callable[[str], Someone]


def test_parallel_refreshes_get_one_successor(target: Target, someone: NewPerson) -> None:
    body = {"refresh_token": someone("Ann").sign_in()["refresh_token"]}

    with target.client() as client, ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: client.post("/api/v1/auth/refresh", json=body), range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


def test_signing_out_ends_both_tokens(target: Target, someone: NewPerson) -> None:
    ann = someone("Ann")
    tokens = ann.sign_in()

    ann.post("/auth/logout", status=204)

    time.sleep(1)  # every process hears of it within a second
    ann.get("/me", status=401)
    with target.client() as client:
        answer = client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_refresh_token")


def test_tokens_are_not_given_for_reading(target: Target) -> None:
    with target.client() as client:
        assert {client.get(f"/api/v1/auth/{way}").status_code for way in ("login", "refresh")} == {405}
