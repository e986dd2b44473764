"""/me: what people change about themselves."""

from typing import Any

import pytest

from taskyard.kit import clock
from taskyard.kit.database import Database
from tests.auth.conftest import Auth


async def test_a_person_changes_their_account(auth: Auth) -> None:
    person, tokens = await auth.someone()
    changes = {"name": " Countess ", "time_zone": "Europe/London", "locale": "en-GB"}
    answer = await auth.send("PATCH", "/me", changes, tokens["access_token"], if_match='"1"')
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    expected = {**person, **changes, "name": "Countess", "version": 2, "updated_at": answer.json()["updated_at"]}
    assert answer.json() == expected


async def test_an_old_version_is_not_overwritten(auth: Auth) -> None:
    _, tokens = await auth.someone()
    await auth.send("PATCH", "/me", {"name": "One"}, tokens["access_token"])
    answer = await auth.send("PATCH", "/me", {"name": "Two"}, tokens["access_token"], if_match='"1"')
    assert answer.status_code == 412


async def test_a_change_of_nothing_makes_no_version(auth: Auth) -> None:
    person, tokens = await auth.someone()
    for body in ({}, {"name": person["name"]}):
        answer = await auth.send("PATCH", "/me", body, tokens["access_token"])
        assert answer.json() == person


async def test_a_repeated_change_has_one_effect(auth: Auth) -> None:
    _, tokens = await auth.someone()
    first = await auth.send("PATCH", "/me", {"name": "Once"}, tokens["access_token"], idempotency_key="k")
    again = await auth.send("PATCH", "/me", {"name": "Once"}, tokens["access_token"], idempotency_key="k")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "\u0007"},
        {"name": None},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/localtime"},
        {"locale": "english please"},
        {"locale": "en\n"},
        {"email": "other@example.com"},
        {"id": "1"},
        {"version": 7},
        {"disabled_at": None},
    ],
)
async def test_wrong_changes_are_refused(auth: Auth, body: dict[str, Any]) -> None:
    _, tokens = await auth.someone()
    answer = await auth.send("PATCH", "/me", body, tokens["access_token"])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{next(iter(body))}"


async def test_an_unchanged_account_is_not_sent_again(auth: Auth) -> None:
    _, tokens = await auth.someone()
    answer = await auth.send("GET", "/me", token=tokens["access_token"], if_none_match='"1"')
    assert answer.status_code == 304


async def test_a_disabled_person_has_no_account_to_see(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    await databases["owner"].execute("UPDATE auth.people SET disabled_at = $2 WHERE id = $1", person["id"], clock.now())
    assert (await auth.send("GET", "/me", token=tokens["access_token"])).status_code == 404
    assert (await auth.send("PATCH", "/me", {"name": "x"}, tokens["access_token"])).status_code == 404


async def test_events_carry_no_names_and_no_addresses(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    await auth.send("PATCH", "/me", {"name": "Secretive", "locale": "fr"}, tokens["access_token"])
    rows = await databases["owner"].fetch(
        "SELECT e::text, actor_id::text, changes::text FROM log.events e WHERE resource_id = $1 ORDER BY id",
        person["id"],
    )
    assert len(rows) == 2
    assert {row[1] for row in rows} == {person["id"]}
    assert rows[1][2] == '{"locale": {"to": "fr", "from": "en"}}'
    assert not any(word in row[0] for row in rows for word in ("Secretive", person["email"], '"Ada"'))
