"""Refused requests in the audit trail: one entry for many, seen by whose they are and by administrators."""

import pytest

from taskyard.auth.actions.refusals import RefusalsOfAuth
from taskyard.contracts.refusals import MOST_AT_ONCE, Refused
from taskyard.kit import clock
from taskyard.kit.database import Database
from taskyard.kit.ids import new_id
from taskyard.kit.problems import InvalidInput
from tests.auth.conftest import Auth
from tests.auth.test_audit import Settle, settle

__all__ = ["settle"]


def refused(actor_id: str | None, *, is_person: bool = True, address: str = "192.0.2.7") -> Refused:
    return Refused(
        actor_id=actor_id,
        is_person=is_person,
        address=address,
        status=403,
        service="task",
        count=17,
        since=clock.now(),
        request_id=new_id(),
    )


async def test_people_find_what_they_were_refused(auth: Auth, settle: Settle) -> None:
    person, tokens = await auth.someone()
    one = refused(person["id"])
    await RefusalsOfAuth(auth.database).keep_refusals(refusals=[one])
    await settle()
    [entry] = [
        item
        for item in (await auth.send("GET", "/audit", token=tokens["access_token"])).json()["items"]
        if item["type"] == "requests.refused.v1"
    ]
    assert (entry["actor_id"], entry["address"], entry["request_id"]) == (person["id"], "192.0.2.7", one.request_id)
    assert {name: change["to"] for name, change in entry["changes"].items()} == {
        "status": 403,
        "service": "task",
        "count": 17,
        "since": one.since.isoformat().replace("+00:00", "Z"),
    }


@pytest.mark.parametrize("actor_id", [None, "nobody", "018f0000-0000-7000-8000-000000000000"])
async def test_what_is_no_persons_is_for_administrators(
    auth: Auth, databases: dict[str, Database], settle: Settle, actor_id: str | None
) -> None:
    one = refused(actor_id, is_person=False, address="")
    await RefusalsOfAuth(auth.database).keep_refusals(refusals=[one])
    await settle()
    [row] = await databases["owner"].fetch(
        "SELECT person_id, actor_id::text, address FROM auth.audit_entries WHERE request_id = $1", one.request_id
    )
    assert (row[0], row[1]) == (None, actor_id if actor_id != "nobody" else None)


async def test_no_more_are_taken_than_a_gateway_tells(auth: Auth) -> None:
    with pytest.raises(InvalidInput):
        await RefusalsOfAuth(auth.database).keep_refusals(refusals=[refused(None)] * (MOST_AT_ONCE + 1))
