"""API keys: made by people after a sign-in, narrowed, rotated and revoked."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from taskyard.auth.actions.api_keys import MOST_KEYS
from taskyard.auth.jobs import forget_expired
from taskyard.kit import clock
from taskyard.kit.api_keys import make_key
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.auth.conftest import Auth, issue, uses

BOTH = ["account:read", "account:write"]


async def test_a_key_is_answered_with_its_secret_once(auth: Auth) -> None:
    person, tokens = await auth.someone()
    answer = await auth.post("/api-keys", {"name": " CI ", "scopes": [*BOTH, BOTH[0]]}, tokens["access_token"])
    key = answer.json()
    assert answer.status_code == 201
    assert (answer.headers["location"], answer.headers["etag"]) == (f"/api/v1/api-keys/{key['id']}", '"1"')
    assert answer.headers["cache-control"] == "no-store"
    assert (key["name"], key["scopes"], key["expires_at"]) == ("CI", BOTH, None)
    assert key["secret"].startswith(key["prefix"] + "_")
    assert key["owner_id"] == key["created_by"] == person["id"]
    listed = (await auth.send("GET", "/api-keys", token=tokens["access_token"])).json()["items"]
    assert listed == [{name: value for name, value in key.items() if name != "secret"}]


async def test_only_an_hmac_of_it_is_stored(auth: Auth, databases: dict[str, Database]) -> None:
    _, tokens = await auth.someone()
    key = await issue(auth, tokens["access_token"])
    row = await databases["owner"].fetch_value("SELECT k::text FROM auth.api_keys k WHERE id = $1", key["id"])
    assert key["secret"].rpartition("_")[2] not in row


@pytest.mark.parametrize("header", ["x_api_key", "authorization"])
async def test_it_is_accepted_in_either_header(auth: Auth, header: str) -> None:
    person, tokens = await auth.someone()
    secret = (await issue(auth, tokens["access_token"]))["secret"]
    answer = await auth.send("GET", "/me", **{header: secret if header == "x_api_key" else f"Bearer {secret}"})
    assert (answer.status_code, answer.json()["id"]) == (200, person["id"])


async def test_two_credentials_at_once_are_refused(auth: Auth) -> None:
    _, tokens = await auth.someone()
    secret = (await issue(auth, tokens["access_token"]))["secret"]
    assert (await auth.send("GET", "/me", token=tokens["access_token"], x_api_key=secret)).status_code == 401


async def test_a_missing_scope_is_named(auth: Auth) -> None:
    _, tokens = await auth.someone()
    secret = (await issue(auth, tokens["access_token"]))["secret"]
    answer = await auth.send("PATCH", "/me", {"name": "Eve"}, x_api_key=secret)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert "account:write" in answer.json()["detail"]


async def test_a_key_limited_to_projects_does_not_reach_the_account(auth: Auth) -> None:
    _, tokens = await auth.someone()
    secret = (await issue(auth, tokens["access_token"], project_ids=[new_id()]))["secret"]
    assert await uses(auth, secret) == 403


async def test_outside_its_networks_it_is_refused(auth: Auth) -> None:
    _, tokens = await auth.someone()
    elsewhere = await issue(auth, tokens["access_token"], ip_allow=["192.0.2.0/24"])
    here = await issue(auth, tokens["access_token"], ip_allow=["192.0.2.0/24", "127.0.0.1"])
    answer = await auth.send("GET", "/me", x_api_key=elsewhere["secret"])
    assert (answer.status_code, answer.json()["code"]) == (403, "address_not_allowed")
    assert here["ip_allow"] == ["192.0.2.0/24", "127.0.0.1/32"]
    assert await uses(auth, here["secret"]) == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["tasks:fly"]},
        {"scopes": "tasks:read"},
        {"name": ""},
        {"name": " \n"},
        {"ip_allow": ["192.0.2.1/24"]},
        {"ip_allow": ["home"]},
        {"project_ids": ["OPS"]},
        {"expires_at": "2001-01-01T00:00:00Z"},
        {"expires_at": "2101-01-01T00:00:00"},
        {"owner_id": "0190a000-0000-7000-8000-000000000000"},
    ],
)
async def test_wrong_input_is_refused(auth: Auth, wrong: dict[str, Any]) -> None:
    _, tokens = await auth.someone()
    body = {"name": "Deploy", "scopes": ["account:read"], **wrong}
    assert (await auth.post("/api-keys", body, tokens["access_token"])).status_code == 422


async def test_a_key_makes_and_changes_no_keys(auth: Auth) -> None:
    _, tokens = await auth.someone()
    key = await issue(auth, tokens["access_token"], scopes=["api-keys:read", "api-keys:write"])
    body = {"name": "More", "scopes": ["api-keys:read"]}
    path = f"/api-keys/{key['id']}"
    asked = [("POST", "/api-keys", body), ("PATCH", path, {"name": "x"}), ("POST", f"{path}/rotate", None)]
    answers = [await auth.send(*one, x_api_key=key["secret"]) for one in [*asked, ("DELETE", path, None)]]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert (await auth.send("GET", "/api-keys", x_api_key=key["secret"])).status_code == 200


async def test_a_programs_credential_makes_no_keys(auth: Auth) -> None:
    person, _ = await auth.someone()
    narrow = Principal(id=person["id"], session_id=new_id(), scopes=frozenset({"api-keys:write", "tasks:read"}))
    made = [
        await auth.send_as(narrow, "POST", "/api-keys", {"name": "x", "scopes": [scope]})
        for scope in ("tasks:read", "tasks:write")
    ]
    assert [answer.status_code for answer in made] == [403, 403]
    assert "sign in" in made[0].json()["detail"]


async def test_a_number_of_keys_is_enough(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    await issue(auth, tokens["access_token"])
    await databases["owner"].execute(
        """
        INSERT INTO auth.api_keys (id, owner_id, owner_kind, created_by, name, prefix, secret_hmac, scopes, ip_allow,
                                   created_at, updated_at)
        SELECT gen_random_uuid(), owner_id, owner_kind, created_by, name, prefix, secret_hmac, scopes, ip_allow,
               created_at, updated_at
          FROM auth.api_keys, generate_series(2, $2) WHERE owner_id = $1
        """,
        person["id"],
        MOST_KEYS,
    )
    answer = await auth.post("/api-keys", {"name": "x", "scopes": ["account:read"]}, tokens["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_api_keys")


async def test_a_whole_key_with_another_secret_opens_nothing(auth: Auth) -> None:
    _, tokens = await auth.someone()
    key = await issue(auth, tokens["access_token"])
    for forged in (make_key(key["id"], "test").secret, make_key(new_id(), "test").secret):
        assert await uses(auth, forged) == 401


async def test_a_typo_is_refused_without_a_query(auth: Auth, statements: list[str]) -> None:
    _, tokens = await auth.someone()
    secret = (await issue(auth, tokens["access_token"]))["secret"]
    await auth.identity.refresh()
    statements.clear()
    typo = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    answer = await auth.send("GET", "/me", x_api_key=typo)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")
    assert "WWW-Authenticate" in answer.headers
    assert statements == []


async def test_a_key_that_was_seen_costs_no_query(auth: Auth, statements: list[str]) -> None:
    _, tokens = await auth.someone()
    secret = (await issue(auth, tokens["access_token"]))["secret"]
    assert await uses(auth, secret) == 200
    statements.clear()
    assert (await auth.send("GET", "/me", x_api_key=secret)).status_code == 200
    assert len(statements) == 1  # the profile


async def test_the_last_use_is_written_once_a_minute(auth: Auth) -> None:
    _, tokens = await auth.someone()
    key = await issue(auth, tokens["access_token"])

    async def last_used_at() -> str | None:
        await auth.holders.note_uses(credential_ids=[key["id"], "nonsense"])
        found = await auth.send("GET", f"/api-keys/{key['id']}", token=tokens["access_token"])
        return str(found.json()["last_used_at"])

    first = await last_used_at()
    assert first != "None"
    assert await last_used_at() == first
    clock.travel(timedelta(seconds=61))
    assert await last_used_at() != first


async def test_keys_come_in_pages(auth: Auth) -> None:
    _, tokens = await auth.someone()
    ids = [(await issue(auth, tokens["access_token"]))["id"] for _ in range(2)]
    page = (await auth.send("GET", "/api-keys?limit=1", token=tokens["access_token"])).json()
    rest = await auth.send("GET", f"/api-keys?limit=1&cursor={page['next_cursor']}", token=tokens["access_token"])
    assert [item["id"] for item in page["items"] + rest.json()["items"]] == ids
    assert (await auth.send("GET", "/api-keys?limit=0", token=tokens["access_token"])).status_code == 422


async def test_somebody_elses_key_does_not_exist(auth: Auth) -> None:
    _, theirs = await auth.someone()
    _, mine = await auth.someone()
    path = f"/api-keys/{(await issue(auth, theirs['access_token']))['id']}"
    asked = [("GET", path, None), ("PATCH", path, {"name": "x"}), ("POST", f"{path}/rotate", None)]
    asked += [("DELETE", path, None), ("GET", "/api-keys/nonsense", None)]
    answers = [await auth.send(*one, token=mine["access_token"]) for one in asked]
    assert [answer.status_code for answer in answers] == [404] * 5


async def test_events_tell_the_owner_alone_and_no_secret(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    key = await issue(auth, tokens["access_token"], ip_allow=["127.0.0.1/32"])
    await auth.send("PATCH", f"/api-keys/{key['id']}", {"scopes": BOTH}, tokens["access_token"])
    await auth.post(f"/api-keys/{key['id']}/rotate", token=tokens["access_token"])
    await auth.send("DELETE", f"/api-keys/{key['id']}", token=tokens["access_token"])
    rows = await databases["owner"].fetch(
        """
        SELECT type, actor_id::text, data::text FROM log.events
         WHERE audience_id = $1 AND type LIKE 'api_key.%' ORDER BY id
        """,
        person["id"],
    )
    kinds = ["created", "updated", "created", "rotated", "revoked"]
    assert [row[0] for row in rows] == [f"api_key.{kind}.v1" for kind in kinds]
    assert {row[1] for row in rows} == {person["id"]}
    assert not [row for row in rows if "127.0.0.1" in row[2] or "Deploy" in row[2] or "tyk_" in row[2]]


async def test_keys_that_ended_long_ago_are_forgotten(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    for _ in range(2):
        key = await issue(auth, tokens["access_token"])
    await auth.send("DELETE", f"/api-keys/{key['id']}", token=tokens["access_token"])
    clock.travel(timedelta(days=31))
    await forget_expired(databases["auth"])
    left = await databases["owner"].fetch_value("SELECT count(*) FROM auth.api_keys WHERE owner_id = $1", person["id"])
    assert left == 1


async def test_a_change_is_repeatable_with_a_key(auth: Auth) -> None:
    _, tokens = await auth.someone()
    path = f"/api-keys/{(await issue(auth, tokens['access_token']))['id']}"

    async def rename() -> httpx.Response:
        return await auth.send("PATCH", path, {"name": "Night"}, tokens["access_token"], idempotency_key="k")

    assert [(await rename()).json()["version"] for _ in range(2)] == [2, 2]


async def test_many_first_requests_at_once_are_all_answered(auth: Auth) -> None:
    _, tokens = await auth.someone()
    secret = (await issue(auth, tokens["access_token"]))["secret"]
    answers = await asyncio.gather(*(auth.send("GET", "/me", x_api_key=secret) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
