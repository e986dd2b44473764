"""10: a code works once. When it comes again, whoever has the tokens may be the thief, so they end."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.journeys.programs import Program


def test_what_became_of_a_stolen_code_ends(app: Program) -> None:
    code = app.code()
    tokens = app.redeem(code).json()
    assert (app.redeem(code).status_code, app.redeem(code).json()["error"]) == (400, "invalid_grant")
    time.sleep(1)  # every process hears of it within a second
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert app.client.get("/api/v1/tasks", headers=bearer).status_code == httpx.codes.UNAUTHORIZED


def test_of_fifty_who_come_at_once_one_gets_tokens(app: Program) -> None:
    code = app.code()
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: app.redeem(code), range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 49
