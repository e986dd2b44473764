"""Providers, and whoever stands between, that say what they must not: nothing of it signs anybody in."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from taskyard.auth.actions.federation import discovery, flows
from taskyard.kit import outbound
from taskyard.kit.database import Database
from tests.auth.conftest import Auth
from tests.auth.federation import Federated, federating, newcomer
from tests.journeys.openid_provider import BACK, Answer, key_of, signed

Claims = dict[str, Any]


def _part(value: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(claims: Claims) -> str:
    return f"{_part({'alg': 'none'})}.{_part(claims)}."


def by_public_key(claims: Claims) -> str:
    """The public key, which everybody has, as a shared secret."""
    head = f"{_part({'alg': 'HS256', 'kid': 'first'})}.{_part(claims)}"
    mac = hmac.digest(key_of("first").as_pem(private=False), head.encode(), hashlib.sha256)
    return f"{head}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def by_own_key(claims: Claims) -> str:
    """A key that the token brings along."""
    return signed(claims, "own", kid="first", jwk=key_of("own").as_dict(private=False))


def critical(claims: Claims) -> str:
    head, _, rest = signed(claims).partition(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    return f"{_part({**header, 'crit': ['exp']})}.{rest}"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "somebody else"},
        {"aud": ["taskyard at home", "somebody else"]},
        {"aud": ["taskyard at home", "somebody else"], "azp": "somebody else"},
        {"azp": "somebody else"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": int(time.time()) - 120},
        {"exp": None},
        {"iat": int(time.time()) + 3_600},
        {"nbf": int(time.time()) + 3_600},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "line\nbreak"},
    ],
)
async def test_a_token_for_somebody_or_something_else_is_refused(acme: Federated, claims: Claims) -> None:
    answer = await acme.sign_in(newcomer(), **claims)
    assert (answer.status_code, answer.json()["code"]) == (401, "identity_refused")


@pytest.mark.parametrize(
    "sign",
    [
        unsigned,
        by_public_key,
        by_own_key,
        critical,
        lambda claims: signed(claims, "stranger"),
        lambda claims: signed(claims)[:-8] + "AAAAAAAA",
        lambda claims: signed(claims) + ".x",
        lambda _: "nonsense",
        lambda _: "!.!.!",
        lambda claims: signed({**claims, "pad": "x" * 70_000}),
    ],
)
async def test_a_token_that_the_provider_did_not_sign_is_refused(
    acme: Federated, sign: Callable[[Claims], str]
) -> None:
    acme.provider.sign = sign
    answer = await acme.sign_in(newcomer())
    assert (answer.status_code, answer.json()["code"]) == (401, "identity_refused")


async def test_two_audiences_are_fine_where_we_are_the_one_it_was_given_to(acme: Federated) -> None:
    claims = {"aud": ["taskyard at home", "somebody else"], "azp": "taskyard at home"}
    assert (await acme.sign_in(newcomer(), **claims)).status_code == 200


@pytest.mark.parametrize("change", [{"n": "AQAB"}, {"use": "enc"}, {"kty": "EC"}, {"alg": "PS256"}, {"n": 7}])
async def test_a_key_that_does_not_fit_is_not_taken(acme: Federated, change: Claims) -> None:
    key = {**key_of("first").as_dict(private=False), **change}
    acme.provider.overrides["keys"] = lambda: (200, {}, json.dumps({"keys": [key]}).encode())
    assert (await acme.sign_in(newcomer())).status_code == 401


@pytest.mark.parametrize("field", ["state", "iss", "code"])
async def test_another_answer_is_refused(acme: Federated, field: str) -> None:
    begun = await acme.begin()
    answer = acme.provider.answer(begun["authorization_url"], newcomer())
    refused = await acme.bring(begun, {**answer, field: "https://elsewhere.example"})
    assert (refused.status_code, refused.json()["code"]) == (401, "identity_refused")


async def test_a_missing_issuer_is_refused_where_it_was_promised(acme: Federated) -> None:
    begun = await acme.begin()
    answer = acme.provider.answer(begun["authorization_url"], newcomer())
    del answer["iss"]
    assert (await acme.bring(begun, answer)).status_code == 401


async def test_somebody_else_s_answer_is_refused(acme: Federated) -> None:
    mine, theirs = await acme.begin(), await acme.begin()
    answer = acme.provider.answer(theirs["authorization_url"], newcomer())
    assert (await acme.bring(mine, answer)).status_code == 401
    code = {**acme.provider.answer(mine["authorization_url"], newcomer()), "code": answer["code"]}
    assert (await acme.bring(mine, code)).status_code == 401


async def test_an_answer_is_good_for_once(acme: Federated) -> None:
    begun, ada = await acme.begin(), newcomer()
    assert (await acme.bring(begun, acme.provider.answer(begun["authorization_url"], ada))).status_code == 200
    again = await acme.bring(begun, acme.provider.answer(begun["authorization_url"], ada))
    assert again.status_code == 401


async def test_an_answer_of_one_provider_is_not_another_s(auth: Auth, acme: Federated) -> None:
    async with federating(auth) as other:
        begun = await acme.begin()
        answer = other.provider.answer(begun["authorization_url"], newcomer())
        assert (await other.bring(begun, answer)).status_code == 401


@pytest.mark.parametrize("token", ["nonsense", "AAAA", "é"])
async def test_a_flow_that_we_did_not_begin_is_refused(acme: Federated, token: str) -> None:
    begun = await acme.begin()
    answer = acme.provider.answer(begun["authorization_url"], newcomer())
    assert (await acme.bring({"flow_token": token}, answer)).status_code == 401


async def test_a_flow_is_over_after_ten_minutes(acme: Federated, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = await acme.begin()
    answer = acme.provider.answer(begun["authorization_url"], newcomer())
    monkeypatch.setattr(flows, "LIFETIME", timedelta(0))
    assert (await acme.bring(begun, answer)).status_code == 200
    begun = await acme.begin()
    answer = acme.provider.answer(begun["authorization_url"], newcomer())
    assert (await acme.bring(begun, answer)).status_code == 401


async def test_another_person_s_details_are_refused(acme: Federated) -> None:
    acme.provider.userinfo = {"sub": "eve", "email": "eve@acme.example", "email_verified": True}
    assert (await acme.sign_in(newcomer(), email=None)).json()["code"] == "identity_refused"


async def test_every_refusal_is_announced(databases: dict[str, Database], acme: Federated) -> None:
    before = await databases["owner"].fetch_value("SELECT coalesce(max(id), 0) FROM log.events")
    await acme.sign_in(newcomer(), nonce="another")
    reasons = await databases["owner"].fetch(
        "SELECT data->>'reason' FROM log.events WHERE id > $1 AND type = 'sign_in.failed.v1'", before
    )
    assert [row[0] for row in reasons] == ["federated_id_token"]


def _slow() -> Answer:
    time.sleep(1)
    return 200, {}, b"{}"


@pytest.mark.parametrize("where", ["token", "keys", "userinfo"])
@pytest.mark.parametrize(
    "answer",
    [
        lambda: (302, {"Location": "http://169.254.169.254/"}, b"{}"),
        lambda: (500, {}, b"{}"),
        lambda: (200, {}, b"x" * (discovery.LONGEST_ANSWER + 10)),
        lambda: (200, {}, b"\xff"),
        lambda: (200, {}, b"[]"),
        _slow,
    ],
)
async def test_a_provider_that_answers_badly_signs_nobody_in(
    acme: Federated, where: str, answer: Callable[[], Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WHOLE_SECONDS", "BODY_SECONDS"):
        monkeypatch.setattr(outbound, name, 0.3)
    acme.provider.overrides[where] = answer
    refused = await acme.sign_in(newcomer(), email=None)
    assert (refused.status_code, refused.json()["code"]) == (503, "provider_unavailable")


@pytest.mark.usefixtures("forgetful")
async def test_a_failure_is_remembered_for_a_moment(acme: Federated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "FAILURE_SECONDS", 1_000.0)
    acme.provider.overrides["openid-configuration"] = lambda: (500, {}, b"")
    path = f"/auth/federated/{acme.provider.name}/begin"
    before = len(acme.provider.asked)
    answers = [await acme.auth.post(path, {"redirect_uri": BACK}) for _ in range(3)]
    assert [answer.json()["code"] for answer in answers] == ["provider_unavailable"] * 3
    assert len(acme.provider.asked) == before + 1


@pytest.mark.usefixtures("forgetful")
async def test_a_provider_that_moved_to_a_private_address_is_not_asked(acme: Federated) -> None:
    acme.provider.document = {"jwks_uri": "https://10.0.0.1/keys"}
    answer = await acme.auth.post(f"/auth/federated/{acme.provider.name}/begin", {"redirect_uri": BACK})
    assert answer.status_code == 503
