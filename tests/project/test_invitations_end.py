"""Invitations that nobody takes end by themselves."""

from datetime import timedelta
from typing import Any

import pytest

from taskyard.contracts.people import Person
from taskyard.kit import clock
from taskyard.kit.ids import new_id
from taskyard.project.actions.invitations import end_invitations
from tests.project.conftest import Api, EventTypes, Status, World


async def invite(api: Api, world: World, **fields: Any) -> tuple[str, dict[str, Any]]:
    email = f"late-{new_id()}@example.com"
    answer = await api.send(world.admin, "POST", f"{world.path}/members", {"email": email, **fields})
    assert answer.status_code == 202
    invitation: dict[str, Any] = answer.json()
    return email, invitation


async def test_ended_invitation_opens_nothing_and_makes_place(
    api: Api, status: Status, world: World, event_types: EventTypes
) -> None:
    email, invitation = await invite(api, world, expires_in_days=1)
    person = Person(id=new_id(), email=email, name="Late")
    api.people.known[person.id] = person
    clock.travel(timedelta(days=1, minutes=1))
    assert await status(person.id, "POST", f"/invitations/{invitation['id']}/accept") == 404
    assert (await api.send(person.id, "GET", "/invitations")).json()["items"] == []
    assert (await api.send(world.admin, "GET", f"{world.path}/invitations")).json()["items"] == []
    del api.people.known[person.id]
    again = await api.send(world.admin, "POST", f"{world.path}/members", {"email": email})
    assert again.status_code == 202
    assert (await event_types(world.workspace_id))[-2:] == ["invitation.withdrawn.v1", "invitation.created.v1"]


async def test_invitation_lasts_a_fortnight_unless_told(api: Api, world: World) -> None:
    _, invitation = await invite(api, world)
    _, longer = await invite(api, world, expires_in_days=90)
    assert invitation["created_at"][:10] < invitation["expires_at"][:10] < longer["expires_at"][:10]
    clock.travel(timedelta(days=13))
    listed = (await api.send(world.admin, "GET", f"{world.path}/invitations")).json()["items"]
    assert [one["id"] for one in listed] == [invitation["id"], longer["id"]]


async def test_addresses_are_forgotten_in_time(
    api: Api, world: World, event_types: EventTypes, monkeypatch: pytest.MonkeyPatch
) -> None:
    email, _ = await invite(api, world, expires_in_days=1)
    kept, _ = await invite(api, world)
    clock.travel(timedelta(days=2))
    async with api.database.transaction() as tx:
        await end_invitations(tx)
    rows = await api.database.fetch(
        "SELECT email_folded FROM invitations WHERE workspace_id = $1::uuid", world.workspace_id
    )
    assert [row[0] for row in rows] == [kept]
    assert email != kept
    assert (await event_types(world.workspace_id))[-1] == "invitation.withdrawn.v1"
    monkeypatch.setattr("taskyard.project.actions.invitations.AT_ONCE", 0)
    async with api.database.transaction() as tx:
        assert await end_invitations(tx) == 0


@pytest.mark.parametrize("days", [0, 91, "soon", None])
async def test_malformed_end_is_refused(status: Status, world: World, days: object) -> None:
    body = {"email": "a@example.com", "expires_in_days": days}
    assert await status(world.admin, "POST", f"{world.path}/members", body) == 422
