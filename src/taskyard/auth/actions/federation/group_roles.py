"""What the groups of a provider bring its people: a role in a workspace.

Running the deployment gives no rights in workspaces, so whoever says what a group brings must be able to give that role
there, then and later: the project service looks again each time (contracts.groups).
"""

from taskyard.auth.actions.federation.providers import require_running
from taskyard.auth.errors.federation import GroupRoleKnown
from taskyard.auth.models.federation import GroupRole, GroupRoleSnapshot, NewGroupRole, StoredProvider
from taskyard.auth.permissions import require_giving
from taskyard.auth.queries import group_roles as queries
from taskyard.auth.queries.demands import find_demanding_workspace
from taskyard.auth.queries.identity_providers import find_provider
from taskyard.contracts.access import BUILT_IN_ROLES
from taskyard.contracts.auth import GROUP_ROLE_CREATED, GROUP_ROLE_DELETED
from taskyard.contracts.groups import GROUPS_CLAIMED, GroupGrant, GroupsClaimed
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.kit.text import clean_line

_RANKS = ("admin", "member", "viewer", "guest")
"""Of several roles in one workspace, the first here is the one that is given."""


async def create_group_role(tx: Transaction, caller: Principal, provider_id: str, new: NewGroupRole) -> GroupRole:
    """Let a group bring a role. Raises NotFound, GroupRoleKnown, InvalidInput, PermissionDenied."""
    await require_provider(tx, caller, provider_id)
    held = await queries.find_permissions(tx, caller.access_id, new.workspace_id) if is_id(new.workspace_id) else None
    if not held:
        if not caller.is_strong and await find_demanding_workspace(tx, caller.id, [new.workspace_id]):
            raise NotFound  # the door says why
        raise invalid("/workspace_id", "You are in no such workspace.")
    require_giving(held, BUILT_IN_ROLES[new.role])
    group = clean_line("/group", new.group)
    group_role = GroupRole(new_id(), group, new.workspace_id, new.role, caller.id, clock.now())
    try:
        await queries.insert_group_role(tx, provider_id, group_role)
    except DuplicateRow as error:
        raise GroupRoleKnown from error
    await announce(tx, _change(GROUP_ROLE_CREATED, provider_id, group_role, 1))
    return group_role


async def list_group_roles(
    db: Statements, caller: Principal, provider_id: str, after: str, limit: int
) -> list[GroupRole]:
    """What the groups of a provider bring, for administrators alone. Raises NotFound."""
    await require_provider(db, caller, provider_id)
    return await queries.list_group_roles(db, provider_id, after, limit)


async def delete_group_role(tx: Transaction, caller: Principal, provider_id: str, group_role_id: str) -> None:
    """Let a group bring nothing any more; who has a role by it loses it at their next sign-in. Raises NotFound."""
    await require_provider(tx, caller, provider_id)
    gone = await queries.delete_group_role(tx, provider_id, group_role_id) if is_id(group_role_id) else None
    if gone is None:
        raise NotFound
    await announce(tx, _change(GROUP_ROLE_DELETED, provider_id, gone, 2))


async def require_provider(db: Statements, caller: Principal, provider_id: str) -> None:
    """Refuse whoever does not run the deployment, and a provider that there is not. Raises NotFound."""
    await require_running(db, caller)
    if not is_id(provider_id) or await find_provider(db, provider_id) is None:
        raise NotFound


async def announce_groups(
    tx: Transaction, provider: StoredProvider, person_id: str, groups: tuple[str, ...] | None
) -> None:
    """Say what somebody's groups bring them, where the provider says anything of groups."""
    if provider.group_claim is None or groups is None:
        return
    found = await queries.list_roles_of_groups(tx, provider.id, list(groups))
    best: dict[str, GroupGrant] = {}
    for one in sorted(found, key=lambda one: _RANKS.index(one.role)):
        best.setdefault(one.workspace_id, GroupGrant(one.workspace_id, one.role, one.created_by))
    data = GroupsClaimed(person_id, provider.id, tuple(best.values()))
    await announce(tx, Change(type=GROUPS_CLAIMED, resource_id=new_id(), version=1, data=data, audience_id=person_id))


def _change(event: str, provider_id: str, group_role: GroupRole, version: int) -> Change:
    """An event about what a group brings, which only the trail of the deployment keeps; it names no group."""
    data = GroupRoleSnapshot(
        id=group_role.id, provider_id=provider_id, workspace_id=group_role.workspace_id, role=group_role.role
    )
    return Change(type=event, resource_id=group_role.id, version=version, data=data)
