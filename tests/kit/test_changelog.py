"""What a service announces."""

from datetime import date

import msgspec
import pytest

from taskyard.kit.changelog import Change, FieldChange, announce, changed_fields, event_from
from taskyard.kit.database import Cause, Database
from taskyard.kit.ids import new_id
from taskyard.kit.problems import NotFound

READ = """
    SELECT 1, workspace_id::text, project_id::text, audience_id::text, type, resource_id::text, version,
           actor_id::text, origin, request_id, at, data, changes FROM log.events WHERE resource_id = $1
"""


class Thing(msgspec.Struct):
    """Something that changes."""

    name: str
    due_on: date | None
    version: int
    updated_at: int = 0


def test_only_real_changes_are_reported() -> None:
    before, after = Thing("a", None, 1), Thing("a", date(2027, 1, 2), 2, 5)

    assert changed_fields(before, after) == {"due_on": FieldChange(None, date(2027, 1, 2))}
    assert changed_fields(before, msgspec.structs.replace(before, version=9)) == {}


async def test_event_is_read_as_it_was_announced(databases: dict[str, Database]) -> None:
    after = Thing("b", date(2027, 1, 2), 2)
    change = Change(
        type="thing.changed.v1",
        resource_id=new_id(),
        version=2,
        data=after,
        changes=changed_fields(Thing("a", None, 1), after),
        workspace_id=new_id(),
        project_id=new_id(),
        audience_id=new_id(),
    )
    actor = new_id()
    async with databases["task"].transaction(Cause(actor_id=actor, origin="import", request_id="r")) as tx:
        await announce(tx, change)
        assert tx.announced
    event = event_from(await databases["owner"].fetch_row(READ, change.resource_id))

    assert (event.type, event.version, event.actor_id, event.origin) == ("thing.changed.v1", 2, actor, "import")
    assert (event.workspace_id, event.project_id) == (change.workspace_id, change.project_id)
    assert msgspec.json.decode(event.data, type=Thing) == after
    assert event.changes == {"name": FieldChange("a", "b"), "due_on": FieldChange(None, "2027-01-02")}


async def test_event_goes_with_its_transaction(databases: dict[str, Database]) -> None:
    resource_id = new_id()

    async def act() -> None:
        async with databases["task"].transaction() as tx:
            await announce(tx, Change(type="x.y.v1", resource_id=resource_id, version=1, data=Thing("a", None, 1)))
            raise NotFound

    with pytest.raises(NotFound):
        await act()
    assert await databases["owner"].fetch(READ, resource_id) == []
