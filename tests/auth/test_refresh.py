"""Refresh tokens: they change with every use, and using one twice ends the session."""

import asyncio
from datetime import timedelta

import httpx

from taskyard.kit import clock
from taskyard.kit.database import Database
from tests.auth.conftest import Auth


async def refresh(auth: Auth, token: str) -> httpx.Response:
    return await auth.post("/auth/refresh", {"refresh_token": token})


async def test_a_refresh_token_is_exchanged_for_a_new_pair(auth: Auth) -> None:
    person, tokens = await auth.someone()
    answer = await refresh(auth, tokens["refresh_token"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    renewed = answer.json()
    assert renewed["refresh_token"] != tokens["refresh_token"]
    me = await auth.send("GET", "/me", token=renewed["access_token"])
    assert me.json()["id"] == person["id"]


async def test_the_same_token_within_ten_seconds_gets_the_same_successor(auth: Auth) -> None:
    _, tokens = await auth.someone()
    answers = await asyncio.gather(*(refresh(auth, tokens["refresh_token"]) for _ in range(10)))
    assert [answer.status_code for answer in answers] == [200] * 10
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_a_token_used_again_later_ends_the_session(auth: Auth) -> None:
    _, tokens = await auth.someone()
    successor = (await refresh(auth, tokens["refresh_token"])).json()
    clock.travel(timedelta(seconds=11))
    stolen = await refresh(auth, tokens["refresh_token"])
    assert (stolen.status_code, stolen.json()["code"]) == (401, "refresh_token_reused")
    assert auth.revocations == 1
    after = await refresh(auth, successor["refresh_token"])
    assert (after.status_code, after.json()["code"]) == (401, "invalid_refresh_token")
    await auth.identity.refresh()
    assert (await auth.send("GET", "/me", token=successor["access_token"])).status_code == 401


async def test_reuse_is_told_to_the_owner_alone(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    await refresh(auth, tokens["refresh_token"])
    clock.travel(timedelta(seconds=11))
    await refresh(auth, tokens["refresh_token"])
    events = await databases["owner"].fetch(
        "SELECT type, version, data->>'reason' FROM log.events WHERE audience_id = $1 ORDER BY id", person["id"]
    )
    assert [tuple(event) for event in events] == [
        ("person.registered.v1", 1, None),
        ("session.started.v1", 1, None),
        ("session.revoked.v1", 2, "refresh_token_reused"),
    ]


async def test_an_idle_session_ends_after_thirty_days(auth: Auth) -> None:
    _, tokens = await auth.someone()
    clock.travel(timedelta(days=30, seconds=1))
    assert (await refresh(auth, tokens["refresh_token"])).json()["code"] == "invalid_refresh_token"


async def test_a_session_in_use_ends_after_ninety_days(auth: Auth) -> None:
    _, tokens = await auth.someone()
    for _ in range(4):
        clock.travel(timedelta(days=22))
        answer = await refresh(auth, tokens["refresh_token"])
        assert answer.status_code == 200
        tokens = answer.json()
    clock.travel(timedelta(days=3))
    assert (await refresh(auth, tokens["refresh_token"])).status_code == 401


async def test_unknown_tokens_are_refused(auth: Auth) -> None:
    _, tokens = await auth.someone()
    for token in ("nonsense", tokens["access_token"][:200], "\x00", tokens["refresh_token"][:-1]):
        answer = await refresh(auth, token)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_refresh_token")
    for body in ({}, {"refresh_token": ""}, {"refresh_token": "x" * 201}, {"refresh_token": "x", "more": 1}):
        assert (await auth.post("/auth/refresh", body)).status_code == 422


async def test_a_disabled_person_gets_no_more_tokens(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    await databases["owner"].execute("UPDATE auth.people SET disabled_at = $2 WHERE id = $1", person["id"], clock.now())
    assert (await refresh(auth, tokens["refresh_token"])).status_code == 401
