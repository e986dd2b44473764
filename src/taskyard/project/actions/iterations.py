"""Iterations: planned, started, closed with what is left over, and given up."""

import msgspec
from msgspec import UNSET

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.parts import Kind, add_part, get_part, lock_for_edit, lock_part, patched, store_part
from taskyard.project.actions.projects import get_project
from taskyard.project.errors import IterationActive, IterationNotActive, IterationNotPlanned, NameTaken
from taskyard.project.models.plans import ClosedIteration, Closing, Iteration, IterationPatch, NewIteration
from taskyard.project.models.projects import Project
from taskyard.project.queries import iterations as queries

ITERATION = Kind(
    find=queries.find_iteration,
    insert=queries.insert_iteration,
    update=queries.update_iteration,
    created=events.ITERATION_CREATED,
    updated=events.ITERATION_UPDATED,
    duplicate=NameTaken,
)


async def require_iteration(db: Statements, caller: Principal, iteration_id: str, needed: Permission) -> Iteration:
    """An iteration in whose project the caller may do what is needed. Raises NotFound or PermissionDenied."""
    project = await get_project(db, caller, await _project_of(db, iteration_id), needed)
    return await get_part(db, ITERATION, project, iteration_id)


async def require_still_arranging(tx: Statements, caller: Principal, iteration_id: str) -> None:
    """Refuse a stored answer to who may not arrange the iteration's project any more."""
    await get_project(tx, caller, await _project_of(tx, iteration_id), Permission.PROJECT_EDIT)


async def create_iteration(tx: Transaction, caller: Principal, project_id: str, new: NewIteration) -> Iteration:
    """A planned iteration. Raises NameTaken or InvalidInput."""
    project = await lock_for_edit(tx, caller, project_id)
    at = clock.now()
    iteration = Iteration(
        id=new_id(),
        workspace_id=project.workspace_id,
        project_id=project.id,
        name=new.name,
        goal=new.goal,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        state="planned",
        started_at=None,
        closed_at=None,
        created_at=at,
        updated_at=at,
        version=1,
    )
    return await add_part(tx, ITERATION, in_order(iteration))


async def update_iteration(
    tx: Transaction, caller: Principal, iteration_id: str, patch: IterationPatch, expected: int | None
) -> Iteration:
    """Change an iteration. Raises NameTaken or InvalidInput."""
    _, before = await _lock(tx, caller, iteration_id, expected)
    return await store_part(tx, ITERATION, before, in_order(patched(before, patch)))


async def start_iteration(tx: Transaction, caller: Principal, iteration_id: str, expected: int | None) -> Iteration:
    """Begin a planned iteration. Raises IterationNotPlanned, or IterationActive while another is under way."""
    _, before = await _lock(tx, caller, iteration_id, expected)
    if before.state != "planned":
        raise IterationNotPlanned
    at = clock.now()
    after = next_version(before, state="active", started_at=at, updated_at=at)
    try:
        await queries.update_iteration(tx, after)
    except DuplicateRow as error:
        raise IterationActive from error
    await announce_state(tx, events.ITERATION_STARTED, after, before)
    return after


async def close_iteration(
    tx: Transaction, caller: Principal, iteration_id: str, closing: Closing, expected: int | None
) -> ClosedIteration:
    """End the iteration that is under way; its open tasks go on in another a moment later.

    Raises IterationNotActive, or InvalidInput for another that is closed or not there.
    """
    project, before = await _lock(tx, caller, iteration_id, expected)
    if before.state != "active":
        raise IterationNotActive
    moved_to = await _successor(tx, project, before, closing)
    at = clock.now()
    after = next_version(before, state="closed", closed_at=at, updated_at=at)
    await queries.update_iteration(tx, after)
    closed = ClosedIteration(**msgspec.structs.asdict(after), moved_to=moved_to)
    change = Change(
        type=events.ITERATION_CLOSED,
        resource_id=after.id,
        version=after.version,
        data=closed,
        changes=changed_fields(before, after),
        workspace_id=after.workspace_id,
        project_id=after.project_id,
    )
    await announce(tx, change)
    return closed


async def delete_iteration(tx: Transaction, caller: Principal, iteration_id: str, expected: int | None) -> None:
    """Give an iteration up; its tasks are in none a moment later."""
    _, before = await _lock(tx, caller, iteration_id, expected)
    after = next_version(before, updated_at=clock.now())
    await queries.delete_iteration(tx, after, after.updated_at)
    await announce_state(tx, events.ITERATION_DELETED, after, before)


async def _project_of(db: Statements, iteration_id: str) -> str:
    project_id = await queries.find_project_of_iteration(db, iteration_id) if is_id(iteration_id) else None
    if project_id is None:
        raise NotFound
    return project_id


async def _lock(
    tx: Transaction, caller: Principal, iteration_id: str, expected: int | None
) -> tuple[Project, Iteration]:
    return await lock_part(tx, caller, ITERATION, (await _project_of(tx, iteration_id), iteration_id), expected)


def in_order(iteration: Iteration) -> Iteration:
    """An iteration that does not end before it starts. Raises InvalidInput."""
    if iteration.starts_on > iteration.ends_on:
        raise invalid("/ends_on", "An iteration ends on the day it starts, or later.")
    return iteration


async def _successor(tx: Transaction, project: Project, iteration: Iteration, closing: Closing) -> str | None:
    if closing.move_open_to is None:
        return None
    if closing.move_open_to is UNSET:
        found = await queries.find_next_iteration(tx, project, iteration)
        return None if found is None else found.id
    wanted = await queries.find_iteration(tx, project, closing.move_open_to)
    if wanted is None or wanted.state != "planned":
        raise invalid("/move_open_to", "The project has no such planned iteration.")
    return wanted.id
