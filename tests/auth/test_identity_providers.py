"""/identity-providers: administrators set up by whom people may sign in, and nobody reads a secret again."""

from typing import Any

import pytest

from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.auth.conftest import ISSUER, Auth
from tests.auth.federation import Federated, administrator, federating
from tests.journeys.openid_provider import BACK, SECRET, OpenIdProvider, providing


@pytest.fixture
def provider() -> Any:
    with providing("corp") as provider:
        yield provider


async def create(auth: Auth, provider: OpenIdProvider, **fields: Any) -> Any:
    return await auth.post("/identity-providers", provider.body(**fields), await administrator(auth))


async def test_a_provider_is_set_up_and_read_without_its_secret(auth: Auth, acme: Federated) -> None:
    path = f"/identity-providers/{acme.id}"
    read = await auth.send("GET", path, token=acme.token)
    shown = read.json()
    assert (shown["has_secret"], shown["scopes"], shown["version"]) == (True, ["openid", "profile", "email"], 1)
    assert shown["callback"] == f"{ISSUER}/oauth/sign-in/with/{acme.provider.name}/callback"
    assert SECRET not in read.text
    assert (await auth.send("GET", path, token=acme.token, if_none_match='"1"')).status_code == 304
    first = (await auth.send("GET", "/identity-providers?limit=200", token=acme.token)).json()
    assert shown in first["items"]


async def test_the_secret_is_stored_sealed(auth: Auth, acme: Federated) -> None:
    row = await auth.database.fetch_row("SELECT secret_sealed FROM identity_providers WHERE id = $1", acme.id)
    assert row is not None
    assert SECRET.encode() not in row[0]


async def test_pages_of_providers_follow_each_other(auth: Auth, acme: Federated) -> None:
    async with federating(auth):
        page = (await auth.send("GET", "/identity-providers?limit=1", token=acme.token)).json()
        following = f"/identity-providers?limit=1&cursor={page['next_cursor']}"
        assert (await auth.send("GET", following, token=acme.token)).json()["items"][0]["id"] > page["items"][0]["id"]


async def test_a_provider_is_changed(auth: Auth, acme: Federated) -> None:
    changed = await acme.change(name=" Corp ", client_secret=None, email_domains=["@ACME.example", "acme.example"])
    shown = changed.json()
    assert (shown["name"], shown["has_secret"], shown["email_domains"]) == ("Corp", False, ["acme.example"])
    assert (changed.headers["etag"], (await acme.change(name="Corp")).headers["etag"]) == ('"2"', '"2"')
    stale = await auth.send("PATCH", f"/identity-providers/{acme.id}", {"name": "x"}, acme.token, if_match='"1"')
    assert stale.status_code == 412


async def test_a_provider_that_is_off_or_gone_signs_nobody_in(auth: Auth, acme: Federated) -> None:
    begin = f"/auth/federated/{acme.provider.name}/begin"
    await acme.change(is_enabled=False)
    assert (await auth.post(begin, {"redirect_uri": BACK})).status_code == 404
    await acme.change(is_enabled=True)
    assert (await auth.post(begin, {"redirect_uri": BACK})).status_code == 200
    gone = await auth.send("DELETE", f"/identity-providers/{acme.id}", token=acme.token, if_match="*")
    assert gone.status_code == 204
    assert (await auth.post(begin, {"redirect_uri": BACK})).status_code == 404
    assert (await auth.send("GET", f"/identity-providers/{acme.id}", token=acme.token)).status_code == 404
    await acme.set_up()  # its slug and its issuer are free again


async def test_nobody_else_sees_or_changes_providers(auth: Auth, acme: Federated) -> None:
    _, tokens = await auth.someone()
    path = f"/identity-providers/{acme.id}"
    for method, where, body in (
        ("GET", "/identity-providers", None),
        ("POST", "/identity-providers", acme.provider.body()),
        ("GET", path, None),
        ("PATCH", path, {"name": "Mine"}),
        ("DELETE", path, None),
    ):
        answer = await auth.send(method, where, body, tokens["access_token"], if_match="*")
        assert answer.status_code == 403, (method, where)
    assert acme.provider.asked == ["openid-configuration"]  # a stranger makes us ask nobody


async def test_a_program_sets_up_no_provider(auth: Auth, acme: Federated) -> None:
    program = Principal(id=new_id(), session_id=new_id(), scopes=frozenset({"identity-providers:write"}))
    path = f"/identity-providers/{acme.id}"
    answers = [
        await auth.send_as(program, "POST", "/identity-providers", acme.provider.body()),
        await auth.send_as(program, "PATCH", path, {"name": "Mine"}),
        await auth.send_as(program, "DELETE", path),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]


@pytest.mark.parametrize("provider_id", ["nonsense", "0190a000-0000-7000-8000-000000000000"])
async def test_an_unknown_provider_is_not_found(auth: Auth, acme: Federated, provider_id: str) -> None:
    path = f"/identity-providers/{provider_id}"
    assert (await auth.send("GET", path, token=acme.token)).status_code == 404
    assert (await auth.send("PATCH", path, {"name": "x"}, acme.token, if_match="*")).status_code == 404
    assert (await auth.send("DELETE", path, token=acme.token, if_match="*")).status_code == 404


@pytest.mark.parametrize("field", ["slug", "issuer"])
async def test_slug_and_issuer_are_one_provider_s(auth: Auth, acme: Federated, field: str) -> None:
    other = {"slug": "other-slug"} if field == "issuer" else {"issuer": f"{acme.provider.url}/other"}
    answer = await auth.post("/identity-providers", acme.provider.body(**other), acme.token)
    assert (answer.status_code, answer.json()["code"]) == (409, "provider_known")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"slug": "Not a slug"}, "/slug"),
        ({"scopes": ["email"]}, "/scopes"),
        ({"redirect_uris": ["http://elsewhere.example/"]}, "/redirect_uris"),
        ({"issuer": None}, "/issuer"),
        ({"issuer": "https://10.0.0.1"}, "/issuer"),
        ({"issuer": "http://127.0.0.1:1/acme"}, "/issuer"),
        ({"email_domains": [" "]}, "/email_domains"),
    ],
)
async def test_what_cannot_work_is_not_stored(
    auth: Auth, provider: OpenIdProvider, fields: dict[str, Any], pointer: str
) -> None:
    answer = await create(auth, provider, **fields)
    assert answer.status_code == 422, answer.text
    assert pointer in answer.text


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://elsewhere.example"},
        {"response_types_supported": ["token"]},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint": "https://169.254.169.254/latest"},
        {"userinfo_endpoint": "ftp://acme.example/"},
        {"jwks_uri": 7},
    ],
)
async def test_what_a_provider_says_of_itself_is_checked(
    auth: Auth, provider: OpenIdProvider, document: dict[str, Any]
) -> None:
    provider.document = document
    answer = await create(auth, provider)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/issuer")


async def test_a_preset_knows_what_is_not_said(auth: Auth, provider: OpenIdProvider) -> None:
    made = (await create(auth, provider, slug="keys", kind="keycloak")).json()
    assert (made["kind"], made["group_claim"]) == ("keycloak", "groups")
    missing = await create(auth, provider, slug="tenant", kind="microsoft", issuer=None)
    assert "/issuer" in missing.text
