"""/users and DELETE /me: who runs the deployment, whom it lets in, and what is left of whoever leaves."""

from datetime import timedelta
from typing import Any

import pytest

from taskyard.auth.actions.users import set_administrator
from taskyard.contracts.access import BUILT_IN_ROLES
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from tests.auth.conftest import PASSWORD, Auth
from tests.auth.factors import with_totp

WRITES = [("POST", "/disable"), ("POST", "/enable"), ("POST", "/reset-mfa"), ("DELETE", "")]


class Administrator:
    """Somebody who runs the deployment."""

    def __init__(self, auth: Auth, person: dict[str, Any], tokens: dict[str, Any]) -> None:
        self.auth, self.id, self.email, self.token = auth, person["id"], person["email"], tokens["access_token"]

    async def send(self, method: str, path: str, **headers: str) -> Any:
        return await self.auth.send(method, f"/users{path}", None, self.token, **headers)


@pytest.fixture
async def boss(auth: Auth) -> Administrator:
    person, tokens = await auth.someone()
    async with auth.database.transaction() as tx:
        assert await set_administrator(tx, person["email"].upper(), is_granted=True)
    return Administrator(auth, person, tokens)


async def test_an_administrator_finds_an_account(auth: Auth, boss: Administrator) -> None:
    someone = await with_totp(auth)
    [user] = (await boss.send("GET", f"?email={someone.email.upper()}")).json()["items"]
    assert (user["id"], user["has_second_factor"], user["is_administrator"]) == (someone.id, True, False)
    one = await boss.send("GET", f"/{someone.id}")
    assert (one.json(), one.headers["etag"]) == (user, '"1"')
    assert (await boss.send("GET", f"/{someone.id}", if_none_match='"1"')).status_code == 304
    first = (await boss.send("GET", "?limit=1")).json()
    second = (await boss.send("GET", f"?limit=1&cursor={first['next_cursor']}")).json()
    assert first["items"][0]["id"] < second["items"][0]["id"]


async def test_nobody_else_sees_or_changes_accounts(auth: Auth, boss: Administrator) -> None:
    person, tokens = await auth.someone()
    for method, path in [("GET", ""), ("GET", f"/{person['id']}"), *((m, f"/{boss.id}{p}") for m, p in WRITES)]:
        assert (await auth.send(method, f"/users{path}", token=tokens["access_token"])).status_code == 403, path
        assert (await auth.send(method, f"/users{path}")).status_code == 401


@pytest.mark.parametrize(("method", "path"), [("GET", ""), *WRITES])
async def test_accounts_that_are_not_there_are_not_found(boss: Administrator, method: str, path: str) -> None:
    for user_id in (new_id(), "nonsense"):
        assert (await boss.send(method, f"/{user_id}{path}")).status_code == 404


async def test_nobody_makes_themselves_an_administrator(auth: Auth) -> None:
    _, tokens = await auth.someone()
    answer = await auth.send("PATCH", "/me", {"is_administrator": True}, tokens["access_token"])
    assert answer.status_code == 422
    body = {"email": "eve@example.com", "password": PASSWORD, "name": "Eve", "is_administrator": True}
    assert (await auth.post("/auth/register", body)).status_code == 422


async def test_a_disabled_person_is_out_at_once_and_comes_back_by_signing_in(auth: Auth, boss: Administrator) -> None:
    person, tokens = await auth.someone()
    disabled = await boss.send("POST", f"/{person['id']}/disable")
    assert (disabled.status_code, disabled.json()["disabled_at"] is not None) == (200, True)
    assert (await boss.send("POST", f"/{person['id']}/disable")).json() == disabled.json()
    await auth.identity.refresh()
    assert (await auth.send("GET", "/me", token=tokens["access_token"])).status_code == 401
    assert (await auth.post("/auth/refresh", {"refresh_token": tokens["refresh_token"]})).status_code == 401
    assert (await auth.post("/auth/login", {"email": person["email"], "password": PASSWORD})).status_code == 401
    enabled = await boss.send("POST", f"/{person['id']}/enable")
    assert (enabled.json()["disabled_at"], enabled.json()["version"]) == (None, 3)
    assert (await boss.send("POST", f"/{person['id']}/enable")).json() == enabled.json()
    assert (await auth.send("GET", "/me", token=tokens["access_token"])).status_code == 401
    await auth.sign_in(person["email"])


async def test_a_lost_second_factor_is_reset(auth: Auth, boss: Administrator) -> None:
    someone = await with_totp(auth)
    assert (await boss.send("POST", f"/{someone.id}/reset-mfa")).status_code == 204
    await auth.identity.refresh()
    assert (await auth.send("GET", "/me", token=someone.token)).status_code == 401
    await auth.sign_in(someone.email)


async def test_administrators_do_not_shut_themselves_out(boss: Administrator) -> None:
    for method, path in (("POST", "/disable"), ("DELETE", "")):
        answer = await boss.send(method, f"/{boss.id}{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "own_account")


async def test_an_administrator_who_is_none_any_more_has_no_rights(auth: Auth, boss: Administrator) -> None:
    async with auth.database.transaction() as tx:
        assert await set_administrator(tx, boss.email, is_granted=False)
        assert await set_administrator(tx, boss.email, is_granted=False)
        assert not await set_administrator(tx, "nobody@example.com", is_granted=True)
    assert (await boss.send("GET", "")).status_code == 403


async def test_deleting_and_resetting_take_a_fresh_sign_in(auth: Auth, boss: Administrator) -> None:
    clock.travel(timedelta(minutes=6))
    for method, path in (("POST", f"/{new_id()}/reset-mfa"), ("DELETE", f"/{new_id()}")):
        assert (await boss.send(method, path)).json()["code"] == "fresh_sign_in_required"
    answer = await auth.send("DELETE", "/me", token=boss.token)
    assert answer.json()["code"] == "fresh_sign_in_required"


@pytest.mark.parametrize("by_boss", [True, False])
async def test_of_a_deleted_person_only_the_id_is_left(
    auth: Auth, boss: Administrator, databases: dict[str, Database], *, by_boss: bool
) -> None:
    someone = await with_totp(auth)
    await someone.begin_sign_in()
    if by_boss:
        assert (await boss.send("DELETE", f"/{someone.id}")).status_code == 204
    else:
        assert (await auth.send("DELETE", "/me", token=someone.token)).status_code == 204
    await auth.identity.refresh()
    assert (await auth.send("GET", "/me", token=someone.token)).status_code == 401
    assert (await boss.send("GET", f"/{someone.id}")).status_code == 404
    for table, column in (("people", "id"), ("sessions", "person_id")):
        rows = await databases["owner"].fetch(f"SELECT x::text FROM auth.{table} x WHERE {column} = $1", someone.id)  # noqa: S608 - tables of this test
        assert rows
        assert not any(word in row[0] for row in rows for word in (someone.email, "Ada", "127.0.0.1", "argon2"))
    for table in ("totp", "recovery_codes", "pending_sign_ins", "mail_links"):
        count = f"SELECT count(*) FROM auth.{table} WHERE person_id = $1"  # noqa: S608 - as above
        assert await databases["owner"].fetch_value(count, someone.id) == 0
    again = {"email": someone.email, "password": PASSWORD, "name": "Ada"}
    assert (await auth.post("/auth/register", again)).status_code == 201


async def test_the_only_owner_of_a_workspace_stays_until_there_is_another(
    auth: Auth, databases: dict[str, Database]
) -> None:
    person, tokens = await auth.someone()
    owner, role, workspace, other = databases["owner"], new_id(), new_id(), new_id()
    await owner.execute(
        """
        INSERT INTO project.workspaces (id, slug, name, created_by, created_at, updated_at)
        VALUES ($1, $2, 'A', $3, $4, $4)
        """,
        workspace,
        workspace,
        person["id"],
        clock.now(),
    )
    await owner.execute(
        "INSERT INTO project.roles (id, workspace_id, key, name, permissions) VALUES ($1, $2, 'owner', 'Owner', $3)",
        role,
        workspace,
        int(BUILT_IN_ROLES["owner"]),
    )
    subject = "INSERT INTO project.subjects (person_id, subject_id, workspace_id) VALUES ($1, $2, $3)"
    await owner.execute(subject, person["id"], role, workspace)
    refused = await auth.send("DELETE", "/me", token=tokens["access_token"])
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    assert workspace in refused.json()["detail"]
    await owner.execute(subject, other, role, workspace)
    assert (await auth.send("DELETE", "/me", token=tokens["access_token"])).status_code == 204


async def test_what_administrators_do_is_announced_with_who_did_it(
    auth: Auth, boss: Administrator, databases: dict[str, Database]
) -> None:
    person = await auth.register()
    for path in ("/disable", "/enable"):
        await boss.send("POST", f"/{person['id']}{path}")
    await boss.send("DELETE", f"/{person['id']}")
    rows = await databases["owner"].fetch(
        "SELECT type, actor_id::text, version FROM log.events WHERE audience_id = $1 ORDER BY id", person["id"]
    )
    assert [tuple(row) for row in rows[1:]] == [
        ("person.disabled.v1", boss.id, 2),
        ("person.enabled.v1", boss.id, 3),
        ("person.deleted.v1", boss.id, 4),
    ]
