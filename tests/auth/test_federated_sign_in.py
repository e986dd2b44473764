"""Signing in by an identity provider: by issuer and subject, with an account where the provider makes some."""

from functools import partial
from typing import Any

import pytest

from tests.auth.conftest import Auth
from tests.auth.factors import code_of, with_totp
from tests.auth.federation import Federated, newcomer
from tests.journeys.openid_provider import BACK, signed


async def me(auth: Auth, tokens: dict[str, Any]) -> dict[str, Any]:
    profile: dict[str, Any] = (await auth.send("GET", "/me", token=tokens["access_token"])).json()
    return profile


async def test_a_newcomer_gets_an_account_and_comes_back_to_it(auth: Auth, acme: Federated) -> None:
    ada = newcomer()
    first = await acme.sign_in(ada)
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-store")
    profile = await me(auth, first.json())
    assert (profile["email"], profile["name"]) == (f"{ada}@acme.example", ada.capitalize())
    again = await acme.sign_in(ada, email=f"renamed-{ada}@acme.example")
    assert (await me(auth, again.json()))["id"] == profile["id"]
    row = await auth.database.fetch_row(
        "SELECT password_hash, email_verified_at, last_used_at FROM people JOIN identities ON person_id = people.id"
        " WHERE people.id = $1",
        profile["id"],
    )
    assert row is not None
    assert (row[0], row[1] is None, row[2] is None) == (None, False, False)


async def test_the_button_says_who_signs_people_in(auth: Auth, acme: Federated) -> None:
    listed = (await auth.send("GET", "/auth/federated")).json()["items"]
    assert {"slug": acme.provider.name, "name": "Acme"} in listed


async def test_an_account_is_never_found_by_its_address(auth: Auth, acme: Federated) -> None:
    person = await auth.register()
    answer = await acme.sign_in(newcomer(), email=person["email"].upper())
    assert (answer.status_code, answer.json()["code"]) == (409, "identity_not_linked")
    assert await auth.database.fetch_value("SELECT count(*) FROM identities WHERE person_id = $1", person["id"]) == 0


async def test_where_no_accounts_are_made_nobody_new_comes_in(acme: Federated) -> None:
    ada = newcomer()
    await acme.sign_in(ada)
    await acme.change(creates_accounts=False)
    assert (await acme.sign_in(newcomer())).json()["code"] == "no_account"
    assert (await acme.sign_in(ada)).status_code == 200


async def test_a_provider_makes_accounts_where_nobody_else_may_register(auth: Auth, acme: Federated) -> None:
    closed = Auth(auth.database, auth.signing, registration="closed")
    acme.auth = closed
    assert (await acme.sign_in(newcomer())).status_code == 200
    await closed.close()


@pytest.mark.parametrize(
    "claims",
    [{"email_verified": False}, {"email_verified": None}, {"email": None}, {"email": "nonsense"}, {"email": 7}],
)
async def test_without_a_verified_address_there_is_no_account(acme: Federated, claims: dict[str, Any]) -> None:
    assert (await acme.sign_in(newcomer(), **claims)).json()["code"] == "no_account"


async def test_a_provider_may_be_believed_without(acme: Federated) -> None:
    await acme.change(trusts_emails=True)
    assert (await acme.sign_in(newcomer(), email_verified=None)).status_code == 200


@pytest.mark.parametrize("name", [None, "", "bell\x07", 7, "x" * 5_000])
async def test_a_name_that_nobody_can_read_is_not_taken(auth: Auth, acme: Federated, name: object) -> None:
    ada = newcomer()
    profile = await me(auth, (await acme.sign_in(ada, name=name)).json())
    assert profile["name"] in {ada, "x" * 200}


async def test_only_people_of_the_domains_come_in(acme: Federated) -> None:
    ada = newcomer()
    await acme.sign_in(ada)
    await acme.change(email_domains=["corp.example"])
    assert (await acme.sign_in(ada)).json()["code"] == "no_account"
    assert (await acme.sign_in(ada, email=f"{ada}@CORP.example")).status_code == 200
    assert (await acme.sign_in(ada, email=f"{ada}@corp.example", email_verified=False)).status_code == 403


async def test_the_second_factor_of_the_account_stays_asked_for(auth: Auth, acme: Federated) -> None:
    someone, ada = await with_totp(auth), newcomer()
    await auth.database.execute(
        "INSERT INTO identities VALUES ($1, $1, $2, $3, now())", someone.id, acme.provider.issuer, ada
    )
    needed = (await acme.sign_in(ada)).json()
    assert (needed["mfa_required"], needed["methods"]) == (True, ["totp", "recovery_code"])
    answer = await someone.give_code(needed["mfa_token"], code_of(someone.seed, steps=1))
    assert answer.status_code == 200, answer.text
    methods = await auth.database.fetch_value(
        "SELECT methods FROM sessions WHERE person_id = $1 ORDER BY id DESC LIMIT 1", someone.id
    )
    assert methods == ["fed", "otp", "mfa"]


async def test_somebody_disabled_or_deleted_stays_outside(auth: Auth, acme: Federated) -> None:
    ada = newcomer()
    profile = await me(auth, (await acme.sign_in(ada)).json())
    await auth.post(f"/users/{profile['id']}/disable", token=acme.token)
    assert (await acme.sign_in(ada)).json()["code"] == "no_account"
    gone = await auth.send("DELETE", f"/users/{profile['id']}", token=acme.token, if_match="*")
    assert gone.status_code == 204, gone.text
    assert await auth.database.fetch_value("SELECT count(*) FROM identities WHERE subject = $1", ada) == 0
    assert (await me(auth, (await acme.sign_in(ada)).json()))["id"] != profile["id"]


async def test_what_the_token_lacks_is_asked_for(auth: Auth, acme: Federated) -> None:
    ada = newcomer()
    acme.provider.userinfo = {"sub": ada, "email": f"{ada}@acme.example", "email_verified": "true"}
    answer = await acme.sign_in(ada, email=None, email_verified=None)
    assert (await me(auth, answer.json()))["email"] == f"{ada}@acme.example"


async def test_an_address_is_verified_only_where_it_was_said(acme: Federated) -> None:
    ada = newcomer()
    await acme.change(group_claim="groups")
    acme.provider.userinfo = {"sub": ada, "email": "other@acme.example", "email_verified": True}
    assert (await acme.sign_in(ada, email_verified=None)).json()["code"] == "no_account"


@pytest.mark.parametrize("secret", [None, "s3cret/with:signs"])
@pytest.mark.usefixtures("forgetful")
async def test_a_client_proves_itself_as_the_provider_wants(acme: Federated, secret: str | None) -> None:
    acme.provider.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    await acme.change(client_secret=secret)
    assert (await acme.sign_in(newcomer())).status_code == 200


async def test_people_are_sent_back_only_where_administrators_allow_it(auth: Auth, acme: Federated) -> None:
    path = f"/auth/federated/{acme.provider.name}/begin"
    assert (await auth.post(path, {"redirect_uri": "https://evil.example/"})).status_code == 422
    assert (await auth.post("/auth/federated/nobody/begin", {"redirect_uri": BACK})).status_code == 404
    assert (await auth.post(f"/auth/federated/{'x' * 50}/begin", {"redirect_uri": BACK})).status_code == 404


async def test_a_new_key_of_the_provider_is_asked_for(acme: Federated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskyard.auth.actions.federation.discovery.KEYS_AGAIN_SECONDS", 0.0)
    assert (await acme.sign_in(newcomer())).status_code == 200
    acme.provider.keys, acme.provider.sign = ["second"], partial(signed, key="second")
    assert (await acme.sign_in(newcomer())).status_code == 200
