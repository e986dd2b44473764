"""Sessions: where one is signed in, and signing out."""

from datetime import timedelta

import pytest

from taskyard.auth.actions.people import PeopleOfAuth
from taskyard.auth.jobs import forget_expired
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.auth.conftest import Auth


async def test_a_person_sees_their_own_sessions_newest_first(auth: Auth) -> None:
    person, _ = await auth.someone()
    await auth.someone()
    second = await auth.sign_in(person["email"])
    items = (await auth.send("GET", "/sessions", token=second["access_token"])).json()["items"]
    assert [item["current"] for item in items] == [True, False]
    known = {"id", "created_at", "last_seen_at", "expires_at", "address", "user_agent", "current"}
    assert set(items[0]) == known | {"client_id", "client_name"}
    assert items[0]["user_agent"].startswith("python-httpx")
    assert items[0]["address"] == "127.0.0.1"


async def test_sessions_come_in_pages(auth: Auth) -> None:
    person, tokens = await auth.someone()
    await auth.sign_in(person["email"])
    page = (await auth.send("GET", "/sessions?limit=1", token=tokens["access_token"])).json()
    rest = await auth.send("GET", f"/sessions?limit=1&cursor={page['next_cursor']}", token=tokens["access_token"])
    assert [item["current"] for item in page["items"] + rest.json()["items"]] == [False, True]
    assert rest.json()["next_cursor"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=forged", "before=now"])
async def test_a_wrong_query_is_refused(auth: Auth, query: str) -> None:
    _, tokens = await auth.someone()
    assert (await auth.send("GET", f"/sessions?{query}", token=tokens["access_token"])).status_code == 422


async def test_signing_out_ends_this_session_and_no_other(auth: Auth) -> None:
    person, here = await auth.someone()
    there = await auth.sign_in(person["email"])
    assert (await auth.post("/auth/logout", token=here["access_token"])).status_code == 204
    assert auth.revocations == 1
    await auth.identity.refresh()
    assert (await auth.send("GET", "/me", token=here["access_token"])).status_code == 401
    assert (await auth.post("/auth/refresh", {"refresh_token": here["refresh_token"]})).status_code == 401
    assert (await auth.send("GET", "/me", token=there["access_token"])).status_code == 200


async def test_signing_out_twice_is_no_fault(auth: Auth) -> None:
    _, tokens = await auth.someone()
    assert (await auth.post("/auth/logout", token=tokens["access_token"])).status_code == 204
    assert (await auth.post("/auth/logout", token=tokens["access_token"])).status_code == 204


async def test_one_device_can_be_signed_out_from_another(auth: Auth) -> None:
    person, here = await auth.someone()
    there = await auth.sign_in(person["email"])
    items = (await auth.send("GET", "/sessions", token=here["access_token"])).json()["items"]
    other = next(item["id"] for item in items if not item["current"])
    path = f"/sessions/{other}"
    assert (await auth.send("DELETE", path, token=here["access_token"], idempotency_key="k")).status_code == 204
    assert (await auth.send("DELETE", path, token=here["access_token"], idempotency_key="k")).status_code == 204
    assert (await auth.send("DELETE", path, token=here["access_token"])).status_code == 404
    assert (await auth.post("/auth/refresh", {"refresh_token": there["refresh_token"]})).status_code == 401


async def test_somebody_elses_session_does_not_exist(auth: Auth) -> None:
    _, theirs = await auth.someone()
    _, mine = await auth.someone()
    items = (await auth.send("GET", "/sessions", token=theirs["access_token"])).json()["items"]
    for session_id in (items[0]["id"], new_id(), "nonsense", "%00"):
        assert (await auth.send("DELETE", f"/sessions/{session_id}", token=mine["access_token"])).status_code == 404
    assert (await auth.post("/auth/refresh", {"refresh_token": theirs["refresh_token"]})).status_code == 200


async def test_signing_out_everywhere_ends_every_session(auth: Auth, databases: dict[str, Database]) -> None:
    person, here = await auth.someone()
    there = await auth.sign_in(person["email"])
    assert (await auth.send("DELETE", "/sessions", token=here["access_token"])).status_code == 204
    await auth.identity.refresh()
    for tokens in (here, there):
        assert (await auth.send("GET", "/me", token=tokens["access_token"])).status_code == 401
    told = await databases["owner"].fetch_value(
        "SELECT count(*) FROM log.events WHERE audience_id = $1 AND type = 'session.revoked.v1'", person["id"]
    )
    assert told == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/me"),
        ("PATCH", "/me"),
        ("POST", "/auth/logout"),
        ("GET", "/sessions"),
        ("DELETE", "/sessions"),
        ("DELETE", "/sessions/0190a000-0000-7000-8000-000000000000"),
    ],
)
async def test_an_account_is_its_owners_alone(auth: Auth, method: str, path: str) -> None:
    body: object = {} if method == "PATCH" else None
    refused = [
        Principal(id="task", kind="service"),
        Principal(id=new_id(), kind="service_account"),
        Principal(id=new_id(), scopes=frozenset({"tasks:read"})),
        Principal(id=new_id(), project_ids=frozenset()),
    ]
    anonymous = await auth.send(method, path, body, X_User_Id=new_id())
    assert anonymous.status_code == 401
    assert "Bearer" in anonymous.headers["www-authenticate"]
    for principal in refused:
        assert (await auth.send_as(principal, method, path, body)).status_code == 403


async def test_a_credential_without_a_session_cannot_sign_out(auth: Auth) -> None:
    assert (await auth.send_as(Principal(id=new_id()), "POST", "/auth/logout")).status_code == 403


async def test_what_has_ended_is_forgotten_in_time(
    auth: Auth, databases: dict[str, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskyard.auth.jobs._BATCH", 1)
    await databases["owner"].execute("DELETE FROM auth.login_attempts")  # other tests leave some of a later time
    person, tokens = await auth.someone()
    await auth.post("/auth/logout", token=tokens["access_token"])
    alive = await auth.sign_in(person["email"])
    clock.travel(timedelta(days=29))
    alive = (await auth.post("/auth/refresh", {"refresh_token": alive["refresh_token"]})).json()
    clock.travel(timedelta(days=2))
    await forget_expired(databases["auth"])
    left = await databases["owner"].fetch_value("SELECT count(*) FROM auth.sessions WHERE person_id = $1", person["id"])
    assert left == 1
    assert await databases["owner"].fetch_value("SELECT count(*) FROM auth.login_attempts") == 0
    assert (await auth.post("/auth/refresh", {"refresh_token": alive["refresh_token"]})).status_code == 200


async def test_other_services_find_people(auth: Auth, databases: dict[str, Database]) -> None:
    person = await auth.register("Grace")
    people = PeopleOfAuth(databases["auth"])
    found = await people.find_person_by_email(email=person["email"].upper())
    assert found is not None
    assert (found.id, found.email, found.name) == (person["id"], person["email"], "Grace")
    assert await people.find_person_by_email(email="nobody") is None
    assert await people.list_people(ids=[person["id"], new_id(), "nonsense"]) == [found]
    assert [await people.find_time_zone(id=one) for one in (person["id"], new_id(), "nonsense")] == ["UTC", None, None]
    with pytest.raises(Exception, match="At most 200"):
        await people.list_people(ids=[new_id() for _ in range(201)])
