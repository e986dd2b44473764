"""From a person's word to tokens: authorization codes, consent, ID tokens, and going on without the person."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from taskyard.kit import clock
from taskyard.kit.database import Database
from tests.auth.conftest import ISSUER, PASSWORD, Auth
from tests.auth.oauth_client import CALLBACK, SCOPE, Program, answer_of, claims_of, program
from tests.auth.visitor import Visitor, text_of


class Scene(msgspec.Struct):
    """A person with a browser in which they are signed in, and a program of theirs."""

    person: dict[str, Any]
    visitor: Visitor
    program: Program


@pytest.fixture
async def scene(auth: Auth) -> AsyncIterator[Scene]:
    person, tokens = await auth.someone()
    visitor = Visitor(auth)
    await visitor.sign_in(person["email"])
    yield Scene(person, visitor, await program(auth, tokens["access_token"]))
    await visitor.close()


async def test_a_person_allows_a_program_to_act_for_them(auth: Auth, scene: Scene) -> None:
    page = await scene.visitor.get("/oauth/authorize", **scene.program.question())
    assert "An app" in text_of(page)
    assert "See your e-mail address" in text_of(page)
    assert "Read tasks" in text_of(page)
    answer = answer_of(await scene.visitor.send(page, "/oauth/consent", decision="allow"))
    assert answer["state"] == "a state"
    tokens = (await scene.program.redeem(answer["code"])).json()
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 600, SCOPE)
    about = await auth.client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert (about.json()["sub"], about.json()["email"]) == (scene.person["id"], scene.person["email"])


async def test_a_person_says_no(scene: Scene) -> None:
    page = await scene.visitor.get("/oauth/authorize", **scene.program.question())
    answer = answer_of(await scene.visitor.send(page, "/oauth/consent", decision="deny"))
    assert (answer["error"], answer["state"]) == ("access_denied", "a state")


async def test_the_id_token_says_who_signed_in_and_when(auth: Auth, scene: Scene) -> None:
    tokens = await scene.program.tokens_from(scene.visitor)
    claims = await claims_of(auth, tokens["id_token"])
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (ISSUER, scene.program.id, "a nonce")
    assert claims["sub"] == scene.person["id"]
    assert abs(claims["auth_time"] - clock.now().timestamp()) < 60
    assert claims["amr"] == ["pwd"]
    assert claims["at_hash"]
    access = await claims_of(auth, tokens["access_token"])
    assert (access["client_id"], access["aud"], access["scope"]) == (scene.program.id, "taskyard-api", SCOPE)


async def test_without_openid_there_is_no_id_token(scene: Scene) -> None:
    tokens = await scene.program.tokens_from(scene.visitor, scope="tasks:read")
    assert "id_token" not in tokens
    assert tokens["scope"] == "tasks:read"


async def test_scopes_narrow_what_a_program_may(auth: Auth, scene: Scene) -> None:
    token = (await scene.program.tokens_from(scene.visitor, scope="openid"))["access_token"]
    refused = await auth.send("GET", "/me", token=token)
    assert (refused.status_code, "account:read" in refused.text) == (403, True)
    about = await auth.client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert about.json() == {"sub": scene.person["id"]}


async def test_a_program_without_openid_learns_nothing_about_the_person(auth: Auth, scene: Scene) -> None:
    token = (await scene.program.tokens_from(scene.visitor, scope="tasks:read"))["access_token"]
    for method in ("GET", "POST"):
        answer = await auth.client.request(method, "/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 403


async def test_what_was_allowed_is_not_asked_again(scene: Scene) -> None:
    await scene.program.tokens_from(scene.visitor)
    assert "code" in answer_of(await scene.visitor.get("/oauth/authorize", **scene.program.question()))
    fewer = scene.program.question(scope="openid", prompt="none")
    assert "code" in answer_of(await scene.visitor.get("/oauth/authorize", **fewer))
    asked_again = await scene.visitor.get("/oauth/authorize", **scene.program.question(prompt="consent"))
    assert asked_again.status_code == 200


async def test_more_scopes_are_asked_for(scene: Scene) -> None:
    await scene.program.tokens_from(scene.visitor, scope="openid")
    page = await scene.visitor.get("/oauth/authorize", **scene.program.question())
    assert page.status_code == 200
    silent = scene.program.question(prompt="none")
    assert answer_of(await scene.visitor.get("/oauth/authorize", **silent))["error"] == "consent_required"


async def test_a_stranger_signs_in_first_and_comes_back(auth: Auth, scene: Scene) -> None:
    stranger = Visitor(auth)
    answer = await stranger.get("/oauth/authorize", **scene.program.question(login_hint=scene.person["email"]))
    assert answer.status_code == 302
    page = await stranger.get(answer.headers["location"])
    assert f'value="{scene.person["email"]}"' in page.text
    assert "form-action 'self' https://app.example;" in page.headers["content-security-policy"]
    arrived = await stranger.send(page, "/oauth/sign-in", email=scene.person["email"], password=PASSWORD)
    consent = await stranger.get(arrived.headers["location"])
    assert "code" in answer_of(await stranger.send(consent, "/oauth/consent", decision="allow"))
    await stranger.close()


async def test_a_program_sends_a_person_by_a_form(scene: Scene) -> None:
    answer = await scene.visitor.post("/oauth/authorize", scene.program.question())
    assert answer.status_code == 303
    page = await scene.visitor.get(answer.headers["location"])
    assert page.status_code == 200


async def test_a_refreshed_token_goes_on(auth: Auth, scene: Scene) -> None:
    tokens = await scene.program.tokens_from(scene.visitor)
    renewed = (await scene.program.refresh(tokens["refresh_token"])).json()
    assert renewed["refresh_token"] != tokens["refresh_token"]
    again = (await scene.program.refresh(tokens["refresh_token"])).json()
    assert again["refresh_token"] == renewed["refresh_token"]
    claims = await claims_of(auth, renewed["id_token"])
    assert ("nonce" not in claims, claims["sub"]) == (True, scene.person["id"])


async def test_a_refreshed_token_may_have_fewer_scopes(scene: Scene) -> None:
    tokens = await scene.program.tokens_from(scene.visitor)
    fewer = (await scene.program.refresh(tokens["refresh_token"], scope="tasks:read")).json()
    assert fewer["scope"] == "tasks:read"
    everything = (await scene.program.refresh(fewer["refresh_token"])).json()
    assert everything["scope"] == SCOPE


async def test_a_program_that_may_not_refresh_gets_no_refresh_token(auth: Auth, scene: Scene) -> None:
    _, owner = await auth.someone()
    once = await program(auth, owner["access_token"], grant_types=["authorization_code"])
    tokens = await once.tokens_from(scene.visitor)
    assert "refresh_token" not in tokens
    assert (await once.refresh("x")).json()["error"] == "unauthorized_client"


async def test_clients_and_sign_ins_do_not_share_refresh_tokens(auth: Auth, scene: Scene) -> None:
    own = await auth.sign_in(scene.person["email"])
    theirs = await scene.program.tokens_from(scene.visitor)
    assert (await scene.program.refresh(own["refresh_token"])).json()["error"] == "invalid_grant"
    answer = await auth.post("/auth/refresh", {"refresh_token": theirs["refresh_token"]})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_refresh_token")


@pytest.mark.parametrize(("scope", "status"), [("openid", 400), ("openid offline_access", 200)])
async def test_what_was_allowed_ends_with_the_browsers_session(scene: Scene, scope: str, status: int) -> None:
    tokens = await scene.program.tokens_from(scene.visitor, scope=scope)
    await scene.visitor.send(await scene.visitor.get("/oauth/sign-out"), "/oauth/sign-out")
    assert (await scene.program.refresh(tokens["refresh_token"])).status_code == status


async def test_signing_in_again_keeps_what_was_allowed(scene: Scene) -> None:
    tokens = await scene.program.tokens_from(scene.visitor, scope="openid")
    await scene.visitor.sign_in(scene.person["email"], return_to="/oauth/sign-in")
    assert (await scene.program.refresh(tokens["refresh_token"])).status_code == 200
    await scene.visitor.send(await scene.visitor.get("/oauth/sign-out"), "/oauth/sign-out")
    tokens = (await scene.program.refresh(tokens["refresh_token"])).json()
    assert tokens["error"] == "invalid_grant"


async def test_somebody_else_in_the_same_browser_inherits_nothing(auth: Auth, scene: Scene) -> None:
    tokens = await scene.program.tokens_from(scene.visitor, scope="openid")
    await scene.visitor.sign_in((await auth.register())["email"], return_to="/oauth/sign-in")
    assert (await scene.program.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_code_does_not_outlive_the_session_it_was_given_in(scene: Scene) -> None:
    code = (await scene.program.allowed_by(scene.visitor))["code"]
    await scene.visitor.send(await scene.visitor.get("/oauth/sign-out"), "/oauth/sign-out")
    assert (await scene.program.redeem(code)).json()["error"] == "invalid_grant"


async def test_what_was_allowed_is_listed_and_ended_like_a_sign_in(auth: Auth, scene: Scene) -> None:
    own = await auth.sign_in(scene.person["email"])
    tokens = await scene.program.tokens_from(scene.visitor)
    session_id = (await claims_of(auth, tokens["access_token"]))["sid"]
    listed = (await auth.send("GET", "/sessions", token=own["access_token"])).json()["items"]
    shown = {session["id"]: (session["client_id"], session["client_name"]) for session in listed}
    assert shown[session_id] == (scene.program.id, "An app")
    ended = await auth.send("DELETE", f"/sessions/{session_id}", token=own["access_token"])
    assert ended.status_code == 204
    assert (await scene.program.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await scene.visitor.get("/oauth/authorize", **scene.program.question())).status_code == 200


async def test_tokens_end_after_ninety_days_at_the_latest(scene: Scene) -> None:
    tokens = await scene.program.tokens_from(scene.visitor)
    for _ in range(4):
        clock.travel(timedelta(days=22))
        tokens = (await scene.program.refresh(tokens["refresh_token"])).json()
    clock.travel(timedelta(days=3))
    assert (await scene.program.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_events_of_consent_carry_ids_only(scene: Scene, databases: dict[str, Database]) -> None:
    await scene.program.tokens_from(scene.visitor)
    rows = await databases["owner"].fetch(
        "SELECT e::text FROM log.events e WHERE audience_id = $1 AND type LIKE 'oauth%'", scene.person["id"]
    )
    assert len(rows) == 2
    assert not any(word in row[0] for row in rows for word in (scene.person["email"], "An app", CALLBACK))


async def test_a_disabled_person_allows_nothing(scene: Scene, databases: dict[str, Database]) -> None:
    code = (await scene.program.allowed_by(scene.visitor))["code"]
    await databases["owner"].execute(
        "UPDATE auth.people SET disabled_at = $2 WHERE id = $1", scene.person["id"], clock.now()
    )
    assert (await scene.program.redeem(code)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid tasks:write"}, "invalid_scope"),
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"resource": "https://unknown.example"}, "invalid_target"),
        ({"nonce": "n" * 2001}, "invalid_request"),
    ],
)
async def test_a_wrong_request_is_told_to_the_program(scene: Scene, changes: dict[str, Any], error: str) -> None:
    answer = answer_of(await scene.visitor.get("/oauth/authorize", **scene.program.question(**changes)))
    assert (answer["error"], answer["state"]) == (error, "a state")


async def test_state_is_left_out_where_there_was_none(scene: Scene) -> None:
    answer = await scene.program.allowed_by(scene.visitor, state=None)
    assert set(answer) == {"code"}


async def test_a_request_without_scopes_asks_for_all_that_were_registered(scene: Scene) -> None:
    assert (await scene.program.tokens_from(scene.visitor, scope=None))["scope"] == SCOPE


async def test_a_form_of_the_consent_page_must_be_ours(scene: Scene) -> None:
    answer = await scene.visitor.post("/oauth/consent", {"asked": "x", "decision": "allow"})
    assert answer.status_code == 403
    page = await scene.visitor.get("/oauth/authorize", **scene.program.question())
    await scene.visitor.client.get("/oauth/sign-out")
    scene.visitor.client.cookies.delete("taskyard-session")
    answer = await scene.visitor.send(page, "/oauth/consent", decision="allow")
    assert answer.status_code == 403


async def test_a_token_of_a_program_cannot_allow_another_one(auth: Auth, scene: Scene) -> None:
    token = (await scene.program.tokens_from(scene.visitor))["access_token"]
    answer = await auth.client.get(
        "/oauth/authorize", params=scene.program.question(), headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.headers["location"].startswith("/oauth/sign-in?")


async def test_dead_sessions_leave_nothing_to_the_form(auth: Auth) -> None:
    stranger = Visitor(auth)
    page = await stranger.get("/oauth/sign-in")
    answer = await stranger.send(page, "/oauth/consent", asked="x", decision="allow")
    assert (answer.status_code, "stale_form" in answer.text) == (403, True)
    await stranger.close()


async def test_answers_are_kept_by_nobody(scene: Scene) -> None:
    answer = await scene.program.redeem((await scene.program.allowed_by(scene.visitor))["code"])
    assert answer.headers["cache-control"] == "no-store"
