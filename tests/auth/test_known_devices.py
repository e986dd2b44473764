"""Devices that somebody signed in with before: attempts of their own, and a mail about any other."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from taskyard.auth.actions.device_names import name_device
from taskyard.auth.actions.known_devices import LATELY, LIFETIME, MOST
from taskyard.auth.actions.login_attempts import PER_ACCOUNT
from taskyard.auth.jobs import forget_expired
from taskyard.kit import clock
from taskyard.kit.database import Database
from tests.auth.conftest import PASSWORD, Auth
from tests.auth.letters import deliver, mails_to
from tests.auth.visitor import Visitor

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"


async def give(auth: Auth, email: str, device: str = "", password: str = PASSWORD) -> httpx.Response:
    named: dict[str, Any] = {"x_device_token": device} if device else {}
    return await auth.post("/auth/login", {"email": email, "password": password}, user_agent=FIREFOX, **named)


async def exhaust(auth: Auth, email: str) -> None:
    """Guess until the account takes no more from strangers."""
    clock.travel(-clock.now().timestamp() % 300 * timedelta(seconds=1))  # a new window
    for _ in range(PER_ACCOUNT):
        assert (await give(auth, email, password="not the right one")).status_code == 401
    assert (await give(auth, email)).status_code == 429


async def test_a_known_device_signs_in_while_strangers_have_used_up_the_account(auth: Auth) -> None:
    person, tokens = await auth.someone()
    await exhaust(auth, person["email"])
    answer = await give(auth, person["email"], tokens["device_token"])
    assert (answer.status_code, answer.json()["device_token"]) == (200, None)


async def test_a_known_device_has_only_so_many_attempts_too(auth: Auth) -> None:
    person, tokens = await auth.someone()
    clock.travel(-clock.now().timestamp() % 300 * timedelta(seconds=1))
    device = tokens["device_token"]
    guesses = [await give(auth, person["email"], device, "not the right one") for _ in range(PER_ACCOUNT + 1)]
    assert [answer.status_code for answer in guesses] == [401] * PER_ACCOUNT + [429]
    assert (await give(auth, person["email"])).status_code == 200


async def test_the_device_of_another_is_a_stranger_here(auth: Auth) -> None:
    ann, (_, tokens) = await auth.register(), await auth.someone()
    await exhaust(auth, ann["email"])
    assert (await give(auth, ann["email"], tokens["device_token"])).status_code == 429
    assert (await give(auth, ann["email"], "made-up")).status_code == 429


async def test_a_sign_in_with_a_new_device_is_told_by_mail(auth: Auth) -> None:
    person, tokens = await auth.someone()
    assert await mails_to(auth, person["email"]) == []  # a newcomer's own device
    assert (await give(auth, person["email"], tokens["device_token"])).status_code == 200
    assert await mails_to(auth, person["email"]) == []
    answer = await give(auth, person["email"])
    assert answer.json()["device_token"]
    [mail] = await mails_to(auth, person["email"])
    assert (mail.kind, mail.device, mail.address) == ("new_sign_in", "Firefox, Windows", "127.0.0.1")


async def test_the_same_program_at_the_same_place_is_news_once_a_day(auth: Auth) -> None:
    person, _ = await auth.someone()
    for _ in range(3):
        assert (await give(auth, person["email"])).json()["device_token"]
    assert len(await mails_to(auth, person["email"])) == 1
    clock.travel(LATELY + timedelta(minutes=6))
    assert (await give(auth, person["email"])).status_code == 200
    assert len(await mails_to(auth, person["email"])) == 1


async def test_an_old_account_is_told_of_its_first_device_too(auth: Auth) -> None:
    person = await auth.register()
    clock.travel(timedelta(hours=1, seconds=1))
    await auth.sign_in(person["email"])
    assert [mail.kind for mail in await mails_to(auth, person["email"])] == ["new_sign_in"]


async def test_a_new_password_makes_all_devices_strangers(auth: Auth) -> None:
    person, tokens = await auth.someone()
    body = {"current_password": PASSWORD, "password": "nine wooden bicycles sing"}
    assert (await auth.post("/auth/password/change", body, tokens["access_token"])).status_code == 204
    answer = await give(auth, person["email"], tokens["device_token"], "nine wooden bicycles sing")
    assert answer.json()["device_token"] not in {None, tokens["device_token"]}


async def test_a_browser_keeps_the_device_in_a_cookie(auth: Auth) -> None:
    person, visitor = await auth.register(), Visitor(auth)
    answer = await visitor.sign_in(person["email"])
    [cookie] = [text for text in answer.headers.get_list("set-cookie") if text.startswith("taskyard-device=")]
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=31536000"} <= set(cookie.split("; "))
    await exhaust(auth, person["email"])
    visitor.client.cookies.delete("taskyard-session")
    again = await visitor.sign_in(person["email"])
    assert (again.status_code, "taskyard-device" in str(again.headers.get_list("set-cookie"))) == (303, False)
    await visitor.close()


async def test_only_hashes_of_a_bounded_number_are_kept(auth: Auth, databases: dict[str, Database]) -> None:
    person, tokens = await auth.someone()
    await databases["owner"].execute(
        """
        INSERT INTO auth.known_devices (id, person_id, token_hash, last_used_at)
        SELECT gen_random_uuid(), $1, sha256(gen_random_uuid()::text::bytea), $3 FROM generate_series(1, $2)
        """,
        person["id"],
        MOST,
        clock.now() + timedelta(seconds=1),
    )
    await give(auth, person["email"])
    rows = await databases["owner"].fetch("SELECT d::text FROM auth.known_devices d WHERE person_id = $1", person["id"])
    assert len(rows) == MOST
    assert not any(tokens["device_token"] in row[0] for row in rows)


async def test_devices_are_forgotten_after_a_year_and_with_their_owner(
    auth: Auth, databases: dict[str, Database]
) -> None:
    (ann, _), (bob, tokens) = await auth.someone(), await auth.someone()
    count = "SELECT count(*) FROM auth.known_devices WHERE person_id = $1"
    assert (await auth.send("DELETE", "/me", token=tokens["access_token"])).status_code == 204
    assert await databases["owner"].fetch_value(count, bob["id"]) == 0
    assert await databases["owner"].fetch_value(count, ann["id"]) == 1
    clock.travel(LIFETIME + timedelta(days=1))
    await forget_expired(databases["auth"])
    assert await databases["owner"].fetch_value(count, ann["id"]) == 0
    await deliver(auth)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (FIREFOX, "Firefox, Windows"),
        (CHROME, "Chrome, Android"),
        ("curl/8.9", "curl"),
        ("Your account is locked, see http://evil.example", "?"),
        (None, "?"),
    ],
)
def test_a_device_is_named_in_words_of_ours(said: str | None, name: str) -> None:
    assert name_device(said) == name
