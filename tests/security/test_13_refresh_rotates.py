"""13: a refresh token has one successor, and none after signing out."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import asyncpg

from tests.journeys.people import Someone
from tests.journeys.scanner import owner_url
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


def test_a_token_that_comes_back_later_ends_the_session_and_is_audited(target: Target, someone: NewPerson) -> None:
    ann = someone("Ann")
    stolen = ann.sign_in()["refresh_token"]
    with target.client() as client:
        heir = client.post("/api/v1/auth/refresh", json={"refresh_token": stolen}).json()
        asyncio.run(_let_time_pass(target))
        replayed = client.post("/api/v1/auth/refresh", json={"refresh_token": stolen})
        assert (replayed.status_code, replayed.json()["code"]) == (401, "refresh_token_reused")
        time.sleep(1)  # every process hears of it within a second
        headers = {"Authorization": f"Bearer {heir['access_token']}"}
        assert client.get("/api/v1/me", headers=headers).status_code == 401
        assert client.post("/api/v1/auth/refresh", json={"refresh_token": heir["refresh_token"]}).status_code == 401
    del ann.client.headers["Authorization"]
    ann.sign_in()
    _wait_until_audited(ann, "session.revoked.v1")


async def _let_time_pass(target: Target) -> None:
    """More of it than a client has to repeat a lost answer."""
    connection = await asyncpg.connect(owner_url(target.home))
    try:
        await connection.execute("UPDATE auth.refresh_tokens SET used_at = used_at - interval '1 minute'")
    finally:
        await connection.close()


def _wait_until_audited(person: Someone, kind: str) -> None:
    deadline = time.monotonic() + 20
    while kind not in [entry["type"] for entry in person.get("/audit")["items"]]:
        assert time.monotonic() < deadline, f"{kind} is not in the trail"
        time.sleep(0.2)
