"""Signing in with a password: guesses are few, answers tell nothing, right passwords always get through."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from argon2 import extract_parameters

from taskyard.auth.actions.login_attempts import PER_ACCOUNT, PER_NETWORK, _network
from taskyard.auth.actions.passwords import _DUMMY_HASH, PasswordHasher
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.door import ServiceDoor
from taskyard.kit.problems import Unavailable
from tests.auth.conftest import PASSWORD, Auth

WRONG = "not the right password"


async def test_a_person_signs_in_and_sees_themselves(auth: Auth) -> None:
    person, tokens = await auth.someone()
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in", "device_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    me = await auth.send("GET", "/me", token=tokens["access_token"])
    assert me.json() == person


async def test_answers_with_tokens_are_stored_by_nobody(auth: Auth, databases: dict[str, Database]) -> None:
    await databases["owner"].execute("DELETE FROM auth.idempotency_keys")
    person = await auth.register()
    body = {"email": person["email"], "password": PASSWORD}
    first = await auth.post("/auth/login", body, idempotency_key="once")
    again = await auth.post("/auth/login", body, idempotency_key="once")
    assert first.headers["cache-control"] == "no-store"
    assert first.json()["refresh_token"] != again.json()["refresh_token"]
    assert await databases["owner"].fetch_value("SELECT count(*) FROM auth.idempotency_keys") == 0


async def test_no_token_can_be_read_from_the_database(auth: Auth, databases: dict[str, Database]) -> None:
    _, tokens = await auth.someone()
    for table in ("people", "sessions", "refresh_tokens", "signing_keys", "login_attempts"):
        rows = await databases["owner"].fetch(f"SELECT x::text FROM auth.{table} x")  # noqa: S608 - a table of this test
        assert not any(tokens["refresh_token"] in row[0] or PASSWORD in row[0] for row in rows)


async def test_the_unknown_address_and_the_wrong_password_get_one_answer(auth: Auth) -> None:
    person = await auth.register()
    unknown = await auth.post("/auth/login", {"email": "nobody@example.com", "password": WRONG})
    wrong = await auth.post("/auth/login", {"email": person["email"], "password": WRONG})
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.json()["code"] == "invalid_credentials"
    assert {**unknown.json(), "trace_id": ""} == {**wrong.json(), "trace_id": ""}


async def test_the_unknown_address_costs_as_much_as_the_wrong_password(auth: Auth) -> None:
    real = await auth.hasher.hash(PASSWORD)
    assert extract_parameters(_DUMMY_HASH) == extract_parameters(real)
    await auth.post("/auth/login", {"email": "nobody@example.com", "password": WRONG})
    assert auth.hasher.verified == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "no address", True),
    ],
)
def test_a_network_is_an_address_or_a_household(one: str, other: str, *, same: bool) -> None:
    assert (_network(one) == _network(other)) is same


async def test_a_client_without_an_address_is_served(auth: Auth) -> None:
    person = await auth.register()
    transport = httpx.ASGITransport(app=ServiceDoor(auth.app, auth.identity), client=("a socket", 0))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        body = {"email": person["email"], "password": PASSWORD}
        answer = await client.post("/api/v1/auth/login", json=body, headers={"user-agent": ""})
    assert answer.status_code == 200


@pytest.mark.parametrize("email", ["", "nonsense", "a\x00b@example.com", "@", "x" * 254])
async def test_what_is_no_address_is_simply_unknown(auth: Auth, email: str) -> None:
    answer = await auth.post("/auth/login", {"email": email, "password": WRONG})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


@pytest.mark.parametrize(
    "body", [{}, {"email": "a@example.com"}, {"email": 1, "password": "x"}, {"email": "a", "password": "x" * 257}, []]
)
async def test_malformed_credentials_are_refused(auth: Auth, body: Any) -> None:
    assert (await auth.post("/auth/login", body)).status_code == 422


async def test_signing_in_is_not_a_get(auth: Auth) -> None:
    refused = await auth.send("GET", "/auth/login")
    assert (refused.status_code, refused.headers["allow"]) == (405, "OPTIONS, POST")


@pytest.mark.usefixtures("patient_pools")
async def test_parallel_guesses_reach_the_hasher_as_often_as_allowed(auth: Auth) -> None:
    person = await auth.register()
    body = {"email": person["email"], "password": WRONG}
    answers = await asyncio.gather(*(auth.post("/auth/login", body) for _ in range(100)))
    assert auth.hasher.verified <= PER_ACCOUNT
    assert sorted(answer.status_code for answer in answers) == [401] * PER_ACCOUNT + [429] * (100 - PER_ACCOUNT)
    assert all(1 <= int(a.headers["retry-after"]) <= 300 for a in answers if a.status_code == 429)
    refused = await auth.post("/auth/login", {"email": person["email"], "password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")


async def test_a_locked_account_opens_again_with_the_next_window(auth: Auth) -> None:
    person = await auth.register()
    for _ in range(PER_ACCOUNT):
        await auth.post("/auth/login", {"email": person["email"], "password": WRONG})
    clock.travel(timedelta(minutes=5))
    await auth.sign_in(person["email"])


async def test_many_right_sign_ins_of_one_account_all_succeed(auth: Auth, databases: dict[str, Database]) -> None:
    person = await auth.register()
    body = {"email": person["email"], "password": PASSWORD}
    answers = await asyncio.gather(*(auth.post("/auth/login", body) for _ in range(50)))
    assert [answer.status_code for answer in answers] == [200] * 50
    left = await databases["owner"].fetch("SELECT failed, pending FROM auth.login_attempts")
    assert {tuple(row) for row in left} == {(0, 0)}


async def test_guesses_at_many_accounts_use_up_the_network(auth: Auth, databases: dict[str, Database]) -> None:
    person = await auth.register()
    await auth.post("/auth/login", {"email": "a@example.com", "password": WRONG})
    await databases["owner"].execute("UPDATE auth.login_attempts SET failed = allowed WHERE budget LIKE 'network:%'")
    answer = await auth.post("/auth/login", {"email": person["email"], "password": PASSWORD})
    assert answer.status_code == 429
    assert PER_NETWORK > PER_ACCOUNT


async def test_attempts_that_stay_pending_are_waited_for_within_bounds(
    auth: Auth, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.auth.actions.password_check.LONGEST_WAIT", 0.1)
    person = await auth.register()
    await auth.post("/auth/login", {"email": person["email"], "password": WRONG})
    await databases["owner"].execute("UPDATE auth.login_attempts SET pending = allowed, failed = 0")
    answer = await auth.post("/auth/login", {"email": person["email"], "password": PASSWORD})
    assert answer.status_code == 429


async def test_an_attempt_nobody_looked_at_is_given_back(
    auth: Auth, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_busy(*_: object) -> bool:
        raise Unavailable

    monkeypatch.setattr(auth.hasher, "verify", too_busy)
    answer = await auth.post("/auth/login", {"email": "a@example.com", "password": WRONG})
    assert answer.status_code == 503
    left = await databases["owner"].fetch("SELECT failed, pending FROM auth.login_attempts")
    assert {tuple(row) for row in left} == {(0, 0)}


async def test_the_hasher_refuses_more_than_it_can_do() -> None:
    hasher = PasswordHasher(threads=1, most_waiting=2)
    answers = await asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [str, str, Unavailable, Unavailable, Unavailable]
    await hasher.close()


async def test_a_disabled_person_cannot_sign_in(auth: Auth, databases: dict[str, Database]) -> None:
    person = await auth.register()
    await databases["owner"].execute("UPDATE auth.people SET disabled_at = $2 WHERE id = $1", person["id"], clock.now())
    answer = await auth.post("/auth/login", {"email": person["email"], "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


async def test_a_person_disabled_while_their_password_is_checked_gets_no_session(
    auth: Auth, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await auth.register()

    async def disable_meanwhile(*_: object) -> bool:
        await databases["owner"].execute("UPDATE auth.people SET disabled_at = $1", clock.now())
        return True

    monkeypatch.setattr(auth.hasher, "verify", disable_meanwhile)
    answer = await auth.post("/auth/login", {"email": person["email"], "password": PASSWORD})
    assert answer.status_code == 401
