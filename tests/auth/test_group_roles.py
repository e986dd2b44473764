"""What the groups of a provider bring: said by administrators who may give it, and told at every sign-in."""

from typing import Any

import msgspec
import pytest

from taskyard.auth.queries.group_roles import list_roles_of_groups
from taskyard.contracts.access import BUILT_IN_ROLES, Permission
from taskyard.contracts.groups import GroupGrant, GroupsClaimed
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from tests.auth.conftest import Auth
from tests.auth.federation import Federated, newcomer

Databases = dict[str, Database]


@pytest.fixture
async def workspace(databases: Databases, auth: Auth, acme: Federated) -> str:
    """Where the administrator of the deployment is an administrator, too."""
    await acme.change(group_claim="groups")
    return await employ(databases, auth, acme, int(BUILT_IN_ROLES["admin"]))


async def employ(databases: Databases, auth: Auth, acme: Federated, permissions: int) -> str:
    workspace, role, owner = new_id(), new_id(), databases["owner"]
    boss = (await auth.send("GET", "/me", token=acme.token)).json()["id"]
    await owner.execute(
        "INSERT INTO project.workspaces (id, slug, name, created_by, created_at, updated_at)"
        " VALUES ($1::uuid, $1::text, 'Acme', $2, now(), now())",
        workspace,
        boss,
    )
    await owner.execute(
        "INSERT INTO project.roles (workspace_id, id, key, name, permissions) VALUES ($1, $2, 'boss', 'Boss', $3)",
        workspace,
        role,
        permissions,
    )
    await owner.execute(
        "INSERT INTO project.subjects (person_id, subject_id, workspace_id) VALUES ($1, $2, $3)", boss, role, workspace
    )
    return workspace


async def bring(acme: Federated, workspace: str, group: str = "staff", role: str = "member") -> Any:
    body = {"group": group, "workspace_id": workspace, "role": role}
    return await acme.auth.post(f"/identity-providers/{acme.id}/group-roles", body, acme.token)


async def claimed(databases: Databases, before: int) -> list[GroupsClaimed]:
    rows = await databases["owner"].fetch(
        "SELECT data::text FROM log.events WHERE id > $1 AND type = 'identity.groups_claimed.v1' ORDER BY id", before
    )
    return [msgspec.json.decode(row[0], type=GroupsClaimed) for row in rows]


async def last_event(databases: Databases) -> int:
    return int(await databases["owner"].fetch_value("SELECT coalesce(max(id), 0) FROM log.events"))


async def test_what_a_group_brings_is_said_listed_and_taken_back(acme: Federated, workspace: str) -> None:
    path = f"/identity-providers/{acme.id}/group-roles"
    first = (await bring(acme, workspace)).json()
    second = (await bring(acme, workspace, " guests ", "guest")).json()
    assert (first["role"], second["group"]) == ("member", "guests")
    page = (await acme.auth.send("GET", f"{path}?limit=1", token=acme.token)).json()
    rest = (await acme.auth.send("GET", f"{path}?cursor={page['next_cursor']}", token=acme.token)).json()
    assert page["items"] + rest["items"] == [first, second]
    for status in (204, 404):
        gone = await acme.auth.send("DELETE", f"{path}/{first['id']}", token=acme.token)
        assert gone.status_code == status
    assert (await acme.auth.send("DELETE", f"{path}/nonsense", token=acme.token)).status_code == 404


async def test_a_group_brings_one_role_in_a_workspace(acme: Federated, workspace: str) -> None:
    await bring(acme, workspace)
    again = await bring(acme, workspace, role="viewer")
    assert (again.status_code, again.json()["code"]) == (409, "group_role_known")


@pytest.mark.parametrize(
    ("held", "role", "status"),
    [
        (BUILT_IN_ROLES["owner"], "admin", 201),
        (BUILT_IN_ROLES["admin"], "admin", 201),
        (BUILT_IN_ROLES["member"], "guest", 403),
        (Permission.WORKSPACE_MEMBERS | Permission.PROJECT_VIEW, "viewer", 403),
    ],
)
async def test_only_who_may_give_a_role_lets_a_group_bring_it(
    *, databases: Databases, auth: Auth, acme: Federated, held: Permission, role: str, status: int
) -> None:
    answer = await bring(acme, await employ(databases, auth, acme, int(held)), role=role)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("place", ["nonsense", "0190a000-0000-7000-8000-000000000000"])
async def test_a_workspace_that_is_not_seen_is_not_there(acme: Federated, place: str) -> None:
    assert (await bring(acme, place)).status_code == 422


async def test_where_a_second_factor_is_what_is_missing_it_is_said(
    databases: Databases, acme: Federated, workspace: str
) -> None:
    await databases["owner"].execute("UPDATE project.workspaces SET require_mfa = true WHERE id = $1", workspace)
    answer = await bring(acme, workspace)
    assert (answer.status_code, answer.json()["code"]) == (403, "mfa_required")


@pytest.mark.parametrize("fields", [{"role": "owner"}, {"group": " "}, {"workspace_id": 7}, {"group": "x" * 501}])
async def test_malformed_ones_are_refused(acme: Federated, workspace: str, fields: dict[str, Any]) -> None:
    body = {"group": "staff", "workspace_id": workspace, "role": "member", **fields}
    answer = await acme.auth.post(f"/identity-providers/{acme.id}/group-roles", body, acme.token)
    assert answer.status_code == 422


async def test_only_administrators_of_the_deployment_say_what_groups_bring(auth: Auth, acme: Federated) -> None:
    _, tokens = await auth.someone()
    path = f"/identity-providers/{acme.id}/group-roles"
    body = {"group": "staff", "workspace_id": new_id(), "role": "member"}
    for method, where in (("GET", path), ("POST", path), ("DELETE", f"{path}/{new_id()}")):
        answer = await auth.send(method, where, body if method == "POST" else None, tokens["access_token"])
        assert answer.status_code == 403
    for unknown in ("nonsense", new_id()):
        answer = await auth.send("GET", f"/identity-providers/{unknown}/group-roles", token=acme.token)
        assert answer.status_code == 404


async def test_every_sign_in_tells_what_groups_bring(databases: Databases, acme: Federated, workspace: str) -> None:
    made = (await bring(acme, workspace)).json()
    await bring(acme, workspace, "watchers", "viewer")
    ada, before = newcomer(), await last_event(databases)
    for groups in (["watchers", "staff", "other", 7], "watchers", [], None):
        await acme.sign_in(ada, groups=groups)
    told = await claimed(databases, before)
    roles = [[grant.role for grant in one.grants] for one in told]
    assert roles == [["member"], ["viewer"], [], []]
    assert told[0].grants == (GroupGrant(workspace, "member", made["created_by"]),)
    assert {one.provider_id for one in told} == {acme.id}


@pytest.mark.parametrize("claims", [{"groups": {"a": 1}}, {"_claim_names": {"groups": "src1"}}])
@pytest.mark.usefixtures("workspace")
async def test_groups_that_are_not_told_take_nothing(
    databases: Databases, acme: Federated, claims: dict[str, Any]
) -> None:
    before = await last_event(databases)
    assert (await acme.sign_in(newcomer(), **claims)).status_code == 200
    assert await claimed(databases, before) == []


async def test_a_provider_without_groups_tells_of_none(databases: Databases, acme: Federated) -> None:
    before = await last_event(databases)
    await acme.sign_in(newcomer(), groups=["staff"])
    assert await claimed(databases, before) == []


async def test_who_unlinks_an_identity_keeps_nothing_by_its_groups(
    databases: Databases, auth: Auth, acme: Federated, workspace: str
) -> None:
    await bring(acme, workspace)
    ada = newcomer()
    tokens = (await acme.sign_in(ada, groups=["staff"])).json()
    [identity] = (await auth.send("GET", "/me/identities", token=tokens["access_token"])).json()["items"]
    await auth.database.execute("UPDATE people SET password_hash = 'x' WHERE email_folded = $1", f"{ada}@acme.example")
    before = await last_event(databases)
    gone = await auth.send("DELETE", f"/me/identities/{identity['id']}", token=tokens["access_token"])
    assert (gone.status_code, [one.grants for one in await claimed(databases, before)]) == (204, [()])


async def test_a_sign_in_under_way_brings_nothing_once_its_provider_is_deleted(
    databases: Databases, auth: Auth, acme: Federated, workspace: str
) -> None:
    await bring(acme, workspace)
    unlocked = "SELECT id FROM auth.identity_providers WHERE id = $1 FOR UPDATE SKIP LOCKED"
    async with auth.database.transaction() as tx:
        assert len(await list_roles_of_groups(tx, acme.id, ["staff"])) == 1
        assert await databases["owner"].fetch(unlocked, acme.id) == []  # whoever deletes it waits for the sign-in
    gone = await auth.send("DELETE", f"/identity-providers/{acme.id}", token=acme.token, if_match="*")
    assert gone.status_code == 204
    assert await list_roles_of_groups(auth.database, acme.id, ["staff"]) == []
