"""/me/passkeys: made within a session, named, removed; the first is a second factor and brings recovery codes."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from taskyard.auth.actions.passkeys import MOST
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from tests.auth.conftest import ISSUER, PASSWORD, Auth
from tests.auth.factors import begin, code_of, confirm, with_totp
from tests.auth.letters import kinds_to
from tests.journeys.authenticator import Authenticator


class Keeper(msgspec.Struct):
    """Somebody with a passkey."""

    auth: Auth
    id: str
    email: str
    token: str
    device: Authenticator
    passkey: dict[str, Any]


async def make(auth: Auth, token: str, device: Authenticator, **client: Any) -> Any:
    options = (await auth.post("/me/passkeys/options", token=token)).json()
    body = {"name": "Telephone", "credential": device.create(options, **client)}
    return await auth.post("/me/passkeys", body, token)


async def with_passkey(auth: Auth) -> Keeper:
    person, tokens = await auth.someone()
    device = Authenticator(ISSUER)
    answer = await make(auth, tokens["access_token"], device)
    assert answer.status_code == 201, answer.text
    return Keeper(auth, person["id"], person["email"], tokens["access_token"], device, answer.json())


async def state_of(auth: Auth, token: str) -> Any:
    return (await auth.send("GET", "/me/mfa", token=token)).json()


async def test_the_first_passkey_brings_recovery_codes_and_ends_other_sessions(auth: Auth) -> None:
    person, tokens = await auth.someone()
    other = await auth.sign_in(person["email"])
    answer = await make(auth, tokens["access_token"], Authenticator(ISSUER))
    assert (answer.status_code, answer.headers["cache-control"], answer.headers["etag"]) == (201, "no-store", '"1"')
    assert (answer.json()["name"], len(answer.json()["recovery_codes"])) == ("Telephone", 10)
    assert auth.revocations == 1
    await auth.identity.refresh()
    assert (await auth.send("GET", "/me", token=other["access_token"])).status_code == 401
    assert (await state_of(auth, tokens["access_token"])) == {
        "totp_confirmed_at": None,
        "recovery_codes_left": 10,
        "passkeys": 1,
    }
    second = await make(auth, tokens["access_token"], Authenticator(ISSUER))
    assert (second.status_code, second.json()["recovery_codes"]) == (201, [])


async def test_whoever_is_disabled_meanwhile_makes_no_passkey(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    options = (await auth.post("/me/passkeys/options", token=tokens["access_token"])).json()
    owner = databases["owner"]
    await owner.execute("UPDATE auth.people SET disabled_at = $2 WHERE id = $1", person["id"], clock.now())
    body = {"name": "Telephone", "credential": Authenticator(ISSUER).create(options)}
    answer = await auth.post("/me/passkeys", body, tokens["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await owner.fetch_value("SELECT count(*) FROM auth.passkeys WHERE person_id = $1", person["id"]) == 0


async def test_options_name_the_site_and_the_keys_there_are(auth: Auth) -> None:
    ann = await with_passkey(auth)
    options = (await auth.post("/me/passkeys/options", token=ann.token)).json()
    assert options["rp"] == {"id": "localhost", "name": "Taskyard"}
    assert [known["type"] for known in options["excludeCredentials"]] == ["public-key"]
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    again = await make(auth, ann.token, ann.device)
    assert (again.status_code, again.json()["code"]) == (409, "passkey_known")


@pytest.mark.parametrize(
    "client",
    [
        {"origin": "https://localhost:3000"},
        {"origin": "http://evil.example"},
        {"challenge": "AAAA"},
        {"type": "webauthn.get"},
    ],
)
async def test_what_was_made_for_something_else_is_refused(auth: Auth, client: Any) -> None:
    _, tokens = await auth.someone()
    answer = await make(auth, tokens["access_token"], Authenticator(ISSUER), **client)
    assert (answer.status_code, answer.json()["code"]) == (422, "passkey_refused")
    assert (await state_of(auth, tokens["access_token"]))["passkeys"] == 0


async def test_a_device_must_make_sure_of_its_owner(auth: Auth) -> None:
    _, tokens = await auth.someone()
    device = Authenticator(ISSUER)
    device.is_verified = False
    assert (await make(auth, tokens["access_token"], device)).json()["code"] == "passkey_refused"


async def test_a_challenge_is_answered_once_and_in_its_session(auth: Auth) -> None:
    person, tokens = await auth.someone()
    token, other = tokens["access_token"], (await auth.sign_in(person["email"]))["access_token"]
    options = (await auth.post("/me/passkeys/options", token=token)).json()

    async def answer(by: str) -> str:
        body = {"name": "Key", "credential": Authenticator(ISSUER).create(options)}
        return str((await auth.post("/me/passkeys", body, by)).json().get("code", "taken"))

    assert [await answer(other), await answer(token), await answer(token)] == [
        "passkey_refused",
        "taken",
        "passkey_refused",
    ]


async def test_refusals_are_announced_to_their_owner(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    await make(auth, tokens["access_token"], Authenticator("http://evil.example"))
    reason = await databases["owner"].fetch_value(
        "SELECT data->>'reason' FROM log.events WHERE type = 'passkey.refused.v1' AND audience_id = $1", person["id"]
    )
    assert reason == "not_registered"


async def test_passkeys_are_listed_by_pages_and_renamed(auth: Auth) -> None:
    ann = await with_passkey(auth)
    await make(auth, ann.token, Authenticator(ISSUER))
    page = (await auth.send("GET", "/me/passkeys?limit=1", token=ann.token)).json()
    rest = (await auth.send("GET", f"/me/passkeys?limit=1&cursor={page['next_cursor']}", token=ann.token)).json()
    assert [item["id"] for item in page["items"]] == [ann.passkey["id"]]
    assert (len(rest["items"]), rest["next_cursor"]) == (1, None)
    path = f"/me/passkeys/{ann.passkey['id']}"
    renamed = await auth.send("PATCH", path, {"name": " Laptop "}, ann.token, if_match='"1"')
    assert (renamed.json()["name"], renamed.headers["etag"]) == ("Laptop", '"2"')
    assert (await auth.send("PATCH", path, {"name": "Laptop"}, ann.token)).headers["etag"] == '"2"'
    stale = await auth.send("PATCH", path, {"name": "Other"}, ann.token, if_match='"1"')
    assert stale.status_code == 412


async def test_the_passkey_of_another_is_not_there(auth: Auth) -> None:
    ann, bob = await with_passkey(auth), await with_passkey(auth)
    for passkey_id in (ann.passkey["id"], new_id(), "nonsense"):
        path = f"/me/passkeys/{passkey_id}"
        assert (await auth.send("PATCH", path, {"name": "Mine"}, bob.token)).status_code == 404
        assert (await auth.send("DELETE", path, token=bob.token)).status_code == 404
    assert len((await auth.send("GET", "/me/passkeys", token=bob.token)).json()["items"]) == 1


async def test_the_last_passkey_takes_the_recovery_codes_along(auth: Auth) -> None:
    ann = await with_passkey(auth)
    path = f"/me/passkeys/{ann.passkey['id']}"
    assert (await auth.send("DELETE", path, token=ann.token, if_match='"7"')).status_code == 412
    assert (await auth.send("DELETE", path, token=ann.token)).status_code == 204
    assert (await auth.sign_in(ann.email))["token_type"] == "Bearer"
    assert set((await state_of(auth, ann.token)).values()) == {None, 0}


async def test_codes_stay_while_there_is_another_factor(auth: Auth) -> None:
    ann = await with_totp(auth)
    await make(auth, ann.token, Authenticator(ISSUER))
    assert (await auth.send("DELETE", "/me/mfa/totp", token=ann.token)).status_code == 204
    assert (await state_of(auth, ann.token))["recovery_codes_left"] == 10
    bob = await with_passkey(auth)
    seed = await begin(auth, {"access_token": bob.token})
    await confirm(auth, {"access_token": bob.token}, code_of(seed))
    await auth.send("DELETE", f"/me/passkeys/{bob.passkey['id']}", token=bob.token)
    assert (await state_of(auth, bob.token))["recovery_codes_left"] == 10


async def test_there_are_only_so_many(auth: Auth, databases: dict[str, Database]) -> None:
    ann = await with_passkey(auth)
    options = (await auth.post("/me/passkeys/options", token=ann.token)).json()
    await databases["owner"].execute(
        """
        INSERT INTO auth.passkeys (id, person_id, credential_id, public_key, sign_count, name, created_at)
        SELECT gen_random_uuid(), $1, gen_random_uuid()::text::bytea, '', 0, 'Key', $3 FROM generate_series(2, $2)
        """,
        ann.id,
        MOST,
        clock.now(),
    )
    body = {"name": "Key", "credential": Authenticator(ISSUER).create(options)}
    for answer in (
        await auth.post("/me/passkeys/options", token=ann.token),
        await auth.post("/me/passkeys", body, ann.token),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_passkeys")


async def test_an_old_sign_in_adds_and_removes_none(auth: Auth) -> None:
    ann = await with_passkey(auth)
    body = {"name": "Key", "credential": Authenticator(ISSUER).create(await options_for(auth, ann.token))}
    clock.travel(timedelta(minutes=6))
    for method, path, content in [
        ("POST", "/me/passkeys/options", None),
        ("POST", "/me/passkeys", body),
        ("DELETE", f"/me/passkeys/{ann.passkey['id']}", None),
    ]:
        answer = await auth.send(method, path, content, ann.token)
        assert (answer.status_code, answer.json()["code"]) == (401, "fresh_sign_in_required")


@pytest.mark.parametrize("body", [{}, [], {"name": "Key"}, {"name": "", "credential": {}}, {"credential": None}])
async def test_malformed_passkeys_are_refused(auth: Auth, body: Any) -> None:
    _, tokens = await auth.someone()
    assert (await auth.post("/me/passkeys", body, tokens["access_token"])).status_code == 422


async def test_the_owner_is_told_by_mail(auth: Auth) -> None:
    ann = await with_passkey(auth)
    await auth.send("DELETE", f"/me/passkeys/{ann.passkey['id']}", token=ann.token)
    kinds = await kinds_to(auth, ann.email)
    assert [kind for kind in kinds if "passkey" in kind] == ["passkey_added", "passkey_removed"]


async def test_an_administrator_takes_lost_passkeys_away(auth: Auth, databases: dict[str, Database]) -> None:
    ann, (boss, tokens) = await with_passkey(auth), await auth.someone()
    await databases["owner"].execute("UPDATE auth.people SET is_administrator = true WHERE id = $1", boss["id"])
    path = f"/users/{ann.id}"
    assert (await auth.send("GET", path, token=tokens["access_token"])).json()["has_second_factor"]
    reset = await auth.post(f"{path}/reset-mfa", token=tokens["access_token"])
    assert reset.status_code == 204, reset.text
    assert (await auth.sign_in(ann.email, PASSWORD))["token_type"] == "Bearer"


async def test_a_deleted_account_leaves_no_passkey(auth: Auth, databases: dict[str, Database]) -> None:
    ann = await with_passkey(auth)
    assert (await auth.send("DELETE", "/me", token=ann.token)).status_code == 204
    left = await databases["owner"].fetch_value("SELECT count(*) FROM auth.passkeys WHERE person_id = $1", ann.id)
    assert left == 0


async def options_for(auth: Auth, token: str) -> Any:
    return (await auth.post("/me/passkeys/options", token=token)).json()
