"""Pushed requests: kept for ten minutes, checked at once, good for one code."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from taskyard.kit import clock
from tests.auth.conftest import Auth
from tests.auth.oauth_client import Owner, an_owner, answer_of


@pytest.fixture
async def scene(auth: Auth) -> AsyncIterator[Owner]:
    async with an_owner(auth) as owner:
        yield owner


async def test_a_pushed_request_leads_to_one_code(scene: Owner) -> None:
    app, other = await scene.program(), await scene.program()
    pushed = await app.post("par", **app.question())
    assert (pushed.status_code, pushed.json()["expires_in"]) == (201, 600)
    request_uri = pushed.json()["request_uri"]
    strange = await scene.visitor.get("/oauth/authorize", client_id=other.id, request_uri=request_uri)
    assert (strange.status_code, "invalid_request_uri" in strange.text) == (400, True)
    page = await scene.visitor.get("/oauth/authorize", client_id=app.id, request_uri=request_uri)
    answer = answer_of(await scene.visitor.send(page, "/oauth/consent", decision="allow"))
    assert (await app.redeem(answer["code"])).status_code == 200
    again = await scene.visitor.get("/oauth/authorize", client_id=app.id, request_uri=request_uri)
    assert (again.status_code, "invalid_request_uri" in again.text) == (400, True)


async def test_a_pushed_request_expires(scene: Owner) -> None:
    app = await scene.program()
    pushed = (await app.post("par", **app.question())).json()
    page = await scene.visitor.get("/oauth/authorize", client_id=app.id, request_uri=pushed["request_uri"])
    clock.travel(timedelta(minutes=10, seconds=1))
    answer = await scene.visitor.send(page, "/oauth/consent", decision="allow")
    assert (answer.status_code, "invalid_request_uri" in answer.text) == (400, True)


async def test_two_answers_to_one_pushed_request_give_one_code(scene: Owner) -> None:
    app = await scene.program()
    pushed = (await app.post("par", **app.question())).json()
    page = await scene.visitor.get("/oauth/authorize", client_id=app.id, request_uri=pushed["request_uri"])
    answers = await asyncio.gather(*(scene.visitor.send(page, "/oauth/consent", decision="allow") for _ in range(5)))
    codes = [answer for answer in answers if answer.status_code == 303 and "code=" in answer.headers["location"]]
    assert len(codes) == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"request_uri": "urn:x"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "nonsense"}, "invalid_scope"),
    ],
)
async def test_a_wrong_request_is_not_kept(scene: Owner, changes: dict[str, str], error: str) -> None:
    app = await scene.program()
    answer = await app.post("par", **app.question(**changes))
    assert (answer.status_code, answer.json()["error"]) == (400, error)
