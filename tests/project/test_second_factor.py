"""Workspaces that are open only to sign-ins with a second factor."""

from typing import Any

from taskyard.contracts.access import PERSON
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal, weak_id
from tests.project.conftest import Api, EventTypes, Status, World

ON, OFF = {"require_mfa": True}, {"require_mfa": False}


def strong(person_id: str) -> Principal:
    return Principal(id=person_id, is_strong=True)


async def demand(world: World) -> None:
    answer = await world.api.send(strong(world.owner), "PATCH", world.path, ON)
    assert (answer.status_code, answer.json()["require_mfa"]) == (200, True)


async def refusal(api: Api, person: str, path: str) -> dict[str, Any]:
    answer = await api.send(person, "GET", path)
    assert answer.status_code == 403, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_weak_sign_in_sees_nothing_and_is_told_why(api: Api, world: World, status: Status) -> None:
    project = (await world.project())["id"]
    team = await world.team("Night shift", world.member)
    await demand(world)
    for person in (world.owner, world.member):
        for path in (world.path, f"{world.path}/members", f"/projects/{project}", f"/projects/{project}/labels"):
            told = await refusal(api, person, path)
            assert (told["code"], "'Acme'" in told["detail"]) == ("mfa_required", True)
            assert await status(strong(person), "GET", path) == 200
    assert await status(world.member, "GET", f"/teams/{team}") == 404
    assert await status(strong(world.member), "GET", f"/teams/{team}") == 200


async def test_weak_sign_in_changes_nothing(world: World, status: Status) -> None:
    project = (await world.project())["id"]
    await demand(world)
    new = {"workspace_id": world.workspace_id, "key": "NEW", "name": "New"}
    for method, path, body in [
        ("PATCH", world.path, OFF),
        ("DELETE", world.path, None),
        ("POST", "/projects", new),
        ("PATCH", f"/projects/{project}", {"name": "Mine"}),
        ("POST", f"{world.path}/members", {"email": "eve@example.com"}),
    ]:
        assert await status(world.owner, method, path, body) == 403
    assert await status(strong(world.owner), "POST", "/projects", new) == 201


async def test_lists_leave_it_out(api: Api, world: World) -> None:
    await world.project()
    await demand(world)
    for path in ("/workspaces", "/projects"):
        assert (await api.send(world.member, "GET", path)).json()["items"] == []
        assert len((await api.send(strong(world.member), "GET", path)).json()["items"]) == 1


async def test_nobody_learns_of_what_is_hidden_from_them_anyway(world: World, status: Status) -> None:
    hidden = (await world.project(visibility="private"))["id"]
    await demand(world)
    for caller in (world.member, strong(world.member)):
        assert await status(caller, "GET", f"/projects/{hidden}") == 404
    for caller in (world.outsider, strong(world.outsider)):
        assert await status(caller, "GET", world.path) == 404
    assert await status(world.member, "GET", f"/projects/{new_id()}") == 404
    assert await status(world.member, "GET", "/projects/no%00thing") == 404


async def test_who_asks_others_must_have_used_one(api: Api, world: World, event_types: EventTypes) -> None:
    answer = await api.send(world.owner, "PATCH", world.path, ON)
    assert (answer.status_code, answer.json()["code"]) == (403, "mfa_required")
    for caller, expected in [(world.member, 403), (world.outsider, 404), (world.admin, 200)]:
        assert (await api.send(strong(caller), "PATCH", world.path, ON)).status_code == expected
    assert (await event_types(world.workspace_id))[-1] == "workspace.updated.v1"
    assert (await api.send(strong(world.admin), "PATCH", world.path, ON)).json()["version"] == 2
    assert (await api.send(strong(world.admin), "PATCH", world.path, {"require_mfa": 1})).status_code == 422


async def test_turning_it_off_lets_everybody_in_again(world: World, status: Status) -> None:
    await demand(world)
    newcomer = world.api.people.register("newcomer")
    email = world.api.people.known[newcomer].email
    assert await status(strong(world.owner), "POST", f"{world.path}/members", {"email": email}) == 201
    assert [await status(caller, "GET", world.path) for caller in (newcomer, strong(newcomer))] == [403, 200]
    assert await status(strong(world.admin), "PATCH", world.path, OFF) == 200
    assert await status(newcomer, "GET", world.path) == 200


async def test_decisions_are_about_the_sign_in_of_who_asks(api: Api, world: World) -> None:
    await demand(world)
    path = f"/permissions/check?permission=workspace_view&workspace_id={world.workspace_id}"
    told = (await api.send(world.member, "GET", path)).json()
    assert (told["allowed"], told["workspace_id"]) == (False, None)
    assert (await api.send(strong(world.member), "GET", path)).json()["allowed"]
    assert (await api.send(strong(world.owner), "GET", f"{path}&user_id={world.member}")).json()["allowed"]


async def test_stored_answer_is_not_told_again(api: Api) -> None:
    ada = api.people.register("ada")
    body, key = {"name": "Acme", "slug": f"a-{new_id()}"}, new_id()
    made = await api.send(ada, "POST", "/workspaces", body, Idempotency_Key=key)
    path = f"/workspaces/{made.json()['id']}"
    assert (await api.send(ada, "POST", "/workspaces", body, Idempotency_Key=key)).status_code == 201
    assert (await api.send(strong(ada), "PATCH", path, ON)).status_code == 200
    assert (await api.send(ada, "POST", "/workspaces", body, Idempotency_Key=key)).status_code == 403
    assert (await api.send(strong(ada), "POST", "/workspaces", body, Idempotency_Key=key)).status_code == 201


async def test_trashed_project_is_restored_only_by_strong_sign_ins(world: World, status: Status) -> None:
    project = (await world.project())["id"]
    assert await status(world.owner, "DELETE", f"/projects/{project}") == 204
    await demand(world)
    assert await status(world.owner, "POST", f"/projects/{project}/restore") == 404
    assert await status(strong(world.owner), "POST", f"/projects/{project}/restore") == 200


async def test_programs_have_no_sign_in(world: World, status: Status) -> None:
    path = f"{world.path}/service-accounts"
    program = (await world.api.made(world.owner, path, {"name": "Robot", "role": "member"}))["id"]
    await demand(world)
    assert await status(Principal(id=program, kind="service_account"), "GET", world.path) == 200


async def test_python_and_sql_agree_on_access_ids(databases: dict[str, Database]) -> None:
    owner, person_id = databases["owner"], new_id()
    assert await owner.fetch_value("SELECT project.weak_id($1::uuid)::text", person_id) == weak_id(person_id)
    assert weak_id(person_id) != person_id
    back = f"SELECT ({PERSON.format(who='$1')})::text"
    assert {await owner.fetch_value(back, one) for one in (person_id, weak_id(person_id))} == {person_id}
