"""Archiving a project, moving it to the trash, and the way back from both."""

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound
from taskyard.project import permissions
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.losses import telling_losses
from taskyard.project.actions.projects import lock_project
from taskyard.project.errors import KeyTaken
from taskyard.project.models.projects import Project
from taskyard.project.queries import access, projects


async def archive_project(tx: Transaction, caller: Principal, project_id: str, expected: int | None) -> Project:
    """Put a project aside; it stays visible, but not to the public. An archived one is answered as it is."""
    before, _ = await lock_project(tx, caller, project_id, Permission.PROJECT_EDIT)
    require_version(expected, before.version)
    if before.archived_at is not None:
        return before
    at = clock.now()
    after = next_version(before, archived_at=at, updated_at=at)
    await projects.update_project(tx, after)
    await access.rebuild_access_of_project(tx, after.workspace_id, after.id)
    await announce_state(tx, events.PROJECT_ARCHIVED, after, before)
    return after


async def unarchive_project(tx: Transaction, caller: Principal, project_id: str, expected: int | None) -> Project:
    """Take an archived project up again. One that is not archived is answered as it is."""
    before, held = await lock_project(tx, caller, project_id, Permission.PROJECT_EDIT)
    require_version(expected, before.version)
    if before.archived_at is None:
        return before
    permissions.require_reopening(held, before.visibility)
    after = next_version(before, archived_at=None, updated_at=clock.now())
    await projects.update_project(tx, after)
    await access.rebuild_access_of_project(tx, after.workspace_id, after.id)
    await announce_state(tx, events.PROJECT_UNARCHIVED, after, before)
    return after


async def delete_project(tx: Transaction, caller: Principal, project_id: str, expected: int | None) -> None:
    """Move a project to the trash; nobody sees it or its tasks until it is restored."""
    before, _ = await lock_project(tx, caller, project_id, Permission.PROJECT_DELETE)
    require_version(expected, before.version)
    after = next_version(before, updated_at=clock.now())
    async with telling_losses(tx, after.workspace_id, project_ids=[after.id]):
        await projects.move_trash(tx, after, after.updated_at)
        await access.rebuild_access_of_project(tx, after.workspace_id, after.id)
    await announce_state(tx, events.PROJECT_DELETED, after, before)


async def require_still_deleting(tx: Transaction, caller: Principal, project_id: str) -> None:
    """Refuse a stored answer to a caller who may not delete the project any more, in the trash or not."""
    found = await projects.find_project(tx, project_id, caller)
    found = found or await projects.find_trashed_project(tx, project_id, caller)
    permissions.require_in_project(found[1] if found else Permission(0), Permission.PROJECT_DELETE)


async def restore_project(tx: Transaction, caller: Principal, project_id: str, expected: int | None) -> Project:
    """Take a project out of the trash. Raises NotFound for who may not, KeyTaken when its key was given away."""
    workspace_id = await projects.find_workspace_of_project(tx, project_id) if is_id(project_id) else None
    if workspace_id is None:
        raise NotFound
    await access.lock_workspace(tx, workspace_id)
    found = await projects.find_trashed_project(tx, project_id, caller)
    if found is None or Permission.PROJECT_DELETE not in found[1]:
        raise NotFound
    before = found[0]
    require_version(expected, before.version)
    permissions.require_reopening(found[1], before.visibility)
    after = next_version(before, updated_at=clock.now())
    try:
        await projects.move_trash(tx, after, None)
    except DuplicateRow as error:
        raise KeyTaken from error
    await access.rebuild_access_of_project(tx, after.workspace_id, after.id)
    await announce_state(tx, events.PROJECT_RESTORED, after, before)
    return after
