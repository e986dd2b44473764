"""Roles that a workspace makes itself: lists of permissions, none of which their maker lacks."""

from msgspec import UNSET

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.project import permissions
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.losses import telling_losses
from taskyard.project.actions.workspaces import get_workspace, lock_workspace
from taskyard.project.errors import BuiltInRole, RoleGiven, TooMany
from taskyard.project.models.roles import NewRole, Role, RoleChange
from taskyard.project.queries import access
from taskyard.project.queries import roles as queries

MOST_ROLES = 50
"""Of a workspace's own."""


async def get_role(db: Statements, caller: Principal, workspace_id: str, role_id: str) -> Role:
    """A role of a workspace, seen by who sees its members. Raises NotFound."""
    await get_workspace(db, caller, workspace_id, Permission.WORKSPACE_VIEW)
    return await _find(db, workspace_id, role_id)


async def create_role(tx: Transaction, caller: Principal, workspace_id: str, new: NewRole) -> Role:
    """A new role. Raises TooMany, PermissionDenied and InvalidInput."""
    _, held = await lock_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS)
    allowed = bits_of(new.permissions)
    permissions.require_within(held, allowed)
    if await queries.count_own_roles(tx, workspace_id) >= MOST_ROLES:
        raise TooMany("The workspace has as many roles of its own as it can have.")
    at, role_id = clock.now(), new_id()
    role = Role(role_id, workspace_id, role_id, new.name, names_of(allowed), False, at, at, 1)  # noqa: FBT003 - a row
    await queries.insert_role(tx, role, allowed)
    await access.rebuild_access_of_subject(tx, workspace_id, role.id)
    await announce_state(tx, events.ROLE_CREATED, role)
    return role


async def update_role(
    tx: Transaction, caller: Principal, role_of: tuple[str, str], change: RoleChange, expected: int | None
) -> Role:
    """Change a role, named by workspace and id; whoever has it may what it says from the next statement on.

    Raises BuiltInRole, PermissionDenied and InvalidInput.
    """
    before, held = await _lock(tx, caller, role_of)
    require_version(expected, before.version)
    allowed = bits_of(before.permissions if change.permissions is UNSET else change.permissions)
    permissions.require_within(held, bits_of(before.permissions) | allowed)
    after = next_version(
        before,
        name=before.name if change.name is UNSET else change.name,
        permissions=names_of(allowed),
        updated_at=clock.now(),
    )
    if (after.name, after.permissions) == (before.name, before.permissions):
        return before
    holders = await queries.list_holders(tx, before)
    async with telling_losses(tx, before.workspace_id, person_ids=holders):
        await queries.update_role(tx, after, allowed)
        if after.permissions != before.permissions:
            await access.rebuild_access_of_workspace(tx, before.workspace_id)
    await announce_state(tx, events.ROLE_UPDATED, after, before)
    return after


async def delete_role(tx: Transaction, caller: Principal, role_of: tuple[str, str], expected: int | None) -> None:
    """Take a role away. Raises BuiltInRole, and RoleGiven while somebody has it."""
    role, held = await _lock(tx, caller, role_of)
    require_version(expected, role.version)
    permissions.require_within(held, bits_of(role.permissions))
    if await queries.is_role_given(tx, role):
        raise RoleGiven
    await queries.delete_role(tx, role)
    await access.rebuild_access_of_subject(tx, role.workspace_id, role.id)
    await announce_state(tx, events.ROLE_DELETED, next_version(role), role)


async def _lock(tx: Transaction, caller: Principal, role_of: tuple[str, str]) -> tuple[Role, Permission]:
    """A role of the workspace's own, for a change, and what the caller holds."""
    workspace_id, role_id = role_of
    _, held = await lock_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS)
    role = await _find(tx, workspace_id, role_id)
    if role.is_built_in:
        raise BuiltInRole
    return role, held


async def _find(db: Statements, workspace_id: str, role_id: str) -> Role:
    role = await queries.find_role(db, workspace_id, role_id) if is_id(role_id) else None
    if role is None:
        raise NotFound
    return role


def bits_of(names: list[str]) -> Permission:
    """The permissions of these names. Raises InvalidInput for an unknown one, and for one that is of no use alone."""
    allowed = Permission(0)
    for place, name in enumerate(names):
        permission = Permission.__members__.get(name.upper()) if name.islower() else None
        if permission is None:
            raise invalid(f"/permissions/{place}", f"There is no permission {name!r}.")
        allowed |= permission
    permissions.require_sight(allowed)
    return allowed


def names_of(allowed: Permission) -> list[str]:
    """The names of some permissions, in their order."""
    return [str(permission.name).lower() for permission in allowed]
