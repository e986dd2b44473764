"""Clients: registered by people or by themselves, changed and deleted by their owners alone."""

from typing import Any

import httpx
import pytest

from taskyard.auth.actions.signing_keys import SigningKeys
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.auth.conftest import Auth
from tests.auth.oauth_client import CALLBACK, Program, program
from tests.auth.visitor import Visitor, text_of

BODY = {"name": "An app", "redirect_uris": [CALLBACK]}


async def test_a_person_registers_a_program(auth: Auth) -> None:
    _, tokens = await auth.someone()
    made = await auth.post("/oauth-clients", BODY, tokens["access_token"])
    assert (made.status_code, made.headers["etag"], made.headers["cache-control"]) == (201, '"1"', "no-store")
    client = made.json()
    assert len(client.pop("client_secret")) >= 43
    assert made.headers["location"] == f"/api/v1/oauth-clients/{client['id']}"
    assert (await auth.send("GET", f"/oauth-clients/{client['id']}", token=tokens["access_token"])).json() == client
    assert (await auth.send("GET", "/oauth-clients", token=tokens["access_token"])).json()["items"] == [client]


async def test_lists_are_paged(auth: Auth) -> None:
    _, tokens = await auth.someone()
    made = [(await auth.post("/oauth-clients", BODY, tokens["access_token"])).json()["id"] for _ in range(3)]
    first = (await auth.send("GET", "/oauth-clients?limit=2", token=tokens["access_token"])).json()
    rest = await auth.send("GET", f"/oauth-clients?cursor={first['next_cursor']}", token=tokens["access_token"])
    assert [item["id"] for item in first["items"] + rest.json()["items"]] == made[::-1]


async def test_a_program_that_keeps_no_secret_gets_none(auth: Auth) -> None:
    _, tokens = await auth.someone()
    body = {**BODY, "token_endpoint_auth_method": "none"}
    made = (await auth.post("/oauth-clients", body, tokens["access_token"])).json()
    assert made["client_secret"] is None
    rotated = await auth.post(f"/oauth-clients/{made['id']}/rotate-secret", token=tokens["access_token"])
    assert rotated.status_code == 422


async def test_an_owner_changes_a_program(auth: Auth) -> None:
    _, tokens = await auth.someone()
    path = f"/oauth-clients/{(await program(auth, tokens['access_token'])).id}"
    changes = {"name": " Renamed ", "scopes": ["openid"]}
    answer = await auth.send("PATCH", path, changes, tokens["access_token"], if_match='"1"')
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (answer.json()["name"], answer.json()["scopes"]) == ("Renamed", ["openid"])
    assert (await auth.send("PATCH", path, changes, tokens["access_token"], if_match='"1"')).status_code == 412
    wider = await auth.send("PATCH", path, {"scopes": ["openid", "email"]}, tokens["access_token"])
    assert (wider.json()["name"], wider.headers["etag"]) == ("Renamed", '"3"')
    same = await auth.send("PATCH", path, {"name": "Renamed"}, tokens["access_token"])
    assert same.headers["etag"] == '"3"'


async def test_a_repeated_change_has_one_effect(auth: Auth) -> None:
    _, tokens = await auth.someone()
    path = f"/oauth-clients/{(await program(auth, tokens['access_token'])).id}"
    for _ in range(2):
        answer = await auth.send("PATCH", path, {"name": "Once"}, tokens["access_token"], idempotency_key="k")
        assert answer.headers["etag"] == '"2"'


async def test_a_new_secret_replaces_the_old_one(auth: Auth) -> None:
    _, tokens = await auth.someone()
    app = await program(auth, tokens["access_token"])
    answer = await auth.post(f"/oauth-clients/{app.id}/rotate-secret", token=tokens["access_token"])
    renewed = Program(auth, app.id, answer.json()["client_secret"])
    assert (await app.refresh("x")).status_code == 401
    assert (await renewed.refresh("x")).json()["error"] == "invalid_grant"


async def test_a_deleted_program_is_gone_with_all_it_was_allowed(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    app = await program(auth, tokens["access_token"])
    visitor = Visitor(auth)
    await visitor.sign_in(person["email"])
    theirs = await app.tokens_from(visitor)
    path = f"/oauth-clients/{app.id}"
    assert (await auth.send("DELETE", path, token=tokens["access_token"])).status_code == 204
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert (await auth.send(method, path, body, tokens["access_token"])).status_code == 404
    page = await visitor.get("/oauth/authorize", **app.question())
    assert page.status_code == 400
    ended = await databases["owner"].fetch_value(
        "SELECT revoked_reason FROM auth.sessions WHERE client_id = $1", app.id
    )
    assert ended == "client_deleted"
    assert "access_token" in theirs
    await visitor.close()


async def test_nobody_sees_anothers_programs(auth: Auth) -> None:
    (_, ann), (_, bob) = await auth.someone(), await auth.someone()
    path = f"/oauth-clients/{(await program(auth, ann['access_token'])).id}"
    for method, sub, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("POST", "/rotate-secret", None),
    ):
        assert (await auth.send(method, path + sub, body, bob["access_token"])).status_code == 404
    assert (await auth.send("GET", "/oauth-clients", token=bob["access_token"])).json()["items"] == []
    assert (await auth.send("GET", "/oauth-clients/nonsense", token=bob["access_token"])).status_code == 404


async def test_a_program_registers_no_programs(auth: Auth) -> None:
    """Not even with the scope: whoever acts for somebody gives nobody else the right to."""
    someone = Principal(id=new_id(), session_id=new_id(), scopes=frozenset({"oauth-clients:write"}))
    assert (await auth.send_as(someone, "POST", "/oauth-clients", BODY)).status_code == 403
    machine = Principal(id=new_id(), kind="service_account")
    assert (await auth.send_as(machine, "GET", "/oauth-clients")).status_code == 403
    assert (await auth.send_as(None, "GET", "/oauth-clients")).status_code == 401


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "\u0007"}, "/name"),
        ({"redirect_uris": []}, "/grant_types"),
        ({"redirect_uris": ["http://app.example/cb"]}, "/redirect_uris"),
        ({"redirect_uris": ["https://app.example/cb#x"]}, "/redirect_uris"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "/redirect_uris"),
        ({"redirect_uris": ["https://user@app.example/"]}, "/redirect_uris"),
        ({"redirect_uris": ["https://app.example:x/"]}, "/redirect_uris"),
        ({"redirect_uris": ["https:///cb"]}, "/redirect_uris"),
        ({"redirect_uris": ["https://äpp.example/"]}, "/redirect_uris"),
        ({"redirect_uris": ["/relative"]}, "/redirect_uris"),
        ({"post_logout_redirect_uris": ["ftp:x"]}, "/redirect_uris"),
        ({"scopes": ["nonsense"]}, "/scopes"),
        ({"resource": "http://api.example"}, "/resource"),
        ({"resource": "not an address"}, "/resource"),
        ({"grant_types": ["password"]}, "/grant_types"),
        ({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}, "/grant_types"),
        ({"owner_id": "x"}, "/owner_id"),
        ({"secret_hash": "x"}, "/secret_hash"),
    ],
)
async def test_wrong_programs_are_refused(auth: Auth, changes: dict[str, Any], pointer: str) -> None:
    _, tokens = await auth.someone()
    answer = await auth.post("/oauth-clients", {**BODY, **changes}, tokens["access_token"])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/cb", "http://[::1]:7/cb", "http://localhost:8080/", "com.example.app:/cb"]
)
async def test_programs_on_the_persons_machine_are_fine(auth: Auth, address: str) -> None:
    _, tokens = await auth.someone()
    answer = await auth.post("/oauth-clients", {**BODY, "redirect_uris": [address]}, tokens["access_token"])
    assert answer.status_code == 201


async def register(auth: Auth, **changes: Any) -> httpx.Response:
    body = {"client_name": "A tool", "redirect_uris": [CALLBACK], "software_id": "ignored", **changes}
    return await auth.client.post("/oauth/register", json=body)


async def test_a_program_registers_itself_and_is_always_asked_for(auth: Auth) -> None:
    answer = await register(auth, scope="openid tasks:read")
    told = answer.json()
    assert (answer.status_code, told["client_secret_expires_at"], told["scope"]) == (201, 0, "openid tasks:read")
    person = await auth.register()
    visitor = Visitor(auth)
    await visitor.sign_in(person["email"])
    tool = Program(auth, told["client_id"], told["client_secret"])
    for _ in range(2):
        page = await visitor.get("/oauth/authorize", **tool.question(scope="openid"))
        assert "registered itself" in text_of(page)
        assert "code=" in (await visitor.send(page, "/oauth/consent", decision="allow")).headers["location"]
    await visitor.close()


async def test_a_program_registers_without_a_secret(auth: Auth) -> None:
    told = (await register(auth, token_endpoint_auth_method="none")).json()
    assert "client_secret" not in told
    machine = await register(auth, grant_types=["client_credentials"], redirect_uris=[])
    assert machine.json()["response_types"] == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": ["http://app.example"]}, "invalid_redirect_uri"),
        ({"redirect_uris": "x"}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"client_name": "\u0007x"}, "invalid_client_metadata"),
        ({"scope": "nonsense"}, "invalid_scope"),
    ],
)
async def test_wrong_registrations_are_refused(auth: Auth, changes: dict[str, Any], error: str) -> None:
    answer = await register(auth, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_deployment_can_close_registration(databases: dict[str, Database], signing: SigningKeys) -> None:
    closed = Auth(databases["auth"], signing, client_registration=False)
    answer = await register(closed)
    assert (answer.status_code, answer.json()["error"]) == (403, "access_denied")
    assert "registration_endpoint" not in (await closed.client.get("/.well-known/openid-configuration")).json()
    await closed.close()


async def test_the_server_describes_itself(auth: Auth) -> None:
    told = (await auth.client.get("/.well-known/openid-configuration")).json()
    assert told == (await auth.client.get("/.well-known/oauth-authorization-server")).json()
    assert (told["issuer"], told["code_challenge_methods_supported"]) == ("http://localhost:3000", ["S256"])
    resource = (await auth.client.get("/.well-known/oauth-protected-resource")).json()
    assert (resource["resource"], resource["authorization_servers"]) == (told["issuer"], [told["issuer"]])
    assert "tasks:read" in resource["scopes_supported"]
