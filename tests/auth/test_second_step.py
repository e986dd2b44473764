"""Signing in with a second factor: each code once, few guesses, and no way around."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from taskyard.auth.actions.login_attempts import PER_CODES
from taskyard.auth.actions.second_step import MOST_WRONG_CODES
from taskyard.auth.actions.sessions import Verified, start_browser_session, start_session
from taskyard.auth.errors import SecondFactorMissing
from taskyard.auth.jobs import forget_expired
from taskyard.auth.models import Client
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from tests.auth.conftest import Auth
from tests.auth.factors import Protected, code_of, with_totp


def wrong_code(someone: Protected) -> str:
    near = {code_of(someone.seed, steps=steps) for steps in range(-2, 3)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in near)


async def test_the_password_alone_gives_no_tokens(auth: Auth) -> None:
    someone = await with_totp(auth)
    answer = await auth.post("/auth/login", {"email": someone.email, "password": "correct horse battery staple"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    needed = answer.json()
    assert needed == {
        "mfa_required": True,
        "mfa_token": needed["mfa_token"],
        "methods": ["totp", "recovery_code"],
        "expires_in": 300,
    }


async def test_a_right_code_signs_in(auth: Auth, databases: dict[str, Database]) -> None:
    someone = await with_totp(auth)
    spaced = f"{code_of(someone.seed)[:3]} {code_of(someone.seed)[3:]}"
    answer = await someone.give_code(await someone.begin_sign_in(), spaced)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    me = await auth.send("GET", "/me", token=answer.json()["access_token"])
    assert me.json()["id"] == someone.id
    methods = await databases["owner"].fetch_value(
        "SELECT methods FROM auth.sessions WHERE person_id = $1 ORDER BY id DESC LIMIT 1", someone.id
    )
    assert methods == ["pwd", "otp", "mfa"]
    refreshed = await auth.post("/auth/refresh", {"refresh_token": answer.json()["refresh_token"]})
    assert refreshed.status_code == 200


async def test_a_code_is_good_for_once_also_in_parallel(auth: Auth) -> None:
    someone = await with_totp(auth)
    tokens = [await someone.begin_sign_in() for _ in range(8)]
    code = code_of(someone.seed)
    answers = await asyncio.gather(*(someone.give_code(token, code) for token in tokens))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 7}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 401} == {"invalid_code"}


async def test_an_earlier_code_is_worth_nothing_after_a_later_one(auth: Auth) -> None:
    someone = await with_totp(auth)
    token = await someone.begin_sign_in()
    assert (await someone.give_code(token, code_of(someone.seed, steps=1))).status_code == 200
    token = await someone.begin_sign_in()
    assert (await someone.give_code(token, code_of(someone.seed))).status_code == 401


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (0, 200), (1, 200), (2, 401)])
async def test_a_phone_may_be_one_step_off(auth: Auth, steps: int, status: int) -> None:
    someone = await with_totp(auth)
    answer = await someone.give_code(await someone.begin_sign_in(), code_of(someone.seed, steps=steps))
    assert answer.status_code == status


async def test_the_sixth_wrong_code_ends_the_sign_in(auth: Auth, databases: dict[str, Database]) -> None:
    someone = await with_totp(auth)
    token = await someone.begin_sign_in()
    answers = [await someone.give_code(token, wrong_code(someone)) for _ in range(MOST_WRONG_CODES)]
    assert [answer.json()["code"] for answer in answers] == ["invalid_code"] * 5 + ["sign_in_ended"]
    assert {answer.status_code for answer in answers} == {401}
    late = await someone.give_code(token, code_of(someone.seed))
    assert (late.status_code, late.json()["code"]) == (401, "invalid_mfa_token")
    told = await databases["owner"].fetch_value(
        "SELECT data->>'reason' FROM log.events WHERE type = 'sign_in.ended.v1' AND audience_id = $1", someone.id
    )
    assert told == "wrong_codes"


async def test_parallel_wrong_codes_are_all_counted(auth: Auth) -> None:
    someone = await with_totp(auth)
    token = await someone.begin_sign_in()
    answers = await asyncio.gather(*(someone.give_code(token, wrong_code(someone)) for _ in range(20)))
    assert Counter(answer.json()["code"] for answer in answers) == {
        "invalid_code": 5,
        "sign_in_ended": 1,
        "invalid_mfa_token": 14,
    }


async def test_beginning_again_gives_no_more_guesses_an_hour(auth: Auth) -> None:
    someone = await with_totp(auth)
    clock.travel(-clock.now().timestamp() % 3600 * timedelta(seconds=1))  # a new hour
    codes = []
    for _ in range(3):
        token = await someone.begin_sign_in()
        codes += [(await someone.give_code(token, wrong_code(someone))).json()["code"] for _ in range(4)]
    assert codes.count("invalid_code") == PER_CODES
    assert codes[PER_CODES:] == ["too_many_attempts"] * 2
    locked = await someone.give_code(await someone.begin_sign_in(), code_of(someone.seed))
    assert (locked.status_code, 0 < int(locked.headers["retry-after"]) <= 3600) == (429, True)
    assert (await someone.recover(someone.recovery_codes[0])).status_code == 200
    clock.travel(timedelta(hours=1))
    assert (await someone.give_code(await someone.begin_sign_in(), code_of(someone.seed))).status_code == 200


@pytest.mark.parametrize("write", [str.upper, lambda code: code.replace("-", " "), lambda code: code.replace("0", "o")])
async def test_a_recovery_code_signs_in_once_however_it_is_written(auth: Auth, write: Any) -> None:
    someone = await with_totp(auth)
    code = write(someone.recovery_codes[0])
    assert (await someone.recover(code)).status_code == 200
    again = await someone.recover(code)
    assert (again.status_code, again.json()["code"]) == (401, "invalid_code")
    state = (await auth.send("GET", "/me/mfa", token=someone.token)).json()
    assert state["recovery_codes_left"] == 9


async def test_parallel_uses_of_a_recovery_code_sign_in_once(auth: Auth) -> None:
    someone = await with_totp(auth)
    answers = await asyncio.gather(*(someone.recover(someone.recovery_codes[0]) for _ in range(5)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 4}


async def test_the_recovery_code_of_another_is_wrong(auth: Auth) -> None:
    one, other = await with_totp(auth), await with_totp(auth)
    assert (await one.recover(other.recovery_codes[0])).status_code == 401
    assert (await other.recover(other.recovery_codes[0])).status_code == 200


async def test_wrong_recovery_codes_end_the_sign_in_too(auth: Auth) -> None:
    someone = await with_totp(auth)
    body = {"mfa_token": await someone.begin_sign_in(), "code": "aaaa-bbbb-cccc-dddd"}
    codes = [(await auth.post("/auth/mfa/recovery", body)).json()["code"] for _ in range(7)]
    assert codes == ["invalid_code"] * 5 + ["sign_in_ended", "invalid_mfa_token"]


async def test_a_sign_in_is_gone_on_with_once_and_within_five_minutes(auth: Auth) -> None:
    someone = await with_totp(auth)
    token = await someone.begin_sign_in()
    assert (await someone.give_code(token, code_of(someone.seed))).status_code == 200
    assert (await someone.give_code(token, code_of(someone.seed, steps=1))).json()["code"] == "invalid_mfa_token"
    token = await someone.begin_sign_in()
    clock.travel(timedelta(minutes=5, seconds=1))
    late = await someone.give_code(token, code_of(someone.seed))
    assert (late.status_code, late.json()["code"]) == (401, "invalid_mfa_token")


async def test_a_sign_in_half_way_ends_with_the_app_it_waits_for(auth: Auth) -> None:
    someone = await with_totp(auth)
    token = await someone.begin_sign_in()
    await auth.send("DELETE", "/me/mfa/totp", token=someone.token)
    assert (await someone.give_code(token, code_of(someone.seed))).json()["code"] == "invalid_code"


async def test_a_person_disabled_half_way_gets_no_session(auth: Auth, databases: dict[str, Database]) -> None:
    someone = await with_totp(auth)
    token = await someone.begin_sign_in()
    await databases["owner"].execute("UPDATE auth.people SET disabled_at = $2 WHERE id = $1", someone.id, clock.now())
    answer = await someone.give_code(token, code_of(someone.seed))
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


@pytest.mark.parametrize(
    "body", [{}, {"mfa_token": "x"}, {"code": "1"}, {"mfa_token": "", "code": "1"}, {"mfa_token": "x", "code": 1}, []]
)
@pytest.mark.parametrize("way", ["totp", "recovery"])
async def test_malformed_steps_are_refused(auth: Auth, way: str, body: Any) -> None:
    assert (await auth.post(f"/auth/mfa/{way}", body)).status_code == 422


async def test_what_nobody_went_on_with_is_forgotten(auth: Auth, databases: dict[str, Database]) -> None:
    someone = await with_totp(auth)
    await someone.begin_sign_in()
    count = "SELECT count(*) FROM auth.pending_sign_ins WHERE person_id = $1"
    await forget_expired(databases["auth"])
    assert await databases["owner"].fetch_value(count, someone.id) == 1
    clock.travel(timedelta(minutes=6))
    await forget_expired(databases["auth"])
    assert await databases["owner"].fetch_value(count, someone.id) == 0


async def test_no_door_can_forget_the_second_factor(databases: dict[str, Database]) -> None:
    verified = Verified(new_id(), 1, ("pwd",), ("totp",))
    for start in (start_session, start_browser_session):
        async with databases["auth"].transaction() as tx:
            with pytest.raises(SecondFactorMissing):
                await start(tx, verified, Client(None, None), "token")
