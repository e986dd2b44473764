"""OAuth clients that act as service accounts: bound by who may give the account keys, within what either may."""

from typing import Any

import httpx
import pytest

from taskyard.contracts.people import Person
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import InvalidToken
from tests.auth.conftest import Auth
from tests.auth.oauth_client import Program, claims_of, program
from tests.auth.test_service_account_keys import Employer
from tests.project.conftest import Api

SCOPES = ["tasks:read", "tasks:write"]
TO_READ = {"scopes": ["tasks:read"]}


class Bureau(Employer):
    """An employer with a program that is to act as their service account."""

    robot: Program

    async def build(self) -> None:
        await super().build()
        self.robot = await self.program()

    async def program(self, **fields: Any) -> Program:
        body = {"grant_types": ["client_credentials"], "redirect_uris": [], "scopes": SCOPES, **fields}
        return await program(self.auth, self.token, **body)

    @property
    def path(self) -> str:
        return f"/service-accounts/{self.account['id']}/oauth-clients"

    async def bind(self, robot: Program | None = None, body: object = TO_READ, **headers: str) -> httpx.Response:
        return await self.auth.send("PUT", f"{self.path}/{(robot or self.robot).id}", body, self.token, **headers)

    async def unbind(self, **headers: str) -> httpx.Response:
        return await self.auth.send("DELETE", f"{self.path}/{self.robot.id}", None, self.token, **headers)

    async def acts(self, **fields: str) -> dict[str, Any]:
        answer = await self.robot.post("token", grant_type="client_credentials", **fields)
        told: dict[str, Any] = answer.json()
        return told

    async def caller(self, token: str) -> Principal | None:
        """Whom a token stands for, once every change is known; None where it is refused."""
        await self.auth.identity.refresh()
        scope = {"type": "http", "path": "/", "headers": [(b"authorization", f"Bearer {token}".encode())]}
        try:
            return await self.auth.identity.authenticate(scope)
        except InvalidToken:
            return None

    async def ask_as(self, caller: str | Principal, method: str, path: str = "", body: object = None) -> int:
        principal = Principal(id=caller, session_id=new_id()) if isinstance(caller, str) else caller
        return (await self.auth.send_as(principal, method, self.path + path, body)).status_code


@pytest.fixture
async def bureau(auth: Auth, databases: dict[str, Database]) -> Bureau:
    made = Bureau(auth, Api(databases["project"]))
    await made.build()
    return made


async def test_a_bound_client_acts_as_the_account(bureau: Bureau) -> None:
    bound = await bureau.bind()
    assert bound.status_code == 200
    assert (bound.json()["client_name"], bound.json()["created_by"]) == ("An app", bureau.world.owner)
    told = await bureau.acts()
    assert (told["scope"], "refresh_token" in told, "id_token" in told) == ("tasks:read", False, False)
    claims = await claims_of(bureau.auth, told["access_token"])
    assert claims["sub"] == claims["client_id"] == bureau.robot.id
    assert (claims["service_account_id"], claims["sid"]) == (bureau.account["id"], bound.json()["id"])
    caller = await bureau.caller(told["access_token"])
    assert caller is not None
    assert (caller.id, caller.kind, caller.scopes) == (
        bureau.account["id"],
        "service_account",
        frozenset({"tasks:read"}),
    )
    worth = (await bureau.robot.post("introspect", token=told["access_token"])).json()
    assert (worth["active"], worth["service_account_id"]) == (True, bureau.account["id"])
    listed = await bureau.auth.send("GET", bureau.path, token=bureau.token)
    assert listed.json()["items"] == [bound.json()]


async def test_scopes_are_those_that_were_granted_and_that_the_client_has(bureau: Bureau) -> None:
    await bureau.bind(body={"scopes": [*SCOPES, "tasks:read"]})
    await bureau.auth.send("PATCH", f"/oauth-clients/{bureau.robot.id}", {"scopes": ["tasks:write"]}, bureau.token)
    assert (await bureau.acts())["scope"] == "tasks:write"
    assert (await bureau.acts(scope="tasks:read"))["error"] == "invalid_scope"
    await bureau.auth.send("PATCH", f"/oauth-clients/{bureau.robot.id}", {"scopes": ["teams:read"]}, bureau.token)
    assert (await bureau.acts())["error"] == "invalid_scope"


async def test_an_unbound_client_is_itself_alone(bureau: Bureau) -> None:
    token = (await bureau.acts())["access_token"]
    assert "service_account_id" not in await claims_of(bureau.auth, token)
    await bureau.bind()
    caller = await bureau.caller(token)
    assert caller is not None
    assert (caller.id, caller.session_id) == (bureau.robot.id, bureau.robot.id)


@pytest.mark.parametrize("way", ["unbind", "narrow", "disable", "delete", "delete client", "delete workspace"])
async def test_its_tokens_end_when_either_does(bureau: Bureau, way: str) -> None:
    await bureau.bind(body={"scopes": SCOPES})
    token = (await bureau.acts())["access_token"]
    assert await bureau.caller(token)
    if way == "unbind":
        assert (await bureau.unbind()).status_code == 204
    elif way == "narrow":
        await bureau.bind()
    elif way == "delete client":
        await bureau.auth.send("DELETE", f"/oauth-clients/{bureau.robot.id}", token=bureau.token)
    elif way == "delete workspace":
        await bureau.api.send(bureau.world.owner, "DELETE", bureau.world.path)
    else:
        await bureau.verb(way)
    other = await bureau.program()
    assert await bureau.caller(token) is None
    if way != "delete client":
        assert (await bureau.robot.post("introspect", token=token)).json() == {"active": False}
    assert (await other.post("token", grant_type="client_credentials")).status_code == 200


async def test_an_account_that_ended_gives_no_tokens(bureau: Bureau) -> None:
    await bureau.bind()
    await bureau.verb("disable")
    assert (await bureau.acts())["error"] == "unauthorized_client"
    await bureau.verb("enable")
    assert "access_token" in await bureau.acts()
    await bureau.verb("delete")
    assert (await bureau.acts())["error"] == "unauthorized_client"
    path = f"{bureau.world.path}/service-accounts"
    bureau.account = await bureau.api.made(bureau.world.owner, path, {"name": "Another", "role": "member"})
    assert (await bureau.bind()).status_code == 200
    claims = await claims_of(bureau.auth, (await bureau.acts())["access_token"])
    assert claims["service_account_id"] == bureau.account["id"]


async def test_one_client_acts_as_one_account(bureau: Bureau) -> None:
    first, again = (await bureau.bind()).json(), (await bureau.bind()).json()
    assert first == again
    path = f"{bureau.world.path}/service-accounts"
    bureau.account = await bureau.api.made(bureau.world.owner, path, {"name": "Another", "role": "member"})
    refused = await bureau.bind()
    assert (refused.status_code, refused.json()["code"]) == (409, "client_bound")
    assert (await bureau.unbind()).status_code == 404


async def test_who_may_bind(bureau: Bureau) -> None:
    world, one = bureau.world, f"/{bureau.robot.id}"
    by_key = Principal(id=world.owner, credential_id=new_id(), scopes=frozenset({"oauth-clients:write"}))
    callers: list[tuple[str | Principal, int]] = [
        (world.member, 403),
        (world.outsider, 404),
        (by_key, 403),
        (world.admin, 404),  # the client is another's
    ]
    for caller, expected in callers:
        assert await bureau.ask_as(caller, "PUT", one, TO_READ) == expected
    await bureau.bind()
    assert [await bureau.ask_as(who, "GET") for who in (world.member, world.outsider, by_key)] == [403, 404, 403]
    assert [await bureau.ask_as(who, "DELETE", one) for who in (world.member, world.outsider, by_key)] == [
        403,
        404,
        403,
    ]
    assert await bureau.ask_as(world.admin, "GET") == 200
    assert await bureau.ask_as(world.admin, "DELETE", one) == 204  # taking away is theirs
    assert (await bureau.acts()).get("scope") == "tasks:read tasks:write"


async def test_nobody_binds_to_what_may_more_than_they(bureau: Bureau, auth: Auth) -> None:
    keeper, tokens = await auth.someone()
    bureau.api.people.known[keeper["id"]] = Person(id=keeper["id"], email=keeper["email"], name="Keeper")
    await bureau.world.join(keeper["id"], "admin")
    robot = await program(auth, tokens["access_token"], grant_types=["client_credentials"], scopes=SCOPES)
    path, world = f"{bureau.path}/{robot.id}", bureau.world
    names = ["workspace_view", "workspace_members"]
    role = await bureau.api.made(world.owner, f"{world.path}/roles", {"name": "Keeper", "permissions": names})
    await bureau.api.send(world.owner, "PATCH", f"{world.path}/members/{keeper['id']}", {"role": role["id"]})
    assert (await auth.send("PUT", path, TO_READ, tokens["access_token"])).status_code == 403
    await bureau.api.send(world.owner, "PATCH", f"{world.path}/members/{keeper['id']}", {"role": "admin"})
    assert (await auth.send("PUT", path, TO_READ, tokens["access_token"])).status_code == 200


async def test_a_client_must_be_able_to_act_for_itself(bureau: Bureau) -> None:
    app = await bureau.program(grant_types=["authorization_code"], redirect_uris=["https://app.example/callback"])
    public = await bureau.program(
        grant_types=["authorization_code"], redirect_uris=["https://a.example/"], token_endpoint_auth_method="none"
    )
    for client in (app, public):
        refused = await bureau.bind(client)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_for_itself")


@pytest.mark.parametrize("scopes", [[], ["teams:read"], ["tasks:fly"], ["openid"], "tasks:read"])
async def test_wrong_scopes_are_refused(bureau: Bureau, scopes: object) -> None:
    assert (await bureau.bind(body={"scopes": scopes})).status_code == 422


@pytest.mark.parametrize("nothing", ["nonsense", "0190a000-0000-7000-8000-000000000000"])
async def test_what_is_not_there_is_not_found(bureau: Bureau, nothing: str) -> None:
    auth, token = bureau.auth, bureau.token
    asked = [("PUT", f"{bureau.path}/{nothing}"), ("DELETE", f"{bureau.path}/{nothing}")]
    asked += [("PUT", f"/service-accounts/{nothing}/oauth-clients/{bureau.robot.id}")]
    answers = [await auth.send(method, path, TO_READ, token) for method, path in asked]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert (await bureau.unbind()).status_code == 404


async def test_what_comes_twice_happens_once(bureau: Bureau) -> None:
    twice = [await bureau.bind(Idempotency_Key="a") for _ in range(2)]
    assert twice[0].json() == twice[1].json()
    gone = [await bureau.unbind(Idempotency_Key="b") for _ in range(2)]
    assert [answer.status_code for answer in gone] == [204, 204]


async def test_the_trail_says_which_client_and_which_account(bureau: Bureau, databases: dict[str, Database]) -> None:
    binding = (await bureau.bind()).json()
    await bureau.unbind()
    rows = await databases["owner"].fetch(
        """
        SELECT type, workspace_id::text, audience_id::text, actor_id::text, changes::text FROM log.events
         WHERE resource_id = $1::uuid ORDER BY id
        """,
        binding["id"],
    )
    assert [row[0] for row in rows] == ["oauth_client.bound.v1", "oauth_client.unbound.v1"]
    seen = (bureau.world.workspace_id, bureau.account["id"], bureau.world.owner)
    assert {tuple(row[1:4]) for row in rows} == {seen}
    assert all(bureau.robot.id in row[4] for row in rows)
