"""Signing up: what an account starts with, and what is refused."""

from typing import Any
from uuid import uuid4

import pytest

from taskyard.auth.actions.signing_keys import SigningKeys
from taskyard.kit.database import Database
from tests.auth.conftest import PASSWORD, Auth


def new_account(**changes: Any) -> dict[str, Any]:
    return {"email": f"{uuid4().hex}@example.com", "password": PASSWORD, "name": "Ada", **changes}


async def test_a_registered_person_gets_their_account_without_secrets(auth: Auth) -> None:
    answer = await auth.post("/auth/register", new_account(name="  Ada Lovelace "))
    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/v1/me"
    person = answer.json()
    assert person["name"] == "Ada Lovelace"
    assert set(person) == {"id", "email", "name", "time_zone", "locale", "created_at", "updated_at", "version"}


@pytest.mark.parametrize("write", [str.upper, str.title, lambda email: f"  {email} "])
async def test_an_address_has_one_account_however_it_is_written(auth: Auth, write: Any) -> None:
    body = new_account()
    await auth.post("/auth/register", body)
    again = await auth.post("/auth/register", new_account(email=write(body["email"])))
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")


async def test_addresses_of_private_networks_and_of_the_world_are_fine(auth: Auth) -> None:
    for domain in ("mail.internal", "grå.example.org", "intranet"):
        answer = await auth.post("/auth/register", new_account(email=f"ü{uuid4().hex}@{domain}"))
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"email": "not an address"}, "/email"),
        ({"email": "a@b\x00.example"}, "/email"),
        ({"email": "@example.com"}, "/email"),
        ({"name": "   "}, "/name"),
        ({"name": "Ada\x00"}, "/name"),
        ({"name": "A" * 201}, "/name"),
        ({"password": "fourteen chars"}, "/password"),
        ({"password": "x" * 257}, "/password"),
        ({"password": None}, "/password"),
        ({"role": "admin"}, "/role"),
        ({"id": str(uuid4())}, "/id"),
        ({"is_admin": True}, "/is_admin"),
    ],
)
async def test_wrong_input_is_named(auth: Auth, changes: dict[str, Any], pointer: str) -> None:
    answer = await auth.post("/auth/register", new_account(**changes))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaaaaa",
        "123456789012345",
        "09876543210987654321",
        "abcdefghijklmnopq",
        "qwertyuiopasdfghjkl",
        "abcabcabcabcabcabc",
        "PasswordPassword",
        "password welcome 123",
        "1q2w3e4r5t6y7u8i",
        "ThisIsMyPassword!!",
        "hopper.grace.1906",
        "grace@navy.example",
    ],
)
async def test_common_passwords_are_refused(auth: Auth, password: str) -> None:
    body = new_account(email=f"grace{uuid4().hex[:4]}.hopper@navy.example", name="Grace Hopper", password=password)
    answer = await auth.post("/auth/register", body)
    assert answer.status_code == 422, password
    assert answer.json()["errors"][0]["pointer"] == "/password"


@pytest.mark.parametrize(
    "password",
    [
        "  leading and trailing spaces  ",
        "Zürich größte Straßenbahn",
        "長い長いパスワードは安全だと思いますよ",
        "👩‍👩‍👧‍👦 our family of four likes tea",
        "nul \x00 and tab \t are characters too",
        "x1 " * 20 + "and a tail that must matter",
        "password managers make this one",
    ],
)
async def test_a_password_counts_as_it_was_typed(auth: Auth, password: str) -> None:
    body = new_account(password=password)
    assert (await auth.post("/auth/register", body)).status_code == 201
    await auth.sign_in(body["email"], password)
    for other in (password.strip() + "?", password[:-1], password.swapcase() + "x"):
        answer = await auth.post("/auth/login", {"email": body["email"], "password": other})
        assert answer.status_code == 401, other


async def test_an_accent_typed_in_two_ways_is_the_same_password(auth: Auth) -> None:
    body = new_account(password="caf\u00e9 au lait, s'il vous pla\u00eet")
    await auth.post("/auth/register", body)
    await auth.sign_in(body["email"], "cafe\u0301 au lait, s'il vous plai\u0302t")


async def test_a_lone_surrogate_is_malformed_not_a_fault_of_ours(auth: Auth) -> None:
    raw = b'{"email":"a@example.com","name":"Ada","password":"\\ud800 lone surrogate here"}'
    answer = await auth.client.post("/api/v1/auth/register", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize(("policy", "code"), [("closed", "registration_closed"), ("invite", "invitation_required")])
async def test_a_deployment_decides_who_may_sign_up(
    databases: dict[str, Database], signing: SigningKeys, policy: str, code: str
) -> None:
    auth = Auth(databases["auth"], signing, registration=policy)
    answer = await auth.post("/auth/register", new_account())
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    await auth.close()


async def test_nothing_of_a_registration_stays_in_the_door(auth: Auth, databases: dict[str, Database]) -> None:
    await databases["owner"].execute("DELETE FROM auth.idempotency_keys")
    await auth.post("/auth/register", new_account(), idempotency_key="once")
    assert await databases["owner"].fetch_value("SELECT count(*) FROM auth.idempotency_keys") == 0
