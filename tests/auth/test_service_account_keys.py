"""Keys of service accounts: given by who manages the members of their workspace and may no less than they."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.auth.conftest import Auth
from tests.project.conftest import Api, World

NEW = {"name": "CI", "scopes": ["tasks:read"]}


class Employer:
    """A workspace whose owner is signed in, and a service account in it."""

    def __init__(self, auth: Auth, api: Api) -> None:
        self.auth, self.api, self.world = auth, api, World(api)
        self.account: dict[str, Any] = {}
        self.token = ""

    async def build(self) -> None:
        person, tokens = await self.auth.someone()
        self.world.owner, self.token = person["id"], tokens["access_token"]
        await self.world.build()
        path = f"{self.world.path}/service-accounts"
        self.account = await self.api.made(self.world.owner, path, {"name": "Deploy", "role": "member"})

    @property
    def keys(self) -> str:
        return f"/service-accounts/{self.account['id']}/api-keys"

    async def issue(self, **fields: Any) -> dict[str, Any]:
        answer = await self.auth.post(self.keys, {**NEW, **fields}, self.token)
        assert answer.status_code == 201, answer.text
        key: dict[str, Any] = answer.json()
        return key

    async def ask(self, caller: str | Principal, method: str, path: str = "", body: object = None) -> int:
        principal = Principal(id=caller, session_id=new_id()) if isinstance(caller, str) else caller
        return (await self.auth.send_as(principal, method, self.keys + path, body)).status_code

    async def verb(self, verb: str) -> None:
        """What the project service does with the account."""
        path = f"{self.world.path}/service-accounts/{self.account['id']}"
        method, path = ("DELETE", path) if verb == "delete" else ("POST", f"{path}/{verb}")
        answer = await self.api.send(self.world.owner, method, path)
        assert answer.status_code in {200, 204}, answer.text

    async def opened(self, secret: str) -> Principal | None:
        """Whom a key stands for, once every change is known."""
        await self.auth.identity.refresh()
        return await self.auth.api_keys.find(secret, "127.0.0.1")


@pytest.fixture
async def employer(auth: Auth, databases: dict[str, Database]) -> Employer:
    made = Employer(auth, Api(databases["project"]))
    await made.build()
    return made


async def test_a_key_stands_for_the_account(employer: Employer) -> None:
    project = new_id()
    key = await employer.issue(project_ids=[project], ip_allow=["127.0.0.1"])
    assert (key["owner_id"], key["created_by"]) == (employer.account["id"], employer.world.owner)
    principal = await employer.opened(key["secret"])
    assert principal == Principal(
        id=employer.account["id"],
        kind="service_account",
        credential_id=key["id"],
        workspace_id=employer.world.workspace_id,
        scopes=frozenset({"tasks:read"}),
        project_ids=frozenset({project}),
    )
    listed = (await employer.auth.send("GET", employer.keys, token=employer.token)).json()["items"]
    assert [item["id"] for item in listed] == [key["id"]]
    assert "secret" not in listed[0]
    one = await employer.auth.send("GET", f"{employer.keys}/{key['id']}", token=employer.token)
    assert one.json() == listed[0]


async def test_it_has_no_account_and_its_keys_make_no_keys(employer: Employer) -> None:
    key = await employer.issue(scopes=["account:read", "api-keys:write"])
    auth, secret = employer.auth, key["secret"]
    await auth.identity.refresh()
    for method, path, body in [("GET", "/me", None), ("POST", "/api-keys", NEW), ("POST", employer.keys, NEW)]:
        assert (await auth.send(method, path, body, x_api_key=secret)).status_code == 403


async def test_who_may_give_keys(employer: Employer) -> None:
    world, key = employer.world, await employer.issue()
    one = f"/{key['id']}"
    limited = Principal(id=world.owner, session_id=new_id(), project_ids=frozenset({new_id()}))
    by_key = Principal(id=world.owner, credential_id=new_id(), scopes=frozenset({"api-keys:write", "api-keys:read"}))
    callers: list[tuple[str | Principal, int]] = [
        (world.member, 403),
        (world.guest, 403),
        (world.outsider, 404),
        (limited, 403),
        (by_key, 403),
    ]
    for caller, expected in callers:
        asked = [
            ("POST", "", NEW),
            ("PATCH", one, {"name": "x"}),
            ("POST", f"{one}/rotate", None),
            ("DELETE", one, None),
        ]
        assert [await employer.ask(caller, *request) for request in asked] == [expected] * 4
    assert [await employer.ask(who, "GET", one) for who in (world.member, world.outsider, limited)] == [403, 404, 403]
    assert [await employer.ask(who, "GET", one) for who in (by_key, world.admin)] == [200, 200]
    unscoped = Principal(id=world.owner, credential_id=new_id(), scopes=frozenset())
    assert [await employer.ask(unscoped, "GET", path) for path in ("", one)] == [403, 403]


async def test_nobody_gives_keys_to_what_may_more_than_they(employer: Employer) -> None:
    api, world = employer.api, employer.world
    names = ["workspace_view", "workspace_members", "project_view"]
    role = await api.made(world.owner, f"{world.path}/roles", {"name": "Keeper", "permissions": names})
    await api.send(world.owner, "PATCH", f"{world.path}/members/{world.member}", {"role": role["id"]})
    key = await employer.issue()
    one, keeper = f"/{key['id']}", world.member
    asked = [("POST", "", NEW), ("PATCH", one, {"name": "x"}), ("POST", f"{one}/rotate", None)]
    assert [await employer.ask(keeper, *request) for request in asked] == [403] * 3
    await api.send(world.owner, "PATCH", f"{world.path}/service-accounts/{employer.account['id']}", {"role": "viewer"})
    assert await employer.ask(keeper, "POST", "", NEW) == 201
    project = await world.project()
    await api.made(
        world.owner, f"/projects/{project['id']}/members", {"user_id": employer.account["id"], "role": "admin"}
    )
    assert await employer.ask(keeper, "POST", "", NEW) == 403  # by its role in one project
    assert await employer.ask(keeper, "DELETE", one) == 204  # taking away is always theirs


async def test_keys_are_changed_rotated_and_revoked(employer: Employer) -> None:
    auth, key = employer.auth, await employer.issue()
    path = f"{employer.keys}/{key['id']}"
    changed = await auth.send("PATCH", path, {"scopes": ["tasks:write"]}, employer.token, Idempotency_Key="c")
    again = await auth.send("PATCH", path, {"scopes": ["tasks:write"]}, employer.token, Idempotency_Key="c")
    assert changed.json() == again.json()
    assert changed.json()["scopes"] == ["tasks:write"]
    rotated = await auth.send("POST", f"{path}/rotate?overlap_seconds=60", None, employer.token)
    successor = rotated.json()
    assert rotated.headers["location"] == f"/api/v1{employer.keys}/{successor['id']}"
    opened = await employer.opened(successor["secret"])
    assert opened is not None
    assert (opened.id, opened.scopes) == (employer.account["id"], frozenset({"tasks:write"}))
    revoked = [await auth.send("DELETE", path, None, employer.token, Idempotency_Key="d") for _ in range(2)]
    assert [answer.status_code for answer in revoked] == [204, 204]
    assert await employer.opened(key["secret"]) is None
    assert auth.revocations == 5


async def test_its_keys_end_when_it_does(employer: Employer) -> None:
    secret = (await employer.issue())["secret"]
    assert await employer.opened(secret)
    await employer.verb("disable")
    assert await employer.opened(secret) is None
    employer.auth.api_keys.forget()
    assert await employer.opened(secret) is None
    await employer.verb("enable")
    assert await employer.opened(secret)
    await employer.verb("delete")
    assert await employer.opened(secret) is None
    assert await employer.ask(employer.world.owner, "POST", "", NEW) == 404


async def test_one_that_ended_while_it_was_remembered_is_refused(employer: Employer) -> None:
    secret = (await employer.issue())["secret"]
    await employer.opened(secret)
    before = employer.auth.api_keys.revoked
    await employer.verb("disable")
    assert await employer.auth.api_keys.find(secret, "127.0.0.1")  # nobody said so yet
    await employer.auth.identity.refresh()
    assert len(employer.auth.api_keys.revoked - before) == 1
    assert await employer.auth.api_keys.find(secret, "127.0.0.1") is None


async def test_those_of_a_deleted_workspace_open_nothing(employer: Employer) -> None:
    secret = (await employer.issue())["secret"]
    await employer.opened(secret)
    await employer.api.send(employer.world.owner, "DELETE", employer.world.path)
    assert await employer.opened(secret) is None


async def test_the_trail_of_the_workspace_keeps_it(employer: Employer, databases: dict[str, Database]) -> None:
    key = await employer.issue()
    row = await databases["owner"].fetch_row(
        """
        SELECT type, workspace_id::text, audience_id::text, actor_id::text FROM log.events
         WHERE resource_id = $1::uuid
        """,
        key["id"],
    )
    assert row is not None
    assert tuple(row) == (
        "api_key.created.v1",
        employer.world.workspace_id,
        employer.account["id"],
        employer.world.owner,
    )


@pytest.mark.parametrize("account", ["nonsense", "0190a000-0000-7000-8000-000000000000"])
async def test_what_is_no_account_is_not_there(employer: Employer, account: str) -> None:
    path = f"/service-accounts/{account}/api-keys"
    answers: list[httpx.Response] = [
        await employer.auth.post(path, NEW, employer.token),
        await employer.auth.send("GET", path, token=employer.token),
        await employer.auth.send("GET", f"{employer.keys}/{account}", token=employer.token),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_wrong_input_is_refused(employer: Employer) -> None:
    past = msgspec.to_builtins(clock.now() - timedelta(days=1))
    wrongs: list[dict[str, Any]] = [
        {"scopes": []},
        {"scopes": ["tasks:fly"]},
        {"expires_at": past},
        {"owner_id": new_id()},
    ]
    for wrong in wrongs:
        assert (await employer.auth.post(employer.keys, {**NEW, **wrong}, employer.token)).status_code == 422


async def test_a_service_account_is_nobodys_other_owner(employer: Employer, databases: dict[str, Database]) -> None:
    await databases["owner"].execute(  # as no request can
        """
        UPDATE project.members m SET role_id = r.id FROM project.roles r
         WHERE r.workspace_id = m.workspace_id AND r.key = 'owner' AND m.person_id = $1::uuid
        """,
        employer.account["id"],
    )
    await databases["owner"].execute(
        """
        INSERT INTO project.subjects (workspace_id, person_id, subject_id)
        SELECT workspace_id, person_id, role_id FROM project.members WHERE person_id = $1::uuid ON CONFLICT DO NOTHING
        """,
        employer.account["id"],
    )
    answer = await employer.auth.send("DELETE", "/me", token=employer.token)
    assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
