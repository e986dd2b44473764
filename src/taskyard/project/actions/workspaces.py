"""Creating, changing and deleting workspaces."""

from msgspec import UNSET

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, PermissionDenied, invalid
from taskyard.project import permissions
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.losses import telling_losses
from taskyard.project.errors import SlugTaken
from taskyard.project.models.workspaces import Member, NewWorkspace, Workspace, WorkspacePatch
from taskyard.project.queries import access, members, workspaces

VISIBLE = Permission(0)
"""Asks for nothing but a place in the workspace."""


async def get_workspace(db: Statements, caller: Principal, workspace_id: str, needed: Permission) -> Workspace:
    """A workspace in which the caller may do what is needed. Raises NotFound or PermissionDenied."""
    workspace, _ = await find_held(db, caller, workspace_id, needed)
    return workspace


async def lock_workspace(
    tx: Transaction, caller: Principal, workspace_id: str, needed: Permission
) -> tuple[Workspace, Permission]:
    """The same for a change of who may see what: the workspace is locked first, then all is read afresh."""
    await find_held(tx, caller, workspace_id, needed)
    await access.lock_workspace(tx, workspace_id)
    return await find_held(tx, caller, workspace_id, needed)


async def find_held(
    db: Statements, caller: Principal, workspace_id: str, needed: Permission
) -> tuple[Workspace, Permission]:
    """A workspace and all the caller may do in it. Raises NotFound or PermissionDenied."""
    found = await workspaces.find_workspace(db, workspace_id, caller.access_id) if is_id(workspace_id) else None
    if found is None:
        raise NotFound
    permissions.require_in_workspace(caller, found[1], needed)
    return found


async def require_still_held(tx: Transaction, caller: Principal, workspace_id: str, needed: Permission) -> None:
    """Refuse a stored answer to a caller whose role does not allow this any more, in the trash or not."""
    found = await members.find_member(tx, workspace_id, caller.id)
    if not caller.is_strong and found is not None and await workspaces.asks_for_more(tx, workspace_id):
        raise NotFound
    permissions.require_in_workspace(caller, found[1] if found else Permission(0), needed)


async def create_workspace(tx: Transaction, caller: Principal, new: NewWorkspace) -> Workspace:
    """A new workspace with its built-in roles, owned by the caller. Raises SlugTaken."""
    if caller.project_ids is not None:
        raise PermissionDenied("The credential is limited to projects and cannot make a workspace.")
    permissions.require_person(caller)
    at = clock.now()
    workspace = Workspace(
        new_id(), new.slug, new.name, caller.id, at, at, require_mfa=False, public_projects=False, version=1
    )
    try:
        await workspaces.insert_workspace(tx, workspace)
    except DuplicateRow as error:
        raise SlugTaken from error
    await workspaces.insert_built_in_roles(tx, workspace.id)
    await announce_state(tx, events.WORKSPACE_CREATED, workspace)
    await add_member(tx, workspace.id, caller.id, "owner")
    return workspace


async def add_member(tx: Transaction, workspace_id: str, person_id: str, role: str) -> Member:
    """A person's new place in a workspace that is locked or new. Raises DuplicateRow when they have one."""
    role_id, key, _ = await require_role(tx, workspace_id, role)
    member = Member(new_id(), workspace_id, person_id, role_id, key, clock.now(), 1)
    await members.insert_member(tx, member)
    await access.rebuild_subjects_of_person(tx, workspace_id, person_id)
    await announce_state(tx, events.MEMBER_ADDED, member)
    return member


async def require_role(tx: Transaction, workspace_id: str, name: str) -> tuple[str, str, Permission]:
    """The id, key and permissions of a role. Raises InvalidInput for one the workspace does not have."""
    found = await workspaces.find_role(tx, workspace_id, name)
    if found is None:
        raise invalid("/role", "The workspace has no role of this name.")
    return found


async def update_workspace(
    tx: Transaction, caller: Principal, workspace_id: str, patch: WorkspacePatch, expected: int | None
) -> Workspace:
    """Change a workspace: its name, its slug, what it asks of sign-ins, whether projects may be public.

    Raises SlugTaken, and MfaRequired.
    """
    before, _ = await lock_workspace(tx, caller, workspace_id, Permission.WORKSPACE_EDIT)
    require_version(expected, before.version)
    given = {name: getattr(patch, name) for name in patch.__struct_fields__}
    changes = {name: value for name, value in given.items() if value not in (UNSET, getattr(before, name))}
    if not changes:
        return before
    after = next_version(before, updated_at=clock.now(), **changes)
    if after.require_mfa:
        permissions.require_second_factor(caller)
    try:
        await workspaces.update_workspace(tx, after)
    except DuplicateRow as error:
        raise SlugTaken from error
    await announce_state(tx, events.WORKSPACE_UPDATED, after, before)
    return after


async def delete_workspace(tx: Transaction, caller: Principal, workspace_id: str, expected: int | None) -> None:
    """Move a workspace to the trash; nobody sees it or anything in it any more."""
    before, _ = await lock_workspace(tx, caller, workspace_id, Permission.WORKSPACE_DELETE)
    require_version(expected, before.version)
    after = next_version(before, updated_at=clock.now())
    async with telling_losses(tx, workspace_id, project_ids=[]):  # everybody loses the whole
        await workspaces.trash_workspace(tx, after, after.updated_at)
        await access.rebuild_access_of_workspace(tx, workspace_id)
        await access.rebuild_subjects_of_workspace(tx, workspace_id)
    await announce_state(tx, events.WORKSPACE_DELETED, after, before)
