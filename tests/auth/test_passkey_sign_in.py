"""Signing in with a passkey, alone and after the password; what does not fit is refused, and announced."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskyard.auth.actions.relying_party import RelyingParty, Unverifiable
from taskyard.auth.jobs import forget_expired
from taskyard.auth.models.passkeys import Assertion, Attestation, CreatedCredential, SignedCredential
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.keys import Keys
from tests.auth.conftest import PASSWORD, Auth
from tests.auth.test_passkeys import Keeper, with_passkey
from tests.journeys.authenticator import Authenticator, bytes_in, text


async def options_of(auth: Auth) -> Any:
    return (await auth.post("/auth/passkey/options")).json()


async def sign_in(ann: Keeper, **client: Any) -> httpx.Response:
    options = await options_of(ann.auth)
    return await ann.auth.post("/auth/passkey", {"credential": ann.device.sign(options, **client)})


async def begin(ann: Keeper) -> str:
    answer = await ann.auth.post("/auth/login", {"email": ann.email, "password": PASSWORD})
    assert answer.json()["methods"] == ["passkey", "recovery_code"]
    return str(answer.json()["mfa_token"])


async def reasons(databases: dict[str, Database], person_id: str) -> list[str]:
    rows = await databases["owner"].fetch(
        "SELECT data->>'reason' FROM log.events WHERE type = 'passkey.refused.v1' AND audience_id = $1 ORDER BY id",
        person_id,
    )
    return [row[0] for row in rows]


async def test_a_passkey_signs_in_alone(auth: Auth, databases: dict[str, Database]) -> None:
    ann = await with_passkey(auth)
    answer = await sign_in(ann)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (await auth.send("GET", "/me", token=answer.json()["access_token"])).json()["id"] == ann.id
    methods = await databases["owner"].fetch_value(
        "SELECT methods FROM auth.sessions WHERE person_id = $1 ORDER BY id DESC LIMIT 1", ann.id
    )
    assert methods == ["pop", "user", "mfa"]
    [passkey] = (await auth.send("GET", "/me/passkeys", token=ann.token)).json()["items"]
    assert passkey["last_used_at"] is not None
    assert (await sign_in(ann)).status_code == 200


async def test_a_passkey_is_the_second_step_of_a_password(auth: Auth) -> None:
    ann = await with_passkey(auth)
    mfa_token = await begin(ann)
    options = (await auth.post("/auth/mfa/passkey/options", {"mfa_token": mfa_token})).json()
    assert [known["id"] for known in options["allowCredentials"]] == [text(ann.device.id)]
    body = {"mfa_token": mfa_token, "credential": ann.device.sign(options)}
    assert (await auth.post("/auth/mfa/passkey", body)).status_code == 200
    assert (await auth.post("/auth/mfa/passkey", body)).json()["code"] == "invalid_mfa_token"
    assert (await auth.post("/auth/mfa/passkey/options", {"mfa_token": mfa_token})).status_code == 401


async def test_a_recovery_code_helps_whoever_has_lost_the_device(auth: Auth) -> None:
    ann = await with_passkey(auth)
    body = {"mfa_token": await begin(ann), "code": ann.passkey["recovery_codes"][0]}
    assert (await auth.post("/auth/mfa/recovery", body)).status_code == 200


@pytest.mark.parametrize("client", [{"origin": "http://evil.example"}, {"type": "webauthn.create"}])
async def test_what_was_signed_elsewhere_signs_in_nowhere(
    auth: Auth, databases: dict[str, Database], client: Any
) -> None:
    ann = await with_passkey(auth)
    answer = await sign_in(ann, **client)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_passkey")
    assert await reasons(databases, ann.id) == ["not_verified"]


async def test_a_device_that_did_not_ask_its_owner_signs_nobody_in(auth: Auth, databases: dict[str, Database]) -> None:
    ann = await with_passkey(auth)
    ann.device.is_verified = False
    assert (await sign_in(ann)).status_code == 401
    assert await reasons(databases, ann.id) == ["not_verified"]


async def test_a_copy_that_counts_behind_signs_nobody_in(auth: Auth, databases: dict[str, Database]) -> None:
    ann = await with_passkey(auth)
    assert (await sign_in(ann)).status_code == 200
    ann.device.counter -= 1
    assert (await sign_in(ann)).status_code == 401
    assert await reasons(databases, ann.id) == ["counter_went_back"]
    assert (await sign_in(ann)).status_code == 200


async def test_a_device_that_does_not_count_signs_in_again_and_again(
    auth: Auth, databases: dict[str, Database]
) -> None:
    ann = await with_passkey(auth)
    await databases["owner"].execute("UPDATE auth.passkeys SET sign_count = 0 WHERE person_id = $1", ann.id)
    for _ in range(2):
        ann.device.counter = 0
        assert (await sign_in(ann)).status_code == 200


async def test_a_challenge_is_answered_once_also_in_parallel(auth: Auth, databases: dict[str, Database]) -> None:
    ann = await with_passkey(auth)
    options = await options_of(auth)
    answers = [{"credential": ann.device.sign(options)} for _ in range(5)]
    statuses = Counter(
        answer.status_code for answer in await asyncio.gather(*(auth.post("/auth/passkey", body) for body in answers))
    )
    assert statuses == {200: 1, 401: 4}
    assert set(await reasons(databases, ann.id)) == {"challenge_used_before"}


async def test_a_challenge_of_another_door_or_another_time_is_none(auth: Auth) -> None:
    ann = await with_passkey(auth)
    mfa_token = await begin(ann)
    alone = await options_of(auth)
    body = {"mfa_token": mfa_token, "credential": ann.device.sign(alone)}
    assert (await auth.post("/auth/mfa/passkey", body)).json()["code"] == "invalid_passkey"
    step = (await auth.post("/auth/mfa/passkey/options", {"mfa_token": mfa_token})).json()
    assert (await auth.post("/auth/passkey", {"credential": ann.device.sign(step)})).status_code == 401
    clock.travel(timedelta(minutes=5, seconds=1))
    late = await auth.post("/auth/passkey", {"credential": ann.device.sign(alone)})
    assert late.json()["code"] == "invalid_passkey"


async def test_the_passkey_of_another_is_no_second_step(auth: Auth) -> None:
    ann, bob = await with_passkey(auth), await with_passkey(auth)
    mfa_token = await begin(ann)
    codes = []
    for _ in range(7):
        answer = await auth.post("/auth/mfa/passkey/options", {"mfa_token": mfa_token})
        if answer.status_code == 401:
            codes.append(answer.json()["code"])
            break
        body = {"mfa_token": mfa_token, "credential": bob.device.sign(answer.json())}
        codes.append((await auth.post("/auth/mfa/passkey", body)).json()["code"])
    assert codes == ["invalid_passkey"] * 5 + ["sign_in_ended", "invalid_mfa_token"]


async def test_a_device_that_names_another_owner_signs_nobody_in(auth: Auth) -> None:
    ann, bob = await with_passkey(auth), await with_passkey(auth)
    ann.device.handle = bob.device.handle
    assert (await sign_in(ann)).status_code == 401


async def test_an_unknown_or_removed_passkey_signs_nobody_in(auth: Auth) -> None:
    ann = await with_passkey(auth)
    stranger = Authenticator(ann.device.origin)
    stranger.handle = ann.device.handle
    answer = await auth.post("/auth/passkey", {"credential": stranger.sign(await options_of(auth))})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_passkey")
    await auth.send("DELETE", f"/me/passkeys/{ann.passkey['id']}", token=ann.token)
    assert (await sign_in(ann)).status_code == 401


async def test_an_id_that_is_no_bytes_signs_nobody_in(auth: Auth) -> None:
    ann = await with_passkey(auth)
    credential = ann.device.sign(await options_of(auth)) | {"rawId": "abcde"}
    answer = await auth.post("/auth/passkey", {"credential": credential})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_passkey")


async def test_a_disabled_person_is_signed_in_by_nothing(auth: Auth, databases: dict[str, Database]) -> None:
    ann = await with_passkey(auth)
    await databases["owner"].execute("UPDATE auth.people SET disabled_at = $2 WHERE id = $1", ann.id, clock.now())
    assert (await sign_in(ann)).status_code == 401


@pytest.mark.parametrize("path", ["/auth/passkey", "/auth/mfa/passkey", "/auth/mfa/passkey/options"])
@pytest.mark.parametrize("body", [{}, [], {"credential": {}}, {"mfa_token": ""}, {"mfa_token": "x", "credential": 1}])
async def test_malformed_steps_are_refused(auth: Auth, path: str, body: Any) -> None:
    assert (await auth.post(path, body)).status_code == 422


async def test_used_challenges_are_forgotten_when_they_have_ended(auth: Auth, databases: dict[str, Database]) -> None:
    await databases["owner"].execute("DELETE FROM auth.used_challenges")  # other tests leave some of a later time
    assert (await sign_in(await with_passkey(auth))).status_code == 200
    count = "SELECT count(*) FROM auth.used_challenges"
    await forget_expired(databases["auth"])
    assert await databases["owner"].fetch_value(count) >= 2
    clock.travel(timedelta(minutes=6))
    await forget_expired(databases["auth"])
    assert await databases["owner"].fetch_value(count) == 0


@given(noise=st.binary(min_size=1, max_size=300), place=st.integers(0, 300))
def test_nothing_a_stranger_makes_up_is_our_fault(noise: bytes, place: int) -> None:
    party = RelyingParty(Keys(b"k" * 32), public_url="http://localhost:3000")
    device = Authenticator("http://localhost:3000")
    created = device.create({"user": {"id": "AA"}, "rp": {"id": "localhost"}, "challenge": "AAAA"})["response"]
    signed = device.sign({"rpId": "localhost", "challenge": "AAAA"})["response"]
    for data in (noise, spoilt(created["attestationObject"], place, noise)):
        attestation = Attestation(client_data=created["clientDataJSON"], attestation_object=text(data))
        credential = CreatedCredential(id="AA", raw_id="AA", type="public-key", response=attestation)
        with suppress(Unverifiable):  # a spoilt make of device is none of our business
            party.verify_created(credential, bytes(3))
    for data in (noise, spoilt(signed["authenticatorData"], place, noise)):
        assertion = Assertion(
            client_data=signed["clientDataJSON"], authenticator_data=text(data), signature=signed["signature"]
        )
        with pytest.raises(Unverifiable):
            party.verify_signed(
                SignedCredential(id="AA", raw_id="AA", type="public-key", response=assertion), bytes(3), noise
            )
    with pytest.raises(Unverifiable):
        party.challenge_in(text(noise), "sign-in")


def spoilt(encoded: str, place: int, noise: bytes) -> bytes:
    data = bytes_in(encoded)
    return data[:place] + noise + data[place + len(noise) :]
