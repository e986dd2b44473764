"""51: a page of another origin reads nothing, but where its program asks for tokens; and nobody's cookie helps it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.journeys.programs import Program
from tests.security.conftest import Target

SPA = "https://spa.example"
READ_BY = "access-control-allow-origin"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


def _reader(program: Program, path: str, origin: str, method: str = "POST") -> str | None:
    answer = program.client.request(method, path, headers={"Origin": origin, **PREFLIGHT})
    assert "access-control-allow-credentials" not in answer.headers
    told: str | None = answer.headers.get(READ_BY)
    return told


def _public(make_app: Callable[..., Program], *addresses: str, **fields: Any) -> Program:
    return make_app(redirect_uris=list(addresses), token_endpoint_auth_method="none", **fields)


def test_the_pages_of_a_public_client_ask_for_tokens(make_app: Callable[..., Program]) -> None:
    app = _public(make_app, f"{SPA}:443/callback", "http://localhost:5173/", "com.example.app:/back")
    for origin in (SPA, "http://localhost:5173"):
        for path in ("/oauth/token", "/oauth/userinfo", "/oauth/revoke"):
            assert {_reader(app, path, origin, method) for method in ("POST", "OPTIONS")} == {origin}
        assert _reader(app, "/oauth/introspect", origin) is None
        assert _reader(app, "/api/v1/me", origin, "GET") is None
    for origin in (
        "https://other.example",
        "http://spa.example",
        "http://localhost:5174",
        "null",
        f"{SPA}.evil.example",
    ):
        assert _reader(app, "/oauth/token", origin) is None
    app.owner.delete(f"/oauth-clients/{app.id}")


def test_those_of_other_clients_do_not(make_app: Callable[..., Program]) -> None:
    secret = make_app(redirect_uris=["https://server.example/callback"])
    assert _reader(secret, "/oauth/token", "https://server.example") is None
    gone = _public(make_app, "https://gone.example/")
    assert _reader(gone, "/oauth/token", "https://gone.example") == "https://gone.example"
    gone.owner.delete(f"/oauth-clients/{gone.id}")
    assert _reader(gone, "/oauth/token", "https://gone.example") is None


@pytest.mark.parametrize("name", ["openid-configuration", "oauth-authorization-server", "jwks.json"])
def test_anybody_reads_what_is_published(target: Target, name: str) -> None:
    with target.client() as client:
        answer = client.get(f"/.well-known/{name}", headers={"Origin": "https://anybody.example"})
    assert (answer.status_code, answer.headers[READ_BY]) == (httpx.codes.OK, "*")
    assert "access-control-allow-credentials" not in answer.headers


def test_nobody_is_let_in_by_a_cookie_of_another_page(make_app: Callable[..., Program]) -> None:
    app = _public(make_app, f"{SPA}/callback")
    app.browser.sign_in(app.owner.email)
    answer = app.browser.client.get("/oauth/userinfo", headers={"Origin": SPA})
    assert "access-control-allow-credentials" not in answer.headers  # and so no browser lets the page read it
    posted = app.browser.client.post("/oauth/userinfo", headers={"Origin": SPA, "Sec-Fetch-Site": "cross-site"})
    assert (posted.status_code, posted.json()["code"]) == (403, "foreign_origin")
    app.owner.delete(f"/oauth-clients/{app.id}")


def test_a_version_that_does_not_exist_is_not_there(target: Target) -> None:
    with target.client() as client:
        answer = client.get("/api/v2/tasks")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_version")
