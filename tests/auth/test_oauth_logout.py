"""Signing out at a program's word: at once when it proves to know the session, otherwise after a question."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from tests.auth.conftest import Auth
from tests.auth.oauth_client import Program, program
from tests.auth.visitor import Visitor

BYE = "https://app.example/bye"


class Scene(msgspec.Struct):
    """Somebody who signed in to a program by their browser."""

    person: dict[str, Any]
    visitor: Visitor
    program: Program
    hint: str

    async def is_signed_in(self) -> bool:
        return (await self.visitor.get("/api/v1/me")).status_code == 200


@pytest.fixture
async def scene(auth: Auth) -> AsyncIterator[Scene]:
    person, tokens = await auth.someone()
    visitor = Visitor(auth)
    await visitor.sign_in(person["email"])
    app = await program(auth, tokens["access_token"], post_logout_redirect_uris=[BYE])
    yield Scene(person, visitor, app, (await app.tokens_from(visitor))["id_token"])
    await visitor.close()


async def test_a_program_signs_its_person_out(scene: Scene) -> None:
    query = {"id_token_hint": scene.hint, "post_logout_redirect_uri": BYE, "state": "s t"}
    answer = await scene.visitor.get("/oauth/logout", **query)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BYE}?state=s+t")
    assert (scene.visitor.session, await scene.is_signed_in()) == (None, False)


async def test_without_a_hint_the_person_is_asked(scene: Scene) -> None:
    query = {"client_id": scene.program.id, "post_logout_redirect_uri": BYE}
    page = await scene.visitor.get("/oauth/logout", **query)
    assert (page.status_code, await scene.is_signed_in()) == (200, True)
    assert "form-action 'self' https://app.example;" in page.headers["content-security-policy"]
    answer = await scene.visitor.send(page, "/oauth/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, BYE)
    assert not await scene.is_signed_in()


async def test_a_hint_of_another_session_is_not_enough(scene: Scene) -> None:
    await scene.visitor.sign_in(scene.person["email"], return_to="/oauth/sign-in")
    page = await scene.visitor.get("/oauth/logout", id_token_hint=scene.hint)
    assert (page.status_code, await scene.is_signed_in()) == (200, True)


async def test_a_form_of_a_program_asks_as_well(scene: Scene) -> None:
    answer = await scene.visitor.post("/oauth/logout", {"client_id": scene.program.id})
    assert answer.headers["location"] == f"/oauth/logout?client_id={scene.program.id}"
    assert await scene.is_signed_in()
    answer = await scene.visitor.post("/oauth/logout", {"form_token": "x"})
    assert (answer.status_code, await scene.is_signed_in()) == (403, True)


async def test_who_is_signed_out_already_goes_on(scene: Scene, auth: Auth) -> None:
    stranger = Visitor(auth)
    answer = await stranger.get("/oauth/logout")
    assert answer.headers["location"] == "/oauth/sign-out"
    page = await stranger.get("/oauth/sign-in")
    answer = await stranger.send(page, "/oauth/logout", client_id=scene.program.id, post_logout_redirect_uri=BYE)
    assert answer.headers["location"] == BYE
    await stranger.close()


async def test_an_id_token_of_another_issuer_is_no_hint(scene: Scene, auth: Auth) -> None:
    claims = {"iss": "https://other.example", "aud": scene.program.id, "sub": "x", "sid": "x"}
    answer = await scene.visitor.get("/oauth/logout", id_token_hint=auth.signing.sign(dict(claims), "JWT"))
    assert (answer.status_code, await scene.is_signed_in()) == (400, True)


async def test_nobody_is_sent_where_they_should_not_go(scene: Scene, auth: Auth) -> None:
    other = await program(auth, (await auth.someone())[1]["access_token"])
    for query in (
        {"post_logout_redirect_uri": BYE},
        {"client_id": "x", "post_logout_redirect_uri": BYE},
        {"client_id": other.id, "post_logout_redirect_uri": BYE},
        {"client_id": other.id, "id_token_hint": scene.hint},
        {"client_id": scene.program.id, "post_logout_redirect_uri": "https://evil.example"},
        {"id_token_hint": "nonsense"},
        {"id_token_hint": scene.hint[:-4] + "AAAA"},
        {"id_token_hint": (await scene.program.tokens_from(scene.visitor))["access_token"]},
    ):
        answer = await scene.visitor.get("/oauth/logout", **query)
        assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert await scene.is_signed_in()
