"""New passwords: by the owner who signed in just now, or by a link that only their mailbox gets."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from taskyard.auth.actions.login_attempts import PER_ACCOUNT, PER_MAILBOX
from taskyard.auth.jobs import forget_expired
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.principal import Principal
from tests.auth.conftest import PASSWORD, Auth
from tests.auth.factors import with_totp
from tests.auth.letters import Postman, deliver, kinds_to, mails_to, token_in, token_to

NEW = "nine wooden bicycles sing"
CHANGE = {"current_password": PASSWORD, "password": NEW}


@pytest.fixture(autouse=True)
async def nothing_queued(databases: dict[str, Database]) -> None:
    await databases["owner"].execute("DELETE FROM auth.jobs")


async def forget(auth: Auth, email: str) -> str:
    answer = await auth.post("/auth/password/forgot", {"email": email})
    assert (answer.status_code, answer.content) == (204, b"")
    return await token_to(auth, email)


async def reset(auth: Auth, token: str, password: str = NEW) -> Any:
    return await auth.post("/auth/password/reset", {"token": token, "password": password})


async def test_a_person_changes_their_password(auth: Auth) -> None:
    person, tokens = await auth.someone()
    other = await auth.sign_in(person["email"])
    answer = await auth.post("/auth/password/change", CHANGE, tokens["access_token"])
    assert answer.status_code == 204
    await auth.identity.refresh()
    assert (await auth.send("GET", "/me", token=tokens["access_token"])).status_code == 200
    assert (await auth.send("GET", "/me", token=other["access_token"])).status_code == 401
    assert (await auth.post("/auth/login", {"email": person["email"], "password": PASSWORD})).status_code == 401
    await auth.sign_in(person["email"], NEW)
    assert await kinds_to(auth, person["email"]) == ["password_changed"]


async def test_a_change_takes_the_present_password_and_a_fresh_sign_in(auth: Auth) -> None:
    _, tokens = await auth.someone()
    wrong = await auth.post("/auth/password/change", {**CHANGE, "current_password": NEW}, tokens["access_token"])
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/current_password")
    clock.travel(timedelta(minutes=6))
    old = await auth.post("/auth/password/change", CHANGE, tokens["access_token"])
    assert (old.status_code, old.json()["code"]) == (401, "fresh_sign_in_required")


async def test_a_stolen_screen_does_not_guess_the_password(auth: Auth) -> None:
    clock.travel(-clock.now().timestamp() % 300 * timedelta(seconds=1))  # a new window of attempts
    _, tokens = await auth.someone()
    guesses = [{**CHANGE, "current_password": f"guess number {number}"} for number in range(PER_ACCOUNT + 1)]
    statuses = [
        (await auth.post("/auth/password/change", guess, tokens["access_token"])).status_code for guess in guesses
    ]
    assert statuses == [422] * PER_ACCOUNT + [429]


@pytest.mark.parametrize("password", ["too short", "password123456789", "x" * 257])
async def test_bad_passwords_are_refused(auth: Auth, password: str) -> None:
    person, tokens = await auth.someone()
    token = await forget(auth, person["email"])
    changed = await auth.post("/auth/password/change", {**CHANGE, "password": password}, tokens["access_token"])
    for answer in (changed, await reset(auth, token, password)):
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/password")


async def test_two_changes_at_once_are_one(auth: Auth) -> None:
    _, tokens = await auth.someone()
    bodies = [{**CHANGE, "password": f"{NEW} {number}"} for number in range(2)]
    answers = await asyncio.gather(*(auth.post("/auth/password/change", b, tokens["access_token"]) for b in bodies))
    assert Counter(answer.status_code for answer in answers) == {204: 1, 401: 1}


async def test_nobody_else_changes_a_password(auth: Auth) -> None:
    person = await auth.register()
    assert (await auth.post("/auth/password/change", CHANGE)).status_code == 401
    key = Principal(id=person["id"], scopes=frozenset({"account:write"}))
    assert (await auth.send_as(key, "POST", "/auth/password/change", CHANGE)).status_code == 403


async def test_a_mailed_link_sets_a_new_password_once_and_ends_every_session(auth: Auth) -> None:
    person, tokens = await auth.someone()
    token = await forget(auth, person["email"])
    assert len(token) == 43
    assert (await reset(auth, token)).status_code == 204
    await auth.identity.refresh()
    assert (await auth.send("GET", "/me", token=tokens["access_token"])).status_code == 401
    refreshed = await auth.post("/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 401
    await auth.sign_in(person["email"], NEW)
    again = await reset(auth, token)
    assert (again.status_code, again.json()["code"]) == (422, "invalid_link")
    assert again.json()["errors"][0]["pointer"] == "/token"
    assert await kinds_to(auth, person["email"]) == ["password_changed"]


async def test_parallel_uses_of_a_link_set_one_password(auth: Auth) -> None:
    person = await auth.register()
    token = await forget(auth, person["email"])
    answers = await asyncio.gather(*(reset(auth, token, f"{NEW} {number}") for number in range(5)))
    assert Counter(answer.status_code for answer in answers) == {204: 1, 422: 4}


async def test_of_two_links_one_sets_a_password(auth: Auth) -> None:
    person = await auth.register()
    first, second = await forget(auth, person["email"]), await forget(auth, person["email"])
    answers = await asyncio.gather(reset(auth, first), reset(auth, second))
    assert Counter(answer.status_code for answer in answers) == {204: 1, 422: 1}


async def test_a_link_is_good_for_fifteen_minutes(auth: Auth) -> None:
    person = await auth.register()
    token = await forget(auth, person["email"])
    clock.travel(timedelta(minutes=14))
    assert (await auth.post("/auth/password/reset", {"token": token, "password": "short"})).status_code == 422
    clock.travel(timedelta(minutes=1, seconds=1))
    assert (await reset(auth, token)).json()["code"] == "invalid_link"


async def test_a_reset_does_not_skip_the_second_factor(auth: Auth) -> None:
    someone = await with_totp(auth)
    await deliver(auth)
    assert (await reset(auth, await forget(auth, someone.email))).status_code == 204
    answer = await auth.post("/auth/login", {"email": someone.email, "password": NEW})
    assert answer.json()["mfa_required"] is True


async def test_a_link_ends_with_the_password_it_was_asked_for(auth: Auth) -> None:
    person, tokens = await auth.someone()
    token = await forget(auth, person["email"])
    await auth.post("/auth/password/change", CHANGE, tokens["access_token"])
    assert (await reset(auth, token)).json()["code"] == "invalid_link"


async def test_a_disabled_person_resets_nothing(auth: Auth, databases: dict[str, Database]) -> None:
    person = await auth.register()
    token = await forget(auth, person["email"])
    await databases["owner"].execute("UPDATE auth.people SET disabled_at = $2 WHERE id = $1", person["id"], clock.now())
    assert (await reset(auth, token)).status_code == 422
    await auth.post("/auth/password/forgot", {"email": person["email"]})
    assert await deliver(auth) == []


async def test_nobody_learns_whether_an_address_is_known(auth: Auth) -> None:
    person = await auth.register()
    known = await auth.post("/auth/password/forgot", {"email": person["email"]})
    for email in ("nobody@example.com", "no address", ""):
        unknown = await auth.post("/auth/password/forgot", {"email": email})
        assert (unknown.status_code, unknown.content) == (known.status_code, known.content)
    assert [mail.recipient.email for mail in await deliver(auth)] == [person["email"]]


async def test_asking_costs_the_same_statements_for_the_known_and_the_unknown(
    auth: Auth, statements: list[str]
) -> None:
    person = await auth.register()
    asked = []
    for email in (person["email"], "nobody@example.com"):
        statements.clear()
        await auth.post("/auth/password/forgot", {"email": email})
        asked.append(list(statements))
    assert asked[0] == asked[1]


async def test_strangers_fill_no_mailbox(auth: Auth) -> None:
    person = await auth.register()
    for _ in range(PER_MAILBOX + 2):
        await auth.post("/auth/password/forgot", {"email": person["email"]})
    assert len(await mails_to(auth, person["email"])) == PER_MAILBOX


async def test_a_link_leads_to_the_public_address_whatever_the_host_says(auth: Auth) -> None:
    person = await auth.register()
    await auth.post("/auth/password/forgot", {"email": person["email"]}, host="evil.example", x_forwarded_host="evil")
    [mail] = await mails_to(auth, person["email"])
    assert mail.link.startswith("http://localhost:3000/oauth/reset-password?token=")


async def test_no_token_and_no_address_stands_in_the_jobs_or_among_the_links(
    auth: Auth, databases: dict[str, Database]
) -> None:
    person = await auth.register()
    token = await forget(auth, person["email"])
    jobs = await databases["owner"].fetch("SELECT j::text FROM auth.jobs j")
    links = await databases["owner"].fetch("SELECT l::text FROM auth.mail_links l")
    assert not any(token in row[0] for row in [*jobs, *links])
    assert not any(person["email"] in row[0] for row in jobs)


async def test_a_mail_that_is_sent_again_holds_the_same_link(auth: Auth, databases: dict[str, Database]) -> None:
    person = await auth.register()
    await auth.post("/auth/password/forgot", {"email": person["email"]})
    away, back = Postman(), Postman()
    away.is_away = True
    await deliver(auth, away)
    clock.travel(timedelta(hours=2))
    [mail] = await deliver(auth, back)
    assert (await reset(auth, token_in(mail.link))).status_code == 204
    job = await databases["owner"].fetch_value("SELECT id::text FROM auth.jobs WHERE attempts = 2")
    assert mail.id == job


async def test_a_link_that_is_a_day_late_is_not_sent(auth: Auth) -> None:
    person = await auth.register()
    await auth.post("/auth/password/forgot", {"email": person["email"]})
    clock.travel(timedelta(hours=25))
    assert await deliver(auth) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("forgot", {}),
        ("forgot", {"email": 1}),
        ("reset", {"token": "x"}),
        ("reset", {"token": "", "password": NEW}),
        ("reset", {"token": "x" * 43, "password": NEW}),
    ],
)
async def test_malformed_requests_are_refused(auth: Auth, path: str, body: Any) -> None:
    assert (await auth.post(f"/auth/password/{path}", body)).status_code == 422


async def test_old_links_are_forgotten(auth: Auth, databases: dict[str, Database]) -> None:
    person = await auth.register()
    await forget(auth, person["email"])
    count = "SELECT count(*) FROM auth.mail_links WHERE person_id = $1"
    await forget_expired(databases["auth"])
    assert await databases["owner"].fetch_value(count, person["id"]) == 1
    clock.travel(timedelta(days=31))
    await forget_expired(databases["auth"])
    assert await databases["owner"].fetch_value(count, person["id"]) == 0


async def test_an_account_without_a_password_gets_one_by_its_mailbox(
    auth: Auth, databases: dict[str, Database]
) -> None:
    person = await auth.register()
    await databases["owner"].execute("UPDATE auth.people SET password_hash = NULL WHERE id = $1", person["id"])
    assert (await reset(auth, await forget(auth, person["email"]))).status_code == 204
    await auth.sign_in(person["email"], NEW)
