"""What somebody may do and why: asked about oneself and others, and always what the statements decide."""

import os
from typing import Any

import pytest

from taskyard.contracts.access import IN_PROJECT, Permission
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.project.conftest import Api, Status, World
from tests.project.test_access import Turmoil

CASES = int(os.environ.get("PROPERTY_CASES", "200"))
"""How many random changes the comparison goes through; the long form is 10,000."""


async def ask(api: Api, caller: str | Principal, kind: str, **query: str) -> Any:
    answer = await api.send(caller, "GET", f"/permissions/{kind}?" + "&".join(f"{k}={v}" for k, v in query.items()))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def may(api: Api, caller: str | Principal, permission: str, **query: str) -> bool:
    return bool((await ask(api, caller, "check", permission=permission, **query))["allowed"])


async def test_check_is_what_the_table_of_roles_says(api: Api, world: World) -> None:
    project = await world.project()
    people = (world.owner, world.member, world.viewer, world.guest, world.outsider)
    edits = [await may(api, one, "task_edit", project_id=project["id"]) for one in people]
    invites = [await may(api, one, "workspace_members", workspace_id=world.workspace_id) for one in people]
    assert edits == [True, True, False, False, False]
    assert invites == [True, False, False, False, False]


async def test_explain_names_every_way(api: Api, world: World) -> None:
    project = await world.project()
    team = await world.team("Night shift", world.viewer)
    path = f"/projects/{project['id']}/members"
    await api.made(world.owner, path, {"team_id": team, "role": "member"})
    await api.made(world.owner, path, {"user_id": world.viewer, "role": "guest"})
    why = await ask(api, world.viewer, "explain", permission="task_edit", project_id=project["id"])
    assert why["decision"]["allowed"]
    assert [(one["reason"], one["role"], one["team_id"]) for one in why["deciding"]] == [("team_role", "member", team)]
    assert {(one["reason"], one["role"]) for one in why["grants"]} == {
        ("workspace_role", "viewer"),
        ("project_role", "guest"),
        ("team_role", "member"),
    }


async def test_who_manages_members_asks_about_others(api: Api, world: World, status: Status) -> None:
    project = await world.project()
    assert not await may(api, world.admin, "task_edit", project_id=project["id"], user_id=world.viewer)
    why = await ask(
        api, world.admin, "explain", permission="project_view", project_id=project["id"], user_id=world.viewer
    )
    assert [one["role"] for one in why["deciding"]] == ["viewer"]
    query = f"permission=task_edit&project_id={project['id']}&user_id={world.viewer}"
    refused = [await status(one, "GET", f"/permissions/check?{query}") for one in (world.member, world.outsider)]
    assert refused == [403, 404]
    nowhere = f"permission=task_edit&project_id={new_id()}&user_id={world.viewer}"
    assert await status(world.owner, "GET", f"/permissions/explain?{nowhere}") == 404


async def test_what_is_not_seen_is_as_if_it_were_not_there(api: Api, world: World) -> None:
    project = await world.project(visibility="private")
    answers = [
        await ask(api, world.member, "explain", permission="task_edit", project_id=project_id)
        for project_id in (project["id"], new_id())
    ]
    assert answers[0] == answers[1]
    assert answers[0]["decision"]["workspace_id"] is None


async def test_a_task_is_as_its_project(api: Api, world: World) -> None:
    assert not await may(api, world.owner, "task_edit", task_id=new_id())


@pytest.mark.parametrize(
    "query",
    [
        "permission=fly&workspace_id={id}",
        "permission=TASK_EDIT&project_id={id}",
        "permission=task_edit",
        "permission=task_edit&workspace_id={id}",
        "permission=task_edit&project_id={id}&task_id={id}",
        "permission=task_edit&project_id=OPS",
        "project_id={id}",
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(status: Status, world: World, query: str) -> None:
    for kind in ("check", "explain"):
        assert await status(world.owner, "GET", f"/permissions/{kind}?" + query.format(id=new_id())) == 422


async def test_a_credential_narrows_the_answer(api: Api, world: World, status: Status) -> None:
    inside, outside = await world.project("IN"), await world.project("OUT")
    limited = Principal(id=world.owner, scopes=frozenset({"workspaces:read"}), project_ids=frozenset({inside["id"]}))
    assert await may(api, limited, "task_edit", project_id=inside["id"])
    assert not await may(api, limited, "task_edit", project_id=outside["id"])
    assert await may(api, limited, "workspace_view", workspace_id=world.workspace_id)
    assert not await may(api, limited, "workspace_edit", workspace_id=world.workspace_id)
    why = await ask(api, limited, "explain", permission="workspace_edit", workspace_id=world.workspace_id)
    assert (why["decision"]["allowed"], len(why["deciding"]), len(why["limits"])) == (False, 1, 2)
    narrow = Principal(id=world.owner, scopes=frozenset({"tasks:read"}))
    query = f"permission=workspace_view&workspace_id={world.workspace_id}"
    assert await status(narrow, "GET", f"/permissions/check?{query}") == 403


async def agree(api: Api, world: World, person: str, project_id: str) -> None:
    """What is listed, read, checked and explained about a person in a project is one and the same."""
    listed = await api.send(person, "GET", f"/projects?workspace_id={world.workspace_id}&limit=200")
    read = (await api.send(person, "GET", f"/projects/{project_id}")).status_code == 200
    sees = await may(api, person, "project_view", project_id=project_id)
    assert read == sees == (project_id in [item["id"] for item in listed.json()["items"]])
    for permission in (one for one in Permission if one & IN_PROJECT):
        name = str(permission.name).lower()
        query = {"permission": name, "project_id": project_id, "user_id": person}
        allowed = await may(api, person, name, project_id=project_id)
        why = await ask(api, world.owner, "explain", **query)
        assert allowed == why["decision"]["allowed"] == bool(why["deciding"]), (name, why)


async def test_lists_reads_checks_and_explanations_agree_whatever_happens(api: Api, world: World) -> None:
    turmoil = Turmoil(world, 44)
    for _ in range(3):
        await turmoil.make_project()
    for _ in range(CASES):
        await turmoil.step()
        project_id = turmoil.random.choice(turmoil.projects)
        if (await api.send(world.owner, "GET", f"/projects/{project_id}")).status_code == 200:
            await agree(api, world, turmoil.person(), project_id)
