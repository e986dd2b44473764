"""API keys that are changed, rotated and revoked."""

from datetime import timedelta

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from tests.auth.conftest import Auth, issue, uses


async def test_a_change_of_limits_bites(auth: Auth) -> None:
    _, tokens = await auth.someone()
    key = await issue(auth, tokens["access_token"])
    assert await uses(auth, key["secret"]) == 200
    path = f"/api-keys/{key['id']}"
    changed = await auth.send("PATCH", path, {"scopes": ["tasks:read"]}, tokens["access_token"], if_match='"1"')
    assert (changed.status_code, changed.json()["version"], changed.json()["scopes"]) == (200, 2, ["tasks:read"])
    assert await uses(auth, key["secret"]) == 403
    again = await auth.send("PATCH", path, {"scopes": ["account:read"]}, tokens["access_token"], if_match='"1"')
    assert again.status_code == 412


async def test_every_limit_can_be_changed_and_what_stays_makes_no_version(auth: Auth) -> None:
    _, tokens = await auth.someone()
    key = await issue(auth, tokens["access_token"])
    wanted = {
        "name": "Night",
        "ip_allow": ["10.0.0.0/8"],
        "project_ids": [new_id()],
        "expires_at": "2101-01-01T00:00:00Z",
    }
    changed = (await auth.send("PATCH", f"/api-keys/{key['id']}", wanted, tokens["access_token"])).json()
    assert {name: changed[name] for name in wanted} == wanted
    same = await auth.send("PATCH", f"/api-keys/{key['id']}", wanted, tokens["access_token"])
    assert same.json() == changed
    read = await auth.send("GET", f"/api-keys/{key['id']}", token=tokens["access_token"], if_none_match='"2"')
    assert read.status_code == 304
    freed: dict[str, object] = {"project_ids": None, "expires_at": None, "ip_allow": []}
    assert (await auth.send("PATCH", f"/api-keys/{key['id']}", freed, tokens["access_token"])).status_code == 200
    assert await uses(auth, key["secret"]) == 200


async def test_both_keys_are_valid_while_a_rotation_overlaps(auth: Auth) -> None:
    _, tokens = await auth.someone()
    old = await issue(auth, tokens["access_token"], ip_allow=["127.0.0.0/8"])
    rotated = await auth.post(f"/api-keys/{old['id']}/rotate?overlap_seconds=60", token=tokens["access_token"])
    new = rotated.json()
    assert (rotated.status_code, new["ip_allow"], new["scopes"]) == (201, ["127.0.0.0/8"], old["scopes"])
    retiring = (await auth.send("GET", f"/api-keys/{old['id']}", token=tokens["access_token"])).json()
    assert retiring["replaced_by"] == new["id"]
    assert [await uses(auth, key["secret"]) for key in (old, new)] == [200, 200]
    clock.travel(timedelta(seconds=61))
    assert [await uses(auth, key["secret"]) for key in (old, new)] == [401, 200]


async def test_a_rotation_without_overlap_ends_the_old_key(auth: Auth) -> None:
    _, tokens = await auth.someone()
    soon = (clock.now() + timedelta(seconds=30)).isoformat()
    old = await issue(auth, tokens["access_token"], expires_at=soon)
    assert await uses(auth, old["secret"]) == 200
    await auth.post(f"/api-keys/{old['id']}/rotate?overlap_seconds=0", token=tokens["access_token"])
    assert await uses(auth, old["secret"]) == 401
    wrong = await auth.post(f"/api-keys/{old['id']}/rotate?overlap_seconds=-1", token=tokens["access_token"])
    assert wrong.status_code == 422


async def test_a_rotation_never_prolongs_the_old_key(auth: Auth) -> None:
    _, tokens = await auth.someone()
    soon = (clock.now() + timedelta(seconds=30)).isoformat()
    old = await issue(auth, tokens["access_token"], expires_at=soon)
    await auth.post(f"/api-keys/{old['id']}/rotate", token=tokens["access_token"])
    retiring = (await auth.send("GET", f"/api-keys/{old['id']}", token=tokens["access_token"])).json()
    assert retiring["expires_at"] == old["expires_at"]


async def test_a_revoked_key_is_refused_and_gone(auth: Auth) -> None:
    _, tokens = await auth.someone()
    key = await issue(auth, tokens["access_token"])
    assert await uses(auth, key["secret"]) == 200
    before = auth.revocations
    path = f"/api-keys/{key['id']}"
    stale = await auth.send("DELETE", path, token=tokens["access_token"], if_match='"7"')
    assert stale.status_code == 412
    assert (await auth.send("DELETE", path, token=tokens["access_token"])).status_code == 204
    assert auth.revocations == before + 1
    assert await uses(auth, key["secret"]) == 401
    assert (await auth.send("GET", path, token=tokens["access_token"])).status_code == 404
    assert (await auth.send("GET", "/api-keys", token=tokens["access_token"])).json()["items"] == []


async def test_the_keys_of_somebody_disabled_are_refused(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    used, unused = [await issue(auth, tokens["access_token"]) for _ in range(2)]
    assert await uses(auth, used["secret"]) == 200
    await databases["owner"].execute("UPDATE auth.people SET disabled_at = $2 WHERE id = $1", person["id"], clock.now())
    assert [await uses(auth, key["secret"]) for key in (used, unused)] == [401, 401]
