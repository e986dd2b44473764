"""Milestones: made, changed, closed and given up."""

from taskyard.contracts import project as events
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.parts import Kind, add_part, lock_for_edit, lock_part, patched, store_part
from taskyard.project.errors import NameTaken
from taskyard.project.models.plans import Milestone, MilestonePatch, NewMilestone
from taskyard.project.queries import milestones as queries

MILESTONE = Kind(
    find=queries.find_milestone,
    insert=queries.insert_milestone,
    update=queries.update_milestone,
    created=events.MILESTONE_CREATED,
    updated=events.MILESTONE_UPDATED,
    duplicate=NameTaken,
)


async def create_milestone(tx: Transaction, caller: Principal, project_id: str, new: NewMilestone) -> Milestone:
    """A new milestone. Raises NameTaken."""
    project = await lock_for_edit(tx, caller, project_id)
    at = clock.now()
    milestone = Milestone(
        id=new_id(),
        workspace_id=project.workspace_id,
        project_id=project.id,
        name=new.name,
        description=new.description,
        due_on=new.due_on,
        is_closed=False,
        created_at=at,
        updated_at=at,
        version=1,
    )
    return await add_part(tx, MILESTONE, milestone)


async def update_milestone(
    tx: Transaction, caller: Principal, milestone_of: tuple[str, str], patch: MilestonePatch, expected: int | None
) -> Milestone:
    """Change a milestone, named by project and id. Raises NameTaken."""
    _, before = await lock_part(tx, caller, MILESTONE, milestone_of, expected)
    return await store_part(tx, MILESTONE, before, patched(before, patch))


async def delete_milestone(
    tx: Transaction, caller: Principal, milestone_of: tuple[str, str], expected: int | None
) -> None:
    """Give a milestone up; tasks lead nowhere a moment later."""
    _, before = await lock_part(tx, caller, MILESTONE, milestone_of, expected)
    after = next_version(before, updated_at=clock.now())
    await queries.delete_milestone(tx, after, after.updated_at)
    await announce_state(tx, events.MILESTONE_DELETED, after, before)
