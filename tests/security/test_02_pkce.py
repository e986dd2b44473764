"""02: without PKCE by S256 there is no code."""

import pytest

from tests.journeys.programs import Program, answer_of

PLAIN = {"code_challenge_method": "plain"}


@pytest.mark.parametrize(
    "changes",
    [
        PLAIN,
        {"code_challenge_method": None},
        {"code_challenge": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge": "short"},
        {"code_challenge": "x" * 44},
        {"code_challenge": "x" * 42 + "="},
    ],
)
def test_weak_requests_are_refused(app: Program, changes: dict[str, str | None]) -> None:
    answer = app.ask(**changes)
    said = answer_of(answer)
    assert (answer.status_code, said["error"], said["state"]) == (302, "invalid_request", "a state")
    assert said["iss"] == f"http://localhost:{app.owner.stack.port}"
