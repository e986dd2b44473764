"""16, 51, 52: what every answer carries, and what none does."""

import httpx
import pytest

from tests.security.conftest import Target

ALWAYS = {
    "strict-transport-security",
    "x-content-type-options",
    "content-security-policy",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
}


@pytest.mark.parametrize("path", ["/live", "/api/docs", "/api/v1/me", "/api/v1/nothing", "/nothing", "/api/v1//me"])
def test_every_answer_protects_its_reader(target: Target, path: str) -> None:
    with target.client(Origin="https://evil.example") as client:
        answer = client.get(path)
    names = set(answer.headers)
    assert names >= ALWAYS
    assert not names & {"server", "x-powered-by", "access-control-allow-origin"}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
def test_foreign_origin_is_given_nothing(target: Target, origin: str) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    with target.client() as client:
        answer = client.options("/api/v1/tasks", headers=headers)
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_trace_is_not_answered(target: Target) -> None:
    with target.client() as client:
        assert client.request("TRACE", "/api/v1/me").status_code == httpx.codes.METHOD_NOT_ALLOWED
