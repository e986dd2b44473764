"""Whoever loses sight of a project or a workspace is told, because they no longer see the event that did it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from taskyard.contracts.project import ACCESS_LOST, AccessLost
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id
from taskyard.project.queries.access import list_sights


@asynccontextmanager
async def telling_losses(
    tx: Transaction, workspace_id: str, *, project_ids: list[str] | None = None, person_ids: list[str] | None = None
) -> AsyncIterator[None]:
    """Announce what people see after the block no longer; it is about some projects or people of a locked workspace.

    Who loses a workspace is told of that alone, and not of each project in it.
    """
    before = set(await list_sights(tx, workspace_id, project_ids, person_ids))
    yield
    lost = before.difference(await list_sights(tx, workspace_id, project_ids, person_ids))
    leavers = {person_id for person_id, seen in lost if seen is None}
    for person_id, seen in sorted(lost, key=str):
        if seen is None or person_id not in leavers:
            await announce(tx, _change(person_id, AccessLost(new_id(), workspace_id, seen)))


def _change(person_id: str, loss: AccessLost) -> Change:
    """Of the person alone, and of no project: they would not be let in to read it."""
    return Change(
        type=ACCESS_LOST,
        resource_id=loss.id,
        version=1,
        data=loss,
        workspace_id=loss.workspace_id,
        audience_id=person_id,
    )
