"""Service accounts: programs with a place and a role in a workspace."""

from typing import Any

import pytest

from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.project.actions import programs
from tests.project.conftest import Api, EventTypes, Status, World


async def make(api: Api, world: World, caller: str = "", **fields: Any) -> dict[str, Any]:
    return await api.made(caller or world.admin, f"{world.path}/service-accounts", {"name": " Deploy ", **fields})


def program(account: dict[str, Any]) -> Principal:
    return Principal(id=account["id"], kind="service_account", credential_id=new_id())


async def test_one_is_made_shown_and_listed(api: Api, world: World) -> None:
    account = await make(api, world, role="viewer")
    assert (account["name"], account["role"], account["created_by"]) == ("Deploy", "viewer", world.admin)
    found = await api.send(world.viewer, "GET", f"{world.path}/service-accounts/{account['id']}")
    assert (found.json(), found.headers["etag"]) == (account, '"1"')
    second = await make(api, world)
    first = (await api.send(world.viewer, "GET", f"{world.path}/service-accounts?limit=1")).json()
    rest = await api.send(world.viewer, "GET", f"{world.path}/service-accounts?cursor={first['next_cursor']}")
    assert (first["items"], rest.json()["items"]) == ([account], [second])


async def test_who_may_make_one(status: Status, world: World) -> None:
    path = f"{world.path}/service-accounts"
    for person, expected in [(world.member, 403), (world.viewer, 403), (world.guest, 403), (world.outsider, 404)]:
        assert await status(person, "POST", path, {"name": "x"}) == expected
    assert await status(world.guest, "GET", path) == 403
    assert await status(world.outsider, "GET", path) == 404
    scoped = Principal(id=world.admin, scopes=frozenset({"workspaces:read"}))
    limited = Principal(id=world.admin, project_ids=frozenset({new_id()}))
    assert [await status(caller, "POST", path, {"name": "x"}) for caller in (scoped, limited)] == [403, 403]


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": " \n"}, {"role": "emperor"}, {"role": "owner"}, {"id": "x"}])
async def test_wrong_input_is_refused(status: Status, world: World, wrong: dict[str, str]) -> None:
    assert await status(world.owner, "POST", f"{world.path}/service-accounts", {"name": "x", **wrong}) == 422


async def test_its_role_is_within_that_of_who_gives_it(api: Api, status: Status, world: World) -> None:
    names = ["workspace_view", "workspace_members"]
    keeper = (await api.made(world.owner, f"{world.path}/roles", {"name": "Keeper", "permissions": names}))["id"]
    await api.send(world.owner, "PATCH", f"{world.path}/members/{world.member}", {"role": keeper})
    strong = f"{world.path}/service-accounts/{(await make(api, world, role='admin'))['id']}"
    weak = f"{world.path}/service-accounts/{(await make(api, world, world.member, role=keeper))['id']}"
    for method, path, body in [
        ("POST", f"{world.path}/service-accounts", {"name": "x", "role": "admin"}),
        ("PATCH", weak, {"role": "admin"}),
        ("PATCH", strong, {"role": keeper}),
        ("POST", f"{strong}/disable", None),
        ("DELETE", strong, None),
    ]:
        assert await status(world.member, method, path, body) == 403


async def test_a_changed_role_bites_at_once(api: Api, status: Status, world: World) -> None:
    account = await make(api, world, role="viewer")
    path, body = f"{world.path}/service-accounts/{account['id']}", {"name": "Ours"}
    assert await status(program(account), "PATCH", world.path, body) == 403
    assert await status(world.admin, "PATCH", path, {"role": "admin"}, If_Match='"7"') == 412
    answer = await api.send(world.admin, "PATCH", path, {"role": "admin", "name": "Bot"}, If_Match='"1"')
    assert (answer.json()["role"], answer.json()["name"], answer.json()["version"]) == ("admin", "Bot", 2)
    assert await status(program(account), "PATCH", world.path, body) == 200
    same = await api.send(world.admin, "PATCH", path, {"name": "Bot"})
    assert same.json()["version"] == 2
    renamed = await api.send(world.admin, "PATCH", path, {"name": "Robot"})
    assert (renamed.json()["name"], renamed.json()["role"]) == ("Robot", "admin")


async def test_it_works_where_its_role_lets_it_and_makes_no_workspace(api: Api, status: Status, world: World) -> None:
    account = await make(api, world)
    body = {"workspace_id": world.workspace_id, "key": "BOT", "name": "Bots"}
    made = await api.send(program(account), "POST", "/projects", body)
    assert (made.status_code, made.json()["created_by"]) == (201, account["id"])
    listed = (await api.send(program(account), "GET", "/workspaces")).json()["items"]
    assert [item["id"] for item in listed] == [world.workspace_id]
    assert await status(program(account), "POST", "/workspaces", {"name": "Own", "slug": f"w-{new_id()}"}) == 403


async def test_it_is_no_person_among_the_members(api: Api, status: Status, world: World) -> None:
    account = await make(api, world)
    members = (await api.send(world.member, "GET", f"{world.path}/members")).json()["items"]
    assert account["id"] not in {member["user_id"] for member in members}
    path = f"{world.path}/members/{account['id']}"
    assert await status(world.owner, "GET", path) == 404
    assert await status(world.owner, "PATCH", path, {"role": "owner"}) == 404
    assert await status(world.owner, "DELETE", path) == 404
    assert await status(program(account), "DELETE", path) == 404


async def test_the_last_owner_is_a_person(
    api: Api, status: Status, databases: dict[str, Database], world: World
) -> None:
    account = await make(api, world)
    await databases["owner"].execute(  # as no request can
        """
        UPDATE project.members m SET role_id = r.id FROM project.roles r
         WHERE r.workspace_id = m.workspace_id AND r.key = 'owner' AND m.person_id = $1::uuid
        """,
        account["id"],
    )
    assert await status(world.owner, "DELETE", f"{world.path}/members/{world.owner}") == 409


async def test_disabling_and_enabling_tell_every_process(
    api: Api, world: World, databases: dict[str, Database], event_types: EventTypes
) -> None:
    account = await make(api, world)
    path = f"{world.path}/service-accounts/{account['id']}"
    answers = [await api.send(world.admin, "POST", f"{path}/{verb}") for verb in ("disable", "disable", "enable")]
    answers.append(await api.send(world.admin, "POST", f"{path}/enable"))
    assert [answer.json()["version"] for answer in answers] == [2, 2, 3, 3]
    assert [answer.json()["disabled_at"] is None for answer in answers] == [False, False, True, True]
    assert api.revocations == 4
    told = [kind for kind in await event_types(world.workspace_id) if kind.startswith("service_account.")]
    assert told == [f"service_account.{verb}.v1" for verb in ("created", "disabled", "enabled")]
    ended = "SELECT count(*) FROM project.ended_service_accounts_v1 WHERE account_id = $1::uuid"
    assert await databases["owner"].fetch_value(ended, account["id"]) == 0


async def test_a_deleted_one_leaves_its_name_and_nothing_else(
    api: Api, status: Status, databases: dict[str, Database], world: World
) -> None:
    account, path = await make(api, world), f"{world.path}/service-accounts"
    one = f"{path}/{account['id']}"
    team = await world.team("Ops", account["id"])
    assert await status(world.admin, "DELETE", one, If_Match='"7"') == 412
    assert await status(world.admin, "DELETE", one) == 204
    shown = (await api.send(world.member, "GET", one)).json()
    assert (shown["name"], shown["role"], shown["deleted_at"] is None) == ("Deploy", None, False)
    assert (await api.send(world.member, "GET", path)).json()["items"] == []
    assert (await api.send(world.member, "GET", f"/teams/{team}/members")).json()["items"] == []
    left = "SELECT count(*) FROM project.subjects WHERE person_id = $1::uuid"
    assert await databases["owner"].fetch_value(left, account["id"]) == 0
    for method, where, body in [("DELETE", one, None), ("PATCH", one, {"name": "x"}), ("POST", f"{one}/enable", None)]:
        assert await status(world.admin, method, where, body) == 404


async def test_that_of_another_workspace_is_not_there(api: Api, status: Status, world: World) -> None:
    account, other = await make(api, world), World(api)
    await other.build()
    path = f"{other.path}/service-accounts"
    assert await status(other.owner, "GET", f"{path}/{account['id']}") == 404
    assert await status(other.owner, "DELETE", f"{path}/{account['id']}") == 404
    assert await status(other.owner, "GET", f"{path}/nonsense") == 404


async def test_a_number_of_them_is_enough(
    api: Api, status: Status, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "MOST_ACCOUNTS", 1)
    await make(api, world)
    assert await status(world.admin, "POST", f"{world.path}/service-accounts", {"name": "x"}) == 409
