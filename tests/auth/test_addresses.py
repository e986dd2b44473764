"""E-mail addresses: proved before the first sign-in where mail is sent, and exchanged without anybody losing track."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from taskyard.auth.actions.login_attempts import PER_MAILBOX
from taskyard.auth.actions.signing_keys import SigningKeys
from taskyard.kit import clock
from taskyard.kit.database import Database
from tests.auth.conftest import PASSWORD, Auth
from tests.auth.letters import deliver, kinds_to, mails_to, token_in, token_to


@pytest.fixture(autouse=True)
async def nothing_queued(databases: dict[str, Database]) -> None:
    await databases["owner"].execute("DELETE FROM auth.jobs")


@pytest.fixture
async def careful(databases: dict[str, Database], signing: SigningKeys) -> AsyncIterator[Auth]:
    """A deployment with a mail server."""
    service = Auth(databases["auth"], signing, verifies=True)
    await databases["owner"].execute("DELETE FROM auth.login_attempts")
    yield service
    await service.close()


def any_email() -> str:
    return f"{uuid4().hex}@example.com"


async def follow(auth: Auth, token: str) -> Any:
    return await auth.post("/auth/email/verify", {"token": token})


async def verified(auth: Auth) -> tuple[dict[str, Any], dict[str, Any]]:
    person = await auth.register()
    assert (await follow(auth, await token_to(auth, person["email"]))).status_code == 204
    return person, await auth.sign_in(person["email"])


async def test_nobody_signs_in_before_the_address_is_proved(careful: Auth) -> None:
    person = await careful.register()
    token = await token_to(careful, person["email"])
    body = {"email": person["email"], "password": PASSWORD}
    early = await careful.post("/auth/login", body)
    assert (early.status_code, early.json()["code"]) == (401, "invalid_credentials")
    assert (await follow(careful, token)).status_code == 204
    await careful.sign_in(person["email"])
    assert (await follow(careful, token)).json()["code"] == "invalid_link"


async def test_signing_in_too_early_sends_the_link_again_within_bounds(careful: Auth) -> None:
    person = await careful.register()
    await deliver(careful)
    body = {"email": person["email"], "password": PASSWORD}
    for _ in range(PER_MAILBOX + 1):
        await careful.post("/auth/login", body)
    assert await kinds_to(careful, person["email"]) == ["verify_address"] * PER_MAILBOX


async def test_a_link_is_good_for_a_day(careful: Auth) -> None:
    person = await careful.register()
    token = await token_to(careful, person["email"])
    clock.travel(timedelta(hours=24, seconds=1))
    assert (await follow(careful, token)).status_code == 422


async def test_where_no_mail_is_sent_nothing_must_be_proved(auth: Auth) -> None:
    person, _ = await auth.someone()
    assert await kinds_to(auth, person["email"]) == []


async def test_registering_with_a_known_address_looks_like_any_other(careful: Auth) -> None:
    person, _ = await verified(careful)
    body = {"email": person["email"], "password": PASSWORD, "name": "Eve"}
    known = await careful.post("/auth/register", body)
    unknown = await careful.post("/auth/register", {**body, "email": any_email()})
    assert known.status_code == unknown.status_code == 201
    assert set(known.json()) == set(unknown.json())
    assert known.json()["id"] != person["id"]
    assert {name for name, _ in known.headers.items()} == {name for name, _ in unknown.headers.items()}
    assert await kinds_to(careful, person["email"]) == ["address_known"]
    for email in (person["email"], unknown.json()["email"]):
        answer = await careful.post("/auth/login", {"email": email, "password": "what Eve thought of"})
        assert answer.json()["code"] == "invalid_credentials"


async def test_a_squatted_address_is_won_back_by_its_mailbox(careful: Auth) -> None:
    person = await careful.register("Eve")
    await deliver(careful)
    await careful.post("/auth/password/forgot", {"email": person["email"]})
    token = await token_to(careful, person["email"])
    new = "nine wooden bicycles sing"
    assert (await careful.post("/auth/password/reset", {"token": token, "password": new})).status_code == 204
    await careful.sign_in(person["email"], new)


async def test_an_address_changes_when_the_new_one_is_proved_and_the_old_is_told(careful: Auth) -> None:
    person, tokens = await verified(careful)
    email = any_email()
    answer = await careful.post("/me/email", {"email": email}, tokens["access_token"])
    assert (answer.status_code, answer.json()) == (202, person)
    token = await token_to(careful, email)
    assert (await follow(careful, token)).status_code == 204
    me = (await careful.send("GET", "/me", token=tokens["access_token"])).json()
    assert (me["email"], me["version"]) == (email, 2)
    assert await kinds_to(careful, person["email"]) == ["address_changed"]
    await careful.sign_in(email)
    assert (await careful.post("/auth/login", {"email": person["email"], "password": PASSWORD})).status_code == 401


async def test_an_address_that_is_taken_meanwhile_stays_with_whoever_has_it(careful: Auth) -> None:
    _, tokens = await verified(careful)
    email = any_email()
    await careful.post("/me/email", {"email": email}, tokens["access_token"])
    token = await token_to(careful, email)
    await careful.post("/auth/register", {"email": email, "password": PASSWORD, "name": "Bob"})
    taken = await follow(careful, token)
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")


async def test_links_to_the_old_address_end_with_it(careful: Auth) -> None:
    person, tokens = await verified(careful)
    email = any_email()
    await careful.post("/me/email", {"email": email}, tokens["access_token"])
    change = await token_to(careful, email)
    await careful.post("/auth/password/forgot", {"email": person["email"]})
    [mail] = [mail for mail in await mails_to(careful, person["email"]) if mail.link]
    await follow(careful, change)
    body = {"token": mail.link.partition("token=")[2], "password": "nine wooden bicycles sing"}
    assert (await careful.post("/auth/password/reset", body)).json()["code"] == "invalid_link"


async def test_where_no_mail_is_sent_an_address_changes_at_once(auth: Auth) -> None:
    person, tokens = await auth.someone()
    other = await auth.register("Bob")
    email = any_email()
    taken = await auth.post("/me/email", {"email": other["email"].upper()}, tokens["access_token"])
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")
    answer = await auth.post("/me/email", {"email": email}, tokens["access_token"])
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json()["email"] == email
    assert await kinds_to(auth, person["email"]) == ["address_changed"]


async def test_a_change_takes_a_fresh_sign_in_and_an_address(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    for body in ({}, {"email": "nonsense"}, {"email": any_email(), "id": "1"}):
        assert (await auth.post("/me/email", body, tokens["access_token"])).status_code == 422
    assert (await auth.post("/me/email", {"email": any_email()})).status_code == 401
    disable = "UPDATE auth.people SET disabled_at = $2 WHERE id = $1"
    await databases["owner"].execute(disable, person["id"], clock.now())
    assert (await auth.post("/me/email", {"email": any_email()}, tokens["access_token"])).status_code == 404
    clock.travel(timedelta(minutes=6))
    old = await auth.post("/me/email", {"email": any_email()}, tokens["access_token"])
    assert (old.status_code, old.json()["code"]) == (401, "fresh_sign_in_required")


async def test_an_address_is_proved_later_by_whoever_asks_for_the_link(auth: Auth) -> None:
    person, tokens = await auth.someone()
    for _ in range(PER_MAILBOX + 1):
        assert (await auth.post("/me/email/verification", token=tokens["access_token"])).status_code == 204
    links = [mail.link for mail in await mails_to(auth, person["email"])]
    assert len(links) == PER_MAILBOX
    for link in links[:2]:
        assert (await follow(auth, token_in(link))).status_code == 204
    await auth.sign_in(person["email"])
    assert (await auth.post("/me/email/verification")).status_code == 401


async def test_events_of_addresses_hold_none(careful: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await verified(careful)
    email = any_email()
    await careful.post("/me/email", {"email": email}, tokens["access_token"])
    await follow(careful, await token_to(careful, email))
    rows = await databases["owner"].fetch(
        "SELECT type, e::text FROM log.events e WHERE audience_id = $1 ORDER BY id", person["id"]
    )
    types = [row[0] for row in rows]
    assert [kind for kind in types if kind.startswith("email.")] == ["email.verified.v1", "email.changed.v1"]
    assert not any(address in row[1] for row in rows for address in (person["email"], email))


async def test_an_unknown_person_is_told_nothing(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    await auth.post("/me/email", {"email": any_email()}, tokens["access_token"])
    await databases["owner"].execute("UPDATE auth.people SET disabled_at = $2 WHERE id = $1", person["id"], clock.now())
    assert await deliver(auth) == []


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": 1}, {"token": "x" * 201}, {"token": "unknown"}])
async def test_what_is_no_link_is_refused(auth: Auth, body: Any) -> None:
    assert (await auth.post("/auth/email/verify", body)).status_code == 422
