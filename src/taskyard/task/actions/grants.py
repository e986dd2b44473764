"""Giving single tasks to people who need not see the project, and taking them back."""

from datetime import datetime

import msgspec
from msgspec import UNSET

from taskyard.contracts.access import Permission
from taskyard.contracts.grants import GRANT_CREATED, GRANT_DELETED, GRANT_UPDATED, OWN
from taskyard.kit import clock
from taskyard.kit.changelog import Change, FieldChange, announce, changed_fields
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.task.actions.read import require_still_held
from taskyard.task.errors import AlreadyShared, TooManyGrants
from taskyard.task.models.grants import LEVELS, MOST_GRANTS, Grant, GrantPatch, LockedGrant, NewGrant, SharedTask
from taskyard.task.permissions import require_anchor, require_grant, require_within
from taskyard.task.queries import grants as queries
from taskyard.task.queries.anchors import find_anchor


async def list_grants(
    database: Database, cursors: CursorSigner, caller: Principal, task_id: str, page: tuple[int, str | None]
) -> Page[Grant]:
    """A page of whom a task was given to; ``page`` is its length and the cursor it follows.

    Empty also for a task that is not visible; who asks tells the two apart.
    """
    limit, cursor = page
    listing = f"grants of {task_id}"
    after = cursors.after_id(listing, cursor)
    rows = await queries.list_grants(database, caller, task_id, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda last: [last.user_id])


async def list_shared_tasks(
    database: Database, cursors: CursorSigner, caller: Principal, page: tuple[int, str | None]
) -> Page[SharedTask]:
    """A page of the tasks that were given to the caller, latest first."""
    limit, cursor = page
    listing = "shared tasks"
    before = cursors.before_id(listing, cursor)
    rows = await queries.list_shared_tasks(database, caller, before, limit + 1)
    return cursors.page(listing, rows, limit, lambda last: [last.grant_id])


async def create_grant(tx: Transaction, caller: Principal, task_id: str, new: NewGrant) -> Grant:
    """Give a task to somebody.

    Raises TaskNotFound, PermissionDenied, ProjectArchived, InvalidInput, AlreadyShared or TooManyGrants.
    """
    anchor = require_anchor(await find_anchor(tx, caller, task_id), Permission.PROJECT_MEMBERS)
    require_within(anchor.footing.permissions, LEVELS[new.level])
    belongs, count = await queries.find_recipient(tx, anchor.workspace_id, new.user_id, anchor.task_id)
    if not belongs:
        raise invalid("/user_id", "This person does not belong to the workspace.")
    if count >= MOST_GRANTS:
        raise TooManyGrants(f"A task is shared with at most {MOST_GRANTS} people.")
    grant = Grant(
        id=new_id(),
        workspace_id=anchor.workspace_id,
        project_id=anchor.project_id,
        task_id=anchor.task_id,
        user_id=new.user_id,
        level=new.level,
        created_by=caller.id,
        created_at=clock.now(),
        version=1,
    )
    if not await queries.insert_grant(tx, grant):
        raise AlreadyShared
    await _announce(tx, GRANT_CREATED, grant, {})
    return grant


async def update_grant(
    tx: Transaction, caller: Principal, named: tuple[str, str], patch: GrantPatch, *, expected: int | None = None
) -> Grant:
    """Give a task at another level; ``named`` is the task's id and the person's.

    Raises GrantNotFound, PermissionDenied or PreconditionFailed.
    """
    found = require_grant(await _lock(tx, caller, named), Permission.PROJECT_MEMBERS)
    require_version(expected, found.grant.version)
    if patch.level is UNSET or patch.level == found.grant.level:
        return found.grant
    require_within(found.footing.permissions, LEVELS[patch.level])
    grant = msgspec.structs.replace(found.grant, level=patch.level, version=found.grant.version + 1)
    await queries.update_grant(tx, grant)
    await _announce(tx, GRANT_UPDATED, grant, changed_fields(found.grant, grant))
    return grant


async def delete_grant(
    tx: Transaction, caller: Principal, named: tuple[str, str], *, expected: int | None = None
) -> None:
    """Take a task back from somebody; everybody may give up their own.

    Raises GrantNotFound, PermissionDenied or PreconditionFailed.
    """
    needed = Permission.PROJECT_VIEW if named[1] == caller.id else Permission.PROJECT_MEMBERS
    found = require_grant(await _lock(tx, caller, named), needed).grant
    require_version(expected, found.version)
    await queries.delete_grant(tx, found)
    await _announce_end(tx, found)


async def require_still_sharing(tx: Transaction, caller: Principal, task_id: str) -> None:
    """Refuse a stored answer to a caller who may not share the task any more."""
    await require_still_held(tx, caller, task_id, Permission.PROJECT_MEMBERS)


async def require_still_unsharing(tx: Transaction, caller: Principal, named: tuple[str, str]) -> None:
    """The same for who took a task back; who gave up their own has nothing more to lose."""
    if named[1] != caller.id:
        await require_still_sharing(tx, caller, named[0])


async def end_grants_of(tx: Transaction, workspace_id: str, person_id: str, before: datetime) -> None:
    """End what somebody was given in a workspace that they left, so that it does not wait for their return."""
    for grant in await queries.delete_grants_of_person(tx, workspace_id, person_id, before):
        await _announce_end(tx, grant)


async def _lock(tx: Transaction, caller: Principal, named: tuple[str, str]) -> LockedGrant | None:
    return await queries.lock_grant(tx, caller, *named) if is_id(named[1]) else None


async def _announce_end(tx: Transaction, found: Grant) -> None:
    await _announce(tx, GRANT_DELETED, msgspec.structs.replace(found, version=found.version + 1), {})


async def _announce(tx: Transaction, kind: str, grant: Grant, changes: dict[str, FieldChange]) -> None:
    """Tell who sees the project, and whom the grant is about: they may see nothing of it."""
    change = Change(
        type=kind,
        resource_id=grant.id,
        version=grant.version,
        data=grant,
        changes=changes,
        workspace_id=grant.workspace_id,
        project_id=grant.project_id,
    )
    await announce(tx, change)
    await announce(tx, msgspec.structs.replace(change, type=OWN[kind], project_id=None, audience_id=grant.user_id))
