"""33, 34: what is mailed opens one account once; what changes a way in takes a fresh sign-in, and is told."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest

from tests.journeys.factors import Protected
from tests.journeys.mailbox import link_in, token_to, wait_for_mail
from tests.journeys.people import PASSWORD, Someone
from tests.journeys.scanner import owner_url
from tests.security.conftest import Target

NewPerson = Callable[[str], Someone]
NEW = "nine wooden bicycles sing"
SUBJECT = "Choose a new password"


def reset(target: Target, token: str) -> httpx.Response:
    with target.client() as client:
        return client.post("/api/v1/auth/password/reset", json={"token": token, "password": NEW})


def sign_in(target: Target, email: str, password: str) -> Any:
    with target.client() as client:
        return client.post("/api/v1/auth/login", json={"email": email, "password": password}).json()


def test_a_link_opens_an_account_once_and_ends_its_sessions(target: Target, someone: NewPerson) -> None:
    ann = someone("Ann")
    with target.client() as client:
        client.post("/api/v1/auth/password/forgot", json={"email": ann.email})
    token = token_to(target.home, ann.email, SUBJECT)

    assert [reset(target, token).status_code for _ in range(2)] == [204, 422]

    time.sleep(1)  # every process hears of it within a second
    ann.get("/me", status=401)
    assert sign_in(target, ann.email, PASSWORD)["code"] == "invalid_credentials"
    assert "access_token" in sign_in(target, ann.email, NEW)
    wait_for_mail(target.home, ann.email, "Your password was changed")


def test_a_link_leads_to_our_address_whatever_the_request_says(target: Target, someone: NewPerson) -> None:
    ann = someone("Ann")
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    with target.client(**forged) as client:
        client.post("/api/v1/auth/password/forgot", json={"email": ann.email})

    mail = wait_for_mail(target.home, ann.email, SUBJECT)

    assert link_in(mail).startswith(f"http://localhost:{target.port}/oauth/reset-password?token=")
    assert "evil" not in mail.as_string()


def test_a_link_does_not_stand_for_the_second_factor(target: Target, someone: NewPerson) -> None:
    ann = Protected(someone("Ann"))
    with target.client() as client:
        client.post("/api/v1/auth/password/forgot", json={"email": ann.person.email})

    assert reset(target, token_to(target.home, ann.person.email, SUBJECT)).status_code == 204

    assert sign_in(target, ann.person.email, NEW)["mfa_required"] is True
    assert ann.go_on(sign_in(target, ann.person.email, NEW)["mfa_token"], ann.recovery_codes[0], "recovery").is_success


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/me/email", {"email": "other@example.com"}),
        ("POST", "/auth/password/change", {"current_password": PASSWORD, "password": NEW}),
        ("POST", "/me/mfa/totp", None),
        ("POST", "/me/mfa/totp/confirm", {"code": "000000"}),
        ("POST", "/me/mfa/recovery-codes", None),
        ("DELETE", "/me/mfa/totp", None),
    ],
)
def test_an_open_screen_changes_no_way_in(
    target: Target, someone: NewPerson, method: str, path: str, body: dict[str, str] | None
) -> None:
    ann = someone("Ann")
    tokens = ann.sign_in()
    asyncio.run(_make_older(target, ann.id))
    renewed = ann.client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]}).json()
    headers = {"Authorization": f"Bearer {renewed['access_token']}"}

    answer = ann.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "fresh_sign_in_required")


def test_the_old_address_is_told_of_the_new(target: Target, someone: NewPerson) -> None:
    ann = someone("Ann")
    ann.post("/me/email", {"email": f"new-{ann.email}"}, status=200)
    wait_for_mail(target.home, ann.email, "Your e-mail address was changed")


async def _make_older(target: Target, person_id: str) -> None:
    connection = await asyncpg.connect(owner_url(target.home))
    await connection.execute(
        "UPDATE auth.sessions SET created_at = created_at - interval '6 minutes' WHERE person_id = $1", person_id
    )
    await connection.close()
