"""/me/mfa: an authenticator app is begun, proved and removed; recovery codes are made anew."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.principal import Principal
from tests.auth.conftest import Auth
from tests.auth.factors import begin, code_of, confirm, with_totp

CHANGES = [
    ("POST", "/me/mfa/totp", None),
    ("POST", "/me/mfa/totp/confirm", {"code": "123456"}),
    ("DELETE", "/me/mfa/totp", None),
    ("POST", "/me/mfa/recovery-codes", None),
]


async def test_an_app_is_told_its_secret_once(auth: Auth) -> None:
    _, tokens = await auth.someone()
    answer = await auth.post("/me/mfa/totp", token=tokens["access_token"])
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    setup = answer.json()
    assert setup["secret"] in setup["otpauth_uri"]
    assert setup["qr_svg"].startswith("<svg")
    state = (await auth.send("GET", "/me/mfa", token=tokens["access_token"])).json()
    assert state == {"totp_confirmed_at": None, "recovery_codes_left": 0, "passkeys": 0}
    assert (await auth.sign_in((await me(auth, tokens))["email"]))["token_type"] == "Bearer"


async def test_the_first_right_code_brings_recovery_codes_and_ends_other_sessions(auth: Auth) -> None:
    person, tokens = await auth.someone()
    other = await auth.sign_in(person["email"])
    answer = await confirm(auth, tokens, code_of(await begin(auth, tokens)))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    codes = answer.json()["recovery_codes"]
    assert (len(set(codes)), {len(code) for code in codes}) == (10, {19})
    assert auth.revocations == 1
    await auth.identity.refresh()
    assert (await auth.send("GET", "/me", token=other["access_token"])).status_code == 401
    state = (await auth.send("GET", "/me/mfa", token=tokens["access_token"])).json()
    assert (state["totp_confirmed_at"] is not None, state["recovery_codes_left"]) == (True, 10)


async def test_a_wrong_first_code_confirms_nothing(auth: Auth) -> None:
    _, tokens = await auth.someone()
    seed = await begin(auth, tokens)
    wrong = "000000" if code_of(seed) != "000000" else "111111"
    answer = await confirm(auth, tokens, wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_code")
    assert answer.json()["errors"][0]["pointer"] == "/code"
    assert (await confirm(auth, tokens, code_of(seed))).status_code == 200


async def test_only_what_was_begun_lately_can_be_confirmed(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    assert (await confirm(auth, tokens, "123456")).status_code == 404
    seed = await begin(auth, tokens)
    await databases["owner"].execute(
        "UPDATE auth.totp SET begun_at = begun_at - interval '16 minutes' WHERE person_id = $1", person["id"]
    )
    assert (await confirm(auth, tokens, code_of(seed))).status_code == 404


async def test_beginning_again_forgets_the_seed_before(auth: Auth) -> None:
    _, tokens = await auth.someone()
    first, second = await begin(auth, tokens), await begin(auth, tokens)
    assert first != second
    assert (await confirm(auth, tokens, code_of(first))).status_code == 422
    assert (await confirm(auth, tokens, code_of(second))).status_code == 200
    again = await auth.post("/me/mfa/totp", token=tokens["access_token"])
    assert (again.status_code, again.json()["code"]) == (409, "second_factor_enabled")


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
async def test_an_old_sign_in_changes_no_factor(auth: Auth, method: str, path: str, body: Any) -> None:
    _, tokens = await auth.someone()
    clock.travel(timedelta(minutes=6))
    answer = await auth.send(method, path, body, tokens["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (401, "fresh_sign_in_required")
    assert 'error="insufficient_user_authentication"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
async def test_a_credential_without_a_session_changes_no_factor(auth: Auth, method: str, path: str, body: Any) -> None:
    person, _ = await auth.someone()
    for principal in (
        Principal(id=person["id"]),
        Principal(id=person["id"], session_id="x", scopes=frozenset({"account:read"})),
        Principal(id=person["id"], kind="service_account", session_id="x"),
    ):
        assert (await auth.send_as(principal, method, path, body)).status_code == 403
    unknown_age = Principal(id=person["id"], session_id="x")
    assert (await auth.send_as(unknown_age, method, path, body)).status_code == 401


async def test_a_person_signs_in_without_the_app_after_removing_it(auth: Auth) -> None:
    someone = await with_totp(auth)
    assert (await auth.send("DELETE", "/me/mfa/totp", token=someone.token)).status_code == 204
    assert (await auth.sign_in(someone.email))["token_type"] == "Bearer"
    assert (await auth.send("DELETE", "/me/mfa/totp", token=someone.token)).status_code == 404
    state = (await auth.send("GET", "/me/mfa", token=someone.token)).json()
    assert state == {"totp_confirmed_at": None, "recovery_codes_left": 0, "passkeys": 0}


async def test_new_recovery_codes_take_the_place_of_the_old(auth: Auth) -> None:
    someone = await with_totp(auth)
    answer = await auth.post("/me/mfa/recovery-codes", token=someone.token)
    assert (answer.status_code, len(answer.json()["recovery_codes"])) == (201, 10)
    assert (await someone.recover(someone.recovery_codes[0])).status_code == 401
    assert (await someone.recover(answer.json()["recovery_codes"][0])).status_code == 200


async def test_without_an_app_there_are_no_recovery_codes(auth: Auth) -> None:
    _, tokens = await auth.someone()
    assert (await auth.post("/me/mfa/recovery-codes", token=tokens["access_token"])).status_code == 404


async def test_a_disabled_person_begins_nothing(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    await databases["owner"].execute("UPDATE auth.people SET disabled_at = $2 WHERE id = $1", person["id"], clock.now())
    assert (await auth.post("/me/mfa/totp", token=tokens["access_token"])).status_code == 404


async def test_a_sign_in_begun_before_the_app_was_proved_gets_no_session(
    auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, tokens = await auth.someone()
    seed = await begin(auth, tokens)

    async def confirm_meanwhile(*_: object) -> bool:
        assert (await confirm(auth, tokens, code_of(seed))).status_code == 200
        return True

    monkeypatch.setattr(auth.hasher, "verify", confirm_meanwhile)
    answer = await auth.post("/auth/login", {"email": person["email"], "password": "whatever it was"})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


async def test_events_tell_the_owner_alone_and_hold_no_secret(auth: Auth, databases: dict[str, Database]) -> None:
    someone = await with_totp(auth)
    await someone.recover(someone.recovery_codes[0])
    await auth.send("DELETE", "/me/mfa/totp", token=someone.token)
    rows = await databases["owner"].fetch(
        "SELECT type, audience_id::text, e::text FROM log.events e WHERE data->>'person_id' = $1 ORDER BY id",
        someone.id,
    )
    assert [row[0] for row in rows if "session" not in row[0]] == [
        "second_factor.added.v1",
        "recovery_codes.created.v1",
        "recovery_code.used.v1",
        "second_factor.removed.v1",
    ]
    assert {row[1] for row in rows} == {someone.id}
    assert not any(secret in row[2] for row in rows for secret in (someone.email, *someone.recovery_codes))


async def test_no_seed_and_no_code_can_be_read_from_the_database(auth: Auth, databases: dict[str, Database]) -> None:
    someone = await with_totp(auth)
    for table in ("totp", "recovery_codes", "pending_sign_ins"):
        rows = await databases["owner"].fetch(f"SELECT x::text FROM auth.{table} x")  # noqa: S608 - a table of this test
        for secret in (someone.seed.hex(), *someone.recovery_codes, someone.recovery_codes[0].replace("-", "")):
            assert not any(secret in row[0] for row in rows)


async def test_parallel_beginnings_leave_one_seed(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    await asyncio.gather(*(begin(auth, tokens) for _ in range(5)))
    count = await databases["owner"].fetch_value("SELECT count(*) FROM auth.totp WHERE person_id = $1", person["id"])
    assert count == 1


async def me(auth: Auth, tokens: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await auth.send("GET", "/me", token=tokens["access_token"])).json()
    return answer
