"""When a person must sign in for a program, and that the second factor is asked for in a browser, too."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from taskyard.auth.actions.second_step import MOST_WRONG_CODES
from taskyard.auth.jobs import forget_expired
from taskyard.kit import clock
from taskyard.kit.database import Database
from tests.auth.conftest import PASSWORD, Auth
from tests.auth.factors import Protected, code_of, with_totp
from tests.auth.oauth_client import CALLBACK, Owner, an_owner, answer_of, claims_of
from tests.auth.visitor import Visitor, hidden_fields, text_of


@pytest.fixture
async def scene(auth: Auth) -> AsyncIterator[Owner]:
    async with an_owner(auth) as owner:
        yield owner


@pytest.fixture
async def visitor(auth: Auth) -> AsyncIterator[Visitor]:
    opened = Visitor(auth)
    yield opened
    await opened.close()


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "select_account consent"}, {"max_age": "60"}])
async def test_a_program_wants_a_fresh_sign_in(scene: Owner, changes: dict[str, str]) -> None:
    app = await scene.program()
    clock.travel(timedelta(minutes=2))
    answer = await scene.visitor.get("/oauth/authorize", **app.question(**changes))
    page = await scene.visitor.get(answer.headers["location"])
    back = hidden_fields(page)["return_to"]
    assert (await scene.visitor.get(back)).headers["location"].startswith("/oauth/sign-in?")
    arrived = await scene.visitor.send(page, "/oauth/sign-in", email=scene.person["email"], password=PASSWORD)
    consent = await scene.visitor.get(arrived.headers["location"])
    code = answer_of(await scene.visitor.send(consent, "/oauth/consent", decision="allow"))["code"]
    claims = await claims_of(scene.auth, (await app.redeem(code)).json()["id_token"])
    assert clock.now().timestamp() - claims["auth_time"] < 60


async def test_a_sign_in_that_is_fresh_enough_will_do(scene: Owner) -> None:
    app = await scene.program()
    clock.travel(timedelta(minutes=2))
    page = await scene.visitor.get("/oauth/authorize", **app.question(max_age="180"))
    assert page.status_code == 200


@pytest.mark.parametrize("mark", ["", "x"])
async def test_nobody_else_says_that_somebody_signed_in_for_it(scene: Owner, mark: str) -> None:
    app = await scene.program()
    clock.travel(timedelta(minutes=2))
    forged = {**app.question(prompt="login"), "asked_since": "0", "asked_mark": mark}
    answer = await scene.visitor.get("/oauth/authorize", **forged)
    assert answer.headers["location"].startswith("/oauth/sign-in?")


async def test_nothing_is_shown_where_nothing_may_be(scene: Owner, visitor: Visitor) -> None:
    app = await scene.program()
    silent = app.question(prompt="none")
    assert answer_of(await visitor.get("/oauth/authorize", **silent))["error"] == "login_required"


@pytest.mark.parametrize(
    "changes", [{"code_challenge_method": "plain"}, {"code_challenge": None}, {"code_challenge": "x" * 42}]
)
async def test_only_strong_proofs_are_taken(scene: Owner, changes: dict[str, str | None]) -> None:
    app = await scene.program()
    answer = answer_of(await scene.visitor.get("/oauth/authorize", **app.question(**changes)))
    assert answer["error"] == "invalid_request"


async def test_programs_on_the_persons_machine_take_any_port(scene: Owner) -> None:
    app = await scene.program(redirect_uris=["http://127.0.0.1/callback", CALLBACK])
    for address, status in (
        ("http://127.0.0.1:50000/callback", 200),
        ("http://127.0.0.1:50000/other", 400),
        ("https://127.0.0.1:50000/callback", 400),
        ("http://127.0.0.1:x/callback", 400),
    ):
        page = await scene.visitor.get("/oauth/authorize", **app.question(redirect_uri=address))
        assert page.status_code == status


async def test_a_program_that_uses_no_codes_gets_none(scene: Owner) -> None:
    app = await scene.program(grant_types=["refresh_token"])
    answer = answer_of(await scene.visitor.get("/oauth/authorize", **app.question()))
    assert answer["error"] == "unauthorized_client"


async def begin(visitor: Visitor, someone: Protected) -> httpx.Response:
    """Give the password; the page that asks for a code."""
    answer = await visitor.sign_in(someone.email, return_to="/oauth/device")
    assert (answer.status_code, visitor.session) == (200, None)
    assert "authenticator app" in text_of(answer)
    return answer


async def test_the_second_factor_is_asked_for_in_a_browser(auth: Auth, visitor: Visitor) -> None:
    someone = await with_totp(auth)
    page = await begin(visitor, someone)
    answer = await visitor.send(page, "/oauth/sign-in/code", code=code_of(someone.seed))
    assert (answer.status_code, answer.headers["location"]) == (303, "/oauth/device")
    assert (await visitor.get("/api/v1/me")).json()["id"] == someone.id


async def test_a_recovery_code_goes_into_the_same_field(auth: Auth, visitor: Visitor) -> None:
    someone = await with_totp(auth)
    page = await begin(visitor, someone)
    answer = await visitor.send(page, "/oauth/sign-in/code", code=someone.recovery_codes[0])
    assert (answer.status_code, visitor.session is not None) == (303, True)


async def test_wrong_codes_are_told_until_there_were_too_many(auth: Auth, visitor: Visitor) -> None:
    someone = await with_totp(auth)
    page = await begin(visitor, someone)
    for _ in range(MOST_WRONG_CODES - 1):
        answer = await visitor.send(page, "/oauth/sign-in/code", code="000000")
        assert (answer.status_code, "code is wrong" in text_of(answer)) == (401, True)
    answer = await visitor.send(page, "/oauth/sign-in/code", code="000000")
    assert (answer.status_code, "sign_in_ended" in answer.text) == (401, True)
    answer = await visitor.send(page, "/oauth/sign-in/code", code=code_of(someone.seed))
    assert (answer.status_code, visitor.session) == (401, None)


async def test_used_codes_are_forgotten_after_a_day(scene: Owner, databases: dict[str, Database]) -> None:
    app = await scene.program()
    await app.tokens_from(scene.visitor)
    clock.travel(timedelta(days=1, minutes=2))
    await forget_expired(databases["auth"])
    count = "SELECT count(*) FROM auth.oauth_codes WHERE client_id = $1"
    assert await databases["owner"].fetch_value(count, app.id) == 0
