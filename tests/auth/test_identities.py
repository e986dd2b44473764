"""/me/identities: people link what they are elsewhere to the account they have, and keep a way in."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from taskyard.kit import clock
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from tests.auth.conftest import Auth
from tests.auth.federation import Federated, federating, newcomer
from tests.auth.letters import kinds_to
from tests.journeys.openid_provider import BACK

PATH = "/me/identities"


async def begin(acme: Federated, token: str) -> dict[str, Any]:
    answer = await acme.auth.post(f"{PATH}/begin", {"provider": acme.provider.name, "redirect_uri": BACK}, token)
    assert answer.status_code == 200, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


async def link(acme: Federated, token: str, subject: str, **claims: Any) -> httpx.Response:
    begun = await begin(acme, token)
    answer = acme.provider.answer(begun["authorization_url"], subject, **claims)
    body = {**answer, "flow_token": begun["flow_token"], "provider": acme.provider.name}
    return await acme.auth.post(PATH, body, token)


async def test_an_identity_is_linked_and_signs_in(auth: Auth, acme: Federated) -> None:
    person, tokens = await auth.someone()
    ada, token = newcomer(), tokens["access_token"]
    linked = await link(acme, token, ada, email=person["email"])
    assert (linked.status_code, linked.json()["provider"]) == (201, "Acme")
    signed_in = (await acme.sign_in(ada)).json()
    assert (await auth.send("GET", "/me", token=signed_in["access_token"])).json()["id"] == person["id"]
    [listed] = (await auth.send("GET", PATH, token=token)).json()["items"]
    assert (listed["id"], listed["last_used_at"] is None) == (linked.json()["id"], False)


async def test_an_identity_belongs_to_one_account(auth: Auth, acme: Federated) -> None:
    _, first = await auth.someone()
    _, second = await auth.someone()
    ada = newcomer()
    assert (await link(acme, first["access_token"], ada)).status_code == 201
    taken = await link(acme, second["access_token"], ada)
    assert (taken.status_code, taken.json()["code"]) == (409, "identity_taken")


async def test_nothing_is_linked_in_another_session(auth: Auth, acme: Federated) -> None:
    person, mine = await auth.someone()
    _, theirs = await auth.someone()
    again = await auth.sign_in(person["email"])
    begun = await begin(acme, mine["access_token"])
    answer = acme.provider.answer(begun["authorization_url"], newcomer())
    body = {**answer, "flow_token": begun["flow_token"], "provider": acme.provider.name}
    for tokens in (theirs, again):
        refused = await auth.post(PATH, body, tokens["access_token"])
        assert (refused.status_code, refused.json()["code"]) == (401, "identity_refused")


async def test_a_flow_that_signs_in_links_nothing(auth: Auth, acme: Federated) -> None:
    _, tokens = await auth.someone()
    begun = await acme.begin()
    answer = acme.provider.answer(begun["authorization_url"], newcomer())
    body = {**answer, "flow_token": begun["flow_token"], "provider": acme.provider.name}
    assert (await auth.post(PATH, body, tokens["access_token"])).status_code == 401
    mine = await begin(acme, tokens["access_token"])
    assert (await acme.bring(mine, acme.provider.answer(mine["authorization_url"], newcomer()))).status_code == 401


async def test_linking_takes_a_fresh_sign_in(auth: Auth, acme: Federated) -> None:
    person = await auth.register()
    stale = Principal(id=person["id"], session_id=new_id(), signed_in_at=clock.now() - timedelta(minutes=6))
    body = {"provider": acme.provider.name, "redirect_uri": BACK}
    answer = {"provider": "acme", "flow_token": "x", "code": "x", "state": "x"}
    asked = [
        await auth.send_as(stale, "POST", f"{PATH}/begin", body),
        await auth.send_as(stale, "POST", PATH, answer),
        await auth.send_as(stale, "DELETE", f"{PATH}/{new_id()}"),
    ]
    assert [one.json()["code"] for one in asked] == ["fresh_sign_in_required"] * 3


async def test_only_addresses_of_the_domains_are_linked(auth: Auth, acme: Federated) -> None:
    _, tokens = await auth.someone()
    await acme.change(email_domains=["corp.example"])
    assert (await link(acme, tokens["access_token"], newcomer())).status_code == 403


async def test_people_come_back_only_where_administrators_allow_it(auth: Auth, acme: Federated) -> None:
    _, tokens = await auth.someone()
    body = {"provider": acme.provider.name, "redirect_uri": "https://evil.example/"}
    assert (await auth.post(f"{PATH}/begin", body, tokens["access_token"])).status_code == 422
    unknown = {"provider": "nobody", "redirect_uri": BACK}
    assert (await auth.post(f"{PATH}/begin", unknown, tokens["access_token"])).status_code == 404


async def test_an_identity_is_unlinked_and_told_of(auth: Auth, acme: Federated) -> None:
    person, tokens = await auth.someone()
    ada, token = newcomer(), tokens["access_token"]
    linked = (await link(acme, token, ada)).json()
    assert (await auth.send("DELETE", f"{PATH}/{linked['id']}", token=token)).status_code == 204
    assert (await auth.send("GET", PATH, token=token)).json()["items"] == []
    assert (await auth.send("DELETE", f"{PATH}/{linked['id']}", token=token)).status_code == 404
    kinds = await kinds_to(auth, person["email"])
    assert sorted(kind for kind in kinds if "identity" in kind) == ["identity_linked", "identity_unlinked"]


async def test_an_identity_of_a_provider_that_is_gone_is_unlinked(auth: Auth, acme: Federated) -> None:
    _, tokens = await auth.someone()
    linked = (await link(acme, tokens["access_token"], newcomer())).json()
    await auth.send("DELETE", f"/identity-providers/{acme.id}", token=acme.token, if_match="*")
    [listed] = (await auth.send("GET", PATH, token=tokens["access_token"])).json()["items"]
    assert (listed["id"], listed["provider"]) == (linked["id"], None)
    assert (await auth.send("DELETE", f"{PATH}/{linked['id']}", token=tokens["access_token"])).status_code == 204


async def test_the_last_way_in_stays(auth: Auth, acme: Federated) -> None:
    ada = newcomer()
    token = (await acme.sign_in(ada)).json()["access_token"]
    [only] = (await auth.send("GET", PATH, token=token)).json()["items"]
    refused = await auth.send("DELETE", f"{PATH}/{only['id']}", token=token)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_way_in")
    async with federating(auth) as other:
        assert (await link(other, token, newcomer())).status_code == 201
        await other.change(is_enabled=False)
        assert (await auth.send("DELETE", f"{PATH}/{only['id']}", token=token)).status_code == 409
        await other.change(is_enabled=True)
        assert (await auth.send("DELETE", f"{PATH}/{only['id']}", token=token)).status_code == 204


async def test_sign_ins_under_way_end_when_an_identity_is_unlinked(auth: Auth, acme: Federated) -> None:
    person, tokens = await auth.someone()
    linked = (await link(acme, tokens["access_token"], newcomer())).json()
    before = await auth.database.fetch_value("SELECT credentials_version FROM people WHERE id = $1", person["id"])
    await auth.send("DELETE", f"{PATH}/{linked['id']}", token=tokens["access_token"])
    after = await auth.database.fetch_value("SELECT credentials_version FROM people WHERE id = $1", person["id"])
    assert after == before + 1


@pytest.mark.parametrize("identity_id", ["nonsense", "0190a000-0000-7000-8000-000000000000"])
async def test_nobody_unlinks_somebody_else_s(auth: Auth, acme: Federated, identity_id: str) -> None:
    _, mine = await auth.someone()
    _, theirs = await auth.someone()
    linked = (await link(acme, mine["access_token"], newcomer())).json()
    for one in (linked["id"], identity_id):
        assert (await auth.send("DELETE", f"{PATH}/{one}", token=theirs["access_token"])).status_code == 404


async def test_whoever_is_disabled_meanwhile_links_nothing(auth: Auth, acme: Federated) -> None:
    person = await auth.register()
    caller = Principal(id=person["id"], session_id=new_id(), signed_in_at=clock.now())
    body = {"provider": acme.provider.name, "redirect_uri": BACK}
    begun = (await auth.send_as(caller, "POST", f"{PATH}/begin", body)).json()
    answer = acme.provider.answer(begun["authorization_url"], newcomer())
    await auth.post(f"/users/{person['id']}/disable", token=acme.token)
    given = {**answer, "flow_token": begun["flow_token"], "provider": acme.provider.name}
    assert (await auth.send_as(caller, "POST", PATH, given)).status_code == 404


async def test_pages_of_identities_follow_each_other(auth: Auth, acme: Federated) -> None:
    _, tokens = await auth.someone()
    token = tokens["access_token"]
    ids = [(await link(acme, token, newcomer())).json()["id"] for _ in range(2)]
    first = (await auth.send("GET", f"{PATH}?limit=1", token=token)).json()
    rest = (await auth.send("GET", f"{PATH}?limit=1&cursor={first['next_cursor']}", token=token)).json()
    assert [first["items"][0]["id"], rest["items"][0]["id"]] == ids
