"""Whose pages may read what the gateway answers (requirement 51)."""

import httpx

from taskyard.kit.redis import Redis
from tests.gateway.fakes import CLIENT_ORIGIN, PUBLIC_URL, broken, build_gateway, client_of, settings_with

PUBLISHED = (
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/.well-known/jwks.json",
)
FOR_CLIENTS = ("/oauth/token", "/oauth/userinfo", "/oauth/revoke", "/oauth/par")
PUBLIC = ("/api/v1/public/tasks", "/api/v1/public/projects/some")
PREFLIGHT = {"Access-Control-Request-Method": "POST"}


def _readers(answers: list[httpx.Response]) -> set[tuple[str | None, str | None]]:
    names = ("access-control-allow-origin", "access-control-allow-credentials")
    return {(answer.headers.get(names[0]), answer.headers.get(names[1])) for answer in answers}


async def test_anybody_reads_what_the_server_publishes_of_itself(client: httpx.AsyncClient) -> None:
    origins: list[dict[str, str]] = [{}, *({"Origin": origin} for origin in ("null", "https://evil.example"))]
    origins.append({"Origin": PUBLIC_URL})
    answers = [await client.get(path, headers=origin) for path in PUBLISHED + PUBLIC for origin in origins]
    answers += [await client.options(path, headers={**PREFLIGHT, **origins[2]}) for path in PUBLISHED]
    assert _readers(answers) == {("*", None)}


async def test_programs_in_browsers_use_oauth_and_nothing_else(client: httpx.AsyncClient) -> None:
    page = {"Origin": CLIENT_ORIGIN}
    answers = [
        await client.request(method, path, headers={**page, **PREFLIGHT})
        for path in FOR_CLIENTS
        for method in ("POST", "OPTIONS")
    ]
    assert _readers(answers) == {(CLIENT_ORIGIN, None)}
    others = [await client.post(path, headers=page) for path in ("/oauth/introspect", "/oauth/sign-in", "/api/v1/me")]
    strange = ["https://spa.example:444", "http://spa.example", "https://SPA.example", "null", "https://\xe9.example"]
    headers = [{b"Origin": origin.encode("latin-1")} for origin in [*strange, "https://" + "a" * 400]]
    others += [await client.post("/oauth/token", headers=origin) for origin in headers]
    assert _readers(others) == {(None, None)}


async def test_allowed_origins_use_tokens_and_never_cookies(redis: Redis) -> None:
    settings = settings_with(allowed_origins=("https://app.example",))
    async with client_of(build_gateway(redis, settings=settings)) as client:
        page = {"Origin": "https://app.example", **PREFLIGHT}
        allowed = [
            await client.options("/api/v1/tasks", headers=page),
            await client.get("/api/v1/tasks", headers=page),
            await client.get("/api/v1/tasks", headers={**page, "Authorization": "Bearer mallory"}),
            await client.get("/nothing", headers=page),
            await client.options("/api/v1/openapi.json", headers=page),
        ]
        foreign = await client.get("/api/v1/tasks", headers={"Origin": "https://app.example.evil.example"})
    assert _readers(allowed) == {("https://app.example", None)}
    assert [answer.status_code for answer in allowed] == [204, 200, 401, 404, 204]
    assert {answer.headers["vary"] for answer in allowed} == {"Origin"}
    exposed = allowed[1].headers["access-control-expose-headers"]
    assert all(name in exposed for name in ("ETag", "RateLimit", "Retry-After", "X-Request-ID", "Link", "Location"))
    assert "access-control-allow-origin" not in foreign.headers


async def test_no_service_sees_a_preflight(redis: Redis) -> None:
    gateway = build_gateway(redis, upstreams={"task": broken})
    async with client_of(gateway) as client:
        answer = await client.options("/api/v1/tasks", headers={"Origin": PUBLIC_URL, **PREFLIGHT})
    assert (answer.status_code, answer.content) == (204, b"")
