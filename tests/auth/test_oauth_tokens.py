"""The token endpoint and its neighbours: who may have tokens, what they are worth, and how that ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from taskyard.kit import clock
from taskyard.kit.ids import new_id
from tests.auth.conftest import Auth
from tests.auth.oauth_client import CALLBACK, Owner, an_owner, claims_of

API = "https://api.example"


@pytest.fixture
async def scene(auth: Auth) -> AsyncIterator[Owner]:
    async with an_owner(auth) as owner:
        yield owner


async def test_a_program_acts_for_itself(scene: Owner) -> None:
    machine = await scene.robot()
    answer = (await machine.post("token", grant_type="client_credentials")).json()
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    claims = await claims_of(scene.auth, answer["access_token"])
    assert claims["sub"] == claims["client_id"] == machine.id
    refused = await scene.auth.send("GET", "/me", token=answer["access_token"])
    assert refused.status_code == 403


async def test_a_program_has_no_identity_of_a_person(scene: Owner) -> None:
    machine = await scene.robot(scopes=["openid", "email"])
    assert (await machine.post("token", grant_type="client_credentials")).json()["error"] == "invalid_scope"
    other = await scene.robot()
    wider = await other.post("token", grant_type="client_credentials", scope="openid")
    assert wider.json()["error"] == "invalid_scope"


async def test_a_deleted_program_acts_no_more(scene: Owner) -> None:
    machine = await scene.robot()
    token = (await machine.post("token", grant_type="client_credentials")).json()["access_token"]
    assert (await machine.post("introspect", token=token)).json()["active"] is True
    await scene.auth.send("DELETE", f"/oauth-clients/{machine.id}", token=scene.token)
    assert (await machine.post("token", grant_type="client_credentials")).status_code == 401


@pytest.mark.parametrize(
    ("grant_type", "error"),
    [("", "invalid_request"), ("password", "unsupported_grant_type"), ("client_credentials", "unauthorized_client")],
)
async def test_other_ways_lead_nowhere(scene: Owner, grant_type: str, error: str) -> None:
    app = await scene.program()
    answer = await app.post("token", grant_type=grant_type)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_program_proves_who_it_is_by_its_secret(scene: Owner) -> None:
    app, public = await scene.program(), await scene.program(token_endpoint_auth_method="none")
    client, fields = scene.auth.client, {"grant_type": "refresh_token", "refresh_token": "x"}
    named, secret = {"client_id": app.id, **fields}, str(app.secret)
    accepted = [
        await client.post("/oauth/token", data=fields, auth=(app.id, secret)),
        await client.post("/oauth/token", data={**named, "client_secret": secret}),
        await client.post("/oauth/token", data=named, auth=(app.id, secret)),
        await client.post("/oauth/token", data={"client_id": public.id, **fields}),
    ]
    assert [answer.json()["error"] for answer in accepted] == ["invalid_grant"] * 4
    refused = [
        await client.post("/oauth/token", data=named),
        await client.post("/oauth/token", data={**named, "client_secret": ""}),
        await client.post("/oauth/token", data={"client_id": public.id, "client_secret": "x", **fields}),
        await client.post("/oauth/token", data=fields, auth=(app.id, "wrong")),
        await client.post("/oauth/token", data=fields, auth=(new_id(), "unknown")),
        await client.post("/oauth/token", data=fields, auth=("no id", "x")),
        await client.post("/oauth/token", data=fields),
        await client.post("/oauth/token", data=fields, headers={"Authorization": "Basic !!!"}),
        await client.post("/oauth/token", data=fields, headers={"Authorization": "Basic bm9jb2xvbg=="}),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in refused] == [(401, "invalid_client")] * 9
    assert all(answer.headers["www-authenticate"].startswith("Basic ") for answer in refused)


async def test_two_proofs_at_once_are_refused(scene: Owner) -> None:
    app = await scene.program()
    for fields in ({"client_secret": "x"}, {"client_id": new_id()}):
        answer = await app.post("token", grant_type="refresh_token", **fields)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "changes", [{"code_verifier": "x" * 43}, {"code_verifier": ""}, {"redirect_uri": f"{CALLBACK}/"}]
)
async def test_a_code_works_only_as_it_was_asked_for(scene: Owner, changes: dict[str, str]) -> None:
    app = await scene.program()
    code = (await app.allowed_by(scene.visitor))["code"]
    assert (await app.redeem(code, **changes)).json()["error"] == "invalid_grant"
    assert (await app.redeem(code, resource="https://other.example")).json()["error"] == "invalid_target"
    assert (await app.redeem(code)).status_code == 200


async def test_a_code_is_the_programs_own_and_lives_a_minute(scene: Owner) -> None:
    app, other = await scene.program(), await scene.program()
    code = (await app.allowed_by(scene.visitor))["code"]
    assert (await other.redeem(code)).json()["error"] == "invalid_grant"
    clock.travel(timedelta(seconds=61))
    assert (await app.redeem(code)).json()["error"] == "invalid_grant"


async def test_a_code_that_comes_twice_ends_what_came_of_it(scene: Owner) -> None:
    app = await scene.program()
    code = (await app.allowed_by(scene.visitor))["code"]
    tokens = (await app.redeem(code)).json()
    assert (await app.redeem(code)).json()["error"] == "invalid_grant"
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.post("introspect", token=tokens["access_token"])).json() == {"active": False}


async def test_fifty_parallel_redemptions_give_one_answer(scene: Owner) -> None:
    app = await scene.program()
    code = (await app.allowed_by(scene.visitor))["code"]
    answers = await asyncio.gather(*(app.redeem(code) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 49


async def test_a_refresh_token_that_comes_late_again_ends_everything(scene: Owner) -> None:
    app = await scene.program()
    first = await app.tokens_from(scene.visitor)
    second = (await app.refresh(first["refresh_token"])).json()
    clock.travel(timedelta(seconds=11))
    revocations = scene.auth.revocations
    assert (await app.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    assert scene.auth.revocations > revocations


async def test_a_refresh_token_is_the_programs_own_and_never_grows(scene: Owner) -> None:
    app, other = await scene.program(), await scene.program()
    tokens = await app.tokens_from(scene.visitor, scope="openid")
    assert (await other.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.refresh(tokens["refresh_token"], scope="openid tasks:read")).json()["error"] == "invalid_scope"
    assert (await app.refresh(tokens["refresh_token"], resource=API)).json()["error"] == "invalid_target"
    assert (await app.refresh(tokens["refresh_token"])).status_code == 200


async def test_tokens_for_another_api_are_worth_something_there_alone(scene: Owner) -> None:
    resource = f"{API}/{new_id()}"
    there = await scene.robot(resource=resource)
    app, stranger = await scene.program(), await scene.program()
    tokens = await app.tokens_from(scene.visitor, resource=resource)
    assert (await scene.auth.send("GET", "/me", token=tokens["access_token"])).status_code == 401
    told = (await there.post("introspect", token=tokens["access_token"])).json()
    assert (told["active"], told["aud"], told["sub"]) == (True, resource, scene.person["id"])
    assert (await stranger.post("introspect", token=tokens["access_token"])).json() == {"active": False}
    taken = await scene.auth.post(
        "/oauth-clients", {"name": "x", "redirect_uris": [CALLBACK], "resource": resource}, scene.token
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "resource_taken")


async def test_our_own_api_can_be_asked_for_by_name(scene: Owner) -> None:
    app = await scene.program(scopes=["account:read"])
    issuer = "http://localhost:3000"
    tokens = await app.tokens_from(scene.visitor, scope="account:read", resource=issuer)
    assert (await claims_of(scene.auth, tokens["access_token"]))["aud"] == issuer
    assert (await scene.auth.send("GET", "/me", token=tokens["access_token"])).status_code == 200
    machine = await scene.robot()
    answer = await machine.post("token", grant_type="client_credentials", resource="https://unknown.example")
    assert answer.json()["error"] == "invalid_target"


async def test_introspection_tells_what_a_token_is_worth(scene: Owner) -> None:
    app = await scene.program()
    tokens = await app.tokens_from(scene.visitor)
    refresh = (await app.post("introspect", token=tokens["refresh_token"])).json()
    assert (refresh["active"], refresh["sub"], "token_type" in refresh) == (True, scene.person["id"], False)
    for other in ("nonsense", scene.token, tokens["id_token"], tokens["access_token"][:-3] + "AAA"):
        assert (await app.post("introspect", token=other)).json() == {"active": False}
    await app.refresh(tokens["refresh_token"])
    assert (await app.post("introspect", token=tokens["refresh_token"])).json() == {"active": False}
    clock.travel(timedelta(minutes=11))
    assert (await app.post("introspect", token=tokens["access_token"])).json() == {"active": False}


async def test_a_program_without_a_secret_learns_nothing_by_introspection(scene: Owner) -> None:
    public = await scene.program(token_endpoint_auth_method="none")
    answer = await public.post("introspect", token="x")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_a_revoked_token_takes_its_family_along(scene: Owner, kind: str) -> None:
    app = await scene.program()
    tokens = await app.tokens_from(scene.visitor)
    assert (await app.post("revoke", token=tokens[kind])).status_code == 200
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.post("introspect", token=tokens["access_token"])).json() == {"active": False}


async def test_nobody_revokes_what_is_not_theirs(scene: Owner) -> None:
    app, other = await scene.program(), await scene.program()
    tokens = await app.tokens_from(scene.visitor)
    machine = await scene.robot()
    own = (await machine.post("token", grant_type="client_credentials")).json()["access_token"]
    for client, token in ((other, tokens["access_token"]), (other, tokens["refresh_token"]), (machine, own)):
        assert (await client.post("revoke", token=token)).status_code == 200
    assert (await app.post("revoke", token="unknown")).status_code == 200
    assert (await app.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize("path", ["token", "introspect", "revoke", "par", "device_authorization"])
async def test_endpoints_take_forms_alone(scene: Owner, path: str) -> None:
    client = scene.auth.client
    answers = [
        await client.post(f"/oauth/{path}", json={"token": "x"}),
        await client.post(f"/oauth/{path}?client_secret=x", data={"token": "x"}),
        await client.post(
            f"/oauth/{path}", content="a=1&a=2", headers={"Content-Type": "application/x-www-form-urlencoded"}
        ),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [(400, "invalid_request")] * 3
    assert (await client.get(f"/oauth/{path}")).status_code == 405
    assert all(answer.headers["cache-control"] == "no-store" for answer in answers)
