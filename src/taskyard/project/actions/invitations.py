"""Inviting an address that nobody has registered yet."""

from datetime import timedelta

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.emails import fold_email
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.jobs import enqueue
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, PermissionDenied
from taskyard.project import permissions
from taskyard.project.actions.announcements import announce_facts, announce_invitation
from taskyard.project.actions.workspaces import add_member, lock_workspace, require_role
from taskyard.project.errors import AlreadyInvited, AlreadyMember, TooMany
from taskyard.project.models.invitations import SEND_INVITATION, Letter
from taskyard.project.models.workspaces import Invitation, Member, NewMember
from taskyard.project.queries import access, invitations

AT_ONCE = 100
"""How many invitations end in one transaction."""

MOST_INVITATIONS = 500
"""Open ones of a workspace: each is a mail to somebody who did not ask for it."""


async def create_invitation(
    tx: Transaction, caller: Principal, workspace_id: str, email: str, new: NewMember
) -> Invitation:
    """Keep a place for an address, and tell it so by a job of this transaction. Raises AlreadyInvited or TooMany."""
    _, held = await lock_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS)
    role_id, key, allowed = await require_role(tx, workspace_id, new.role)
    permissions.require_within(held, allowed)
    await end_invitations(tx, workspace_id)
    if await invitations.count_invitations(tx, workspace_id) >= MOST_INVITATIONS:
        raise TooMany(f"A workspace has at most {MOST_INVITATIONS} open invitations.")
    now = clock.now()
    ends = now + timedelta(days=new.expires_in_days)
    invitation = Invitation(new_id(), workspace_id, fold_email(email), role_id, key, caller.id, now, ends)
    try:
        await invitations.insert_invitation(tx, invitation)
    except DuplicateRow as error:
        raise AlreadyInvited from error
    await enqueue(tx, SEND_INVITATION, Letter(workspace_id, invitation.id))
    await announce_invitation(tx, events.INVITATION_CREATED, invitation, 1)
    return invitation


async def withdraw_invitation(tx: Transaction, caller: Principal, workspace_id: str, invitation_id: str) -> None:
    """Close an invitation before it is accepted."""
    _, held = await lock_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS)
    found = await invitations.find_invitation(tx, workspace_id, invitation_id) if is_id(invitation_id) else None
    if found is None:
        raise NotFound
    _, _, allowed = await require_role(tx, workspace_id, found.role_id)
    permissions.require_within(held, allowed)
    await close_invitation(tx, events.INVITATION_WITHDRAWN, found)


async def accept_invitation(tx: Transaction, caller: Principal, email: str, invitation_id: str) -> Member:
    """Take the place that was kept for the caller's address. Raises NotFound, AlreadyMember."""
    if caller.project_ids is not None:
        raise PermissionDenied("The credential is limited to projects and cannot join a workspace.")
    if not is_id(invitation_id):
        raise NotFound
    found = await invitations.find_invitation_to(tx, fold_email(email), invitation_id, clock.now())
    if found is None:
        raise NotFound
    return await _accept(tx, caller.id, found)


async def accept_invitations(tx: Transaction, person_id: str, email: str) -> list[Member]:
    """Take every place that was kept for an address whose owner is known to be this person."""
    found = await invitations.list_invitations_to(tx, fold_email(email), clock.now())
    return [await _accept(tx, person_id, invitation) for invitation in found]


async def _accept(tx: Transaction, person_id: str, invitation: Invitation) -> Member:
    await access.lock_workspace(tx, invitation.workspace_id)
    await close_invitation(tx, events.INVITATION_ACCEPTED, invitation)
    try:
        return await add_member(tx, invitation.workspace_id, person_id, invitation.role_id)
    except DuplicateRow as error:
        raise AlreadyMember from error


async def end_invitations(tx: Transaction, workspace_id: str | None = None) -> int:
    """Close invitations that have ended, and delete their addresses; less than AT_ONCE of them when none is left."""
    ended = await invitations.delete_expired(tx, clock.now(), workspace_id, AT_ONCE)
    for facts in ended:
        await announce_facts(tx, events.INVITATION_WITHDRAWN, facts, 2)
    return len(ended)


async def close_invitation(tx: Transaction, event: str, invitation: Invitation) -> None:
    """Delete an open invitation, and its address with it. Raises NotFound when it was closed meanwhile."""
    if not await invitations.delete_invitation(tx, invitation.workspace_id, invitation.id):
        raise NotFound
    await announce_invitation(tx, event, invitation, 2)
