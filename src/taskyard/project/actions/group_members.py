"""Memberships that follow the groups which an identity provider says of its people (contracts.groups).

A group gives what whoever mapped it may give, and nothing once they may not; it neither changes nor ends what somebody
gave by hand.
"""

from taskyard.contracts.access import Permission
from taskyard.contracts.groups import GroupGrant, GroupsClaimed
from taskyard.kit.database import Transaction
from taskyard.kit.jobs import enqueue
from taskyard.kit.principal import acting_for
from taskyard.kit.problems import InvalidInput, NotFound, PermissionDenied
from taskyard.project import permissions
from taskyard.project.actions.members import end_membership, give_role
from taskyard.project.actions.workspaces import add_member, find_held, require_role
from taskyard.project.models.providers import END_GROUPS, EndedProvider
from taskyard.project.models.workspaces import Member
from taskyard.project.queries import access, members
from taskyard.project.queries import group_members as queries

AT_ONCE = 50
"""How many memberships of a deleted provider end in one transaction."""


async def follow_groups(tx: Transaction, claimed: GroupsClaimed) -> None:
    """Let somebody be where their groups want them, and end what groups brought that are gone."""
    granted = {grant.workspace_id: grant for grant in claimed.grants}
    held = await queries.list_workspaces_by_provider(tx, claimed.person_id, claimed.provider_id)
    for workspace_id in sorted({*granted, *held}):  # the order in which workspaces are locked
        await access.lock_workspace(tx, workspace_id)
        await _follow(tx, claimed, workspace_id, granted.get(workspace_id))


async def forget_provider(tx: Transaction, provider_id: str) -> None:
    """Let a job end what the groups of a deleted provider brought: it may be thousands of memberships."""
    ended = EndedProvider(provider_id, tx.cause.actor_id)
    await enqueue(tx, END_GROUPS, ended, unique_key=f"{END_GROUPS}:{provider_id}")


async def end_groups(tx: Transaction, provider_id: str) -> int:
    """End memberships that the groups of a provider brought; less than AT_ONCE of them when none is left."""
    places = await queries.list_places_by_provider(tx, provider_id, AT_ONCE)
    for workspace_id, person_id in places:
        await access.lock_workspace(tx, workspace_id)
        await _follow(tx, GroupsClaimed(person_id, provider_id, ()), workspace_id, None)
    return len(places)


async def _follow(tx: Transaction, claimed: GroupsClaimed, workspace_id: str, grant: GroupGrant | None) -> None:
    """The same in one workspace that is locked."""
    person_id, provider_id = claimed.person_id, claimed.provider_id
    found = await members.find_member(tx, workspace_id, person_id)
    is_ours = await queries.follows_provider(tx, workspace_id, person_id, provider_id)
    if grant is None:
        if found is not None and is_ours:
            await end_membership(tx, found[0])
    elif (found is None or is_ours) and await _may_give(tx, grant):
        await _give(tx, person_id, grant, found[0] if found else None)
        await queries.note_provider(tx, workspace_id, person_id, provider_id)


async def _give(tx: Transaction, person_id: str, grant: GroupGrant, member: Member | None) -> None:
    if member is None:
        await add_member(tx, grant.workspace_id, person_id, grant.role)
    elif member.role != grant.role:
        role_id, key, _ = await require_role(tx, grant.workspace_id, grant.role)
        await give_role(tx, member, role_id, key)


async def _may_give(tx: Transaction, grant: GroupGrant) -> bool:
    """Whether whoever said what the group brings may give that there, today."""
    try:
        _, held = await find_held(tx, acting_for(grant.granted_by), grant.workspace_id, Permission.WORKSPACE_MEMBERS)
        _, _, allowed = await require_role(tx, grant.workspace_id, grant.role)
        permissions.require_within(held, allowed)
    except (NotFound, PermissionDenied, InvalidInput):
        return False
    return True
