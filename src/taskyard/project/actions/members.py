"""Who belongs to a workspace, and in which role."""

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.contracts.people import Person
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.emails import fold_email
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound
from taskyard.project import permissions
from taskyard.project.actions.announcements import announce_state, announce_team_member, next_version
from taskyard.project.actions.invitations import close_invitation
from taskyard.project.actions.losses import telling_losses
from taskyard.project.actions.project_members import end_roles_of_subject
from taskyard.project.actions.workspaces import VISIBLE, add_member, get_workspace, lock_workspace, require_role
from taskyard.project.errors import AlreadyMember, LastOwner
from taskyard.project.models.workspaces import Member
from taskyard.project.queries import access, invitations, members, teams


async def create_member(tx: Transaction, caller: Principal, workspace_id: str, person: Person, role: str) -> Member:
    """Add a person who has an account. Raises AlreadyMember."""
    _, held = await lock_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS)
    _, _, allowed = await require_role(tx, workspace_id, role)
    permissions.require_within(held, allowed)
    invitation = await invitations.find_invitation_in(tx, workspace_id, fold_email(person.email))
    if invitation is not None:
        await close_invitation(tx, events.INVITATION_ACCEPTED, invitation)
    try:
        return await add_member(tx, workspace_id, person.id, role)
    except DuplicateRow as error:
        raise AlreadyMember from error


async def get_member(db: Statements, workspace_id: str, person_id: str) -> tuple[Member, Permission]:
    """A member of a workspace the caller was let into, and what their role allows. Raises NotFound."""
    found = await members.find_member(db, workspace_id, person_id) if is_id(person_id) else None
    if found is None:
        raise NotFound
    return found


async def change_role(
    tx: Transaction, caller: Principal, member_of: tuple[str, str], role: str, expected: int | None
) -> Member:
    """Give a member, named by workspace and person, another role. Raises LastOwner."""
    workspace_id, person_id = member_of
    _, held = await lock_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS)
    before, had = await get_member(tx, workspace_id, person_id)
    require_version(expected, before.version)
    role_id, key, allowed = await require_role(tx, workspace_id, role)
    permissions.require_within(held, had | allowed)
    if role_id == before.role_id:
        return before
    await _keep_an_owner(tx, before)
    return await give_role(tx, before, role_id, key)


async def give_role(tx: Transaction, before: Member, role_id: str, key: str) -> Member:
    """Another role for a member of a workspace that is locked. By hand from now on, whatever gave the one before."""
    after = next_version(before, role_id=role_id, role=key)
    async with telling_losses(tx, before.workspace_id, person_ids=[before.user_id]):
        await members.update_member(tx, after)
        await access.rebuild_subjects_of_person(tx, before.workspace_id, before.user_id)
    await announce_state(tx, events.MEMBER_UPDATED, after, before)
    return after


async def require_still_removing(tx: Transaction, caller: Principal, workspace_id: str, person_id: str) -> None:
    """Refuse a stored answer to who may not send members away any more; who left has nothing more to lose."""
    if person_id != caller.id:
        await get_workspace(tx, caller, workspace_id, Permission.WORKSPACE_MEMBERS)


async def remove_member(
    tx: Transaction, caller: Principal, workspace_id: str, person_id: str, expected: int | None
) -> None:
    """End a membership, with the person's places in teams and roles in projects. Raises LastOwner.

    Everybody may leave; sending somebody away takes WORKSPACE_MEMBERS.
    """
    leaving = person_id == caller.id and caller.project_ids is None
    needed = VISIBLE if leaving else Permission.WORKSPACE_MEMBERS
    _, held = await lock_workspace(tx, caller, workspace_id, needed)
    before, had = await get_member(tx, workspace_id, person_id)
    permissions.require_within(held, had)
    require_version(expected, before.version)
    await _keep_an_owner(tx, before)
    await end_membership(tx, before)


async def forget_person(tx: Transaction, person_id: str) -> None:
    """End every membership of somebody whose account was deleted.

    Where the last other owner leaves meanwhile, the workspace keeps this one, who is nobody any more.
    """
    for workspace_id in await members.list_workspaces_of_person(tx, person_id):
        await access.lock_workspace(tx, workspace_id)
        found = await members.find_member(tx, workspace_id, person_id)
        if found is None or await _is_last_owner(tx, found[0]):
            continue
        await end_membership(tx, found[0])


async def end_membership(tx: Transaction, before: Member) -> None:
    """Take somebody out of a workspace that is locked."""
    workspace_id, person_id = before.workspace_id, before.user_id
    async with telling_losses(tx, workspace_id, person_ids=[person_id]):
        for place in await teams.delete_teams_of_person(tx, workspace_id, person_id):
            await announce_team_member(tx, events.TEAM_MEMBER_REMOVED, place, 2)
        await end_roles_of_subject(tx, workspace_id, person_id)
        await members.delete_member(tx, before)
        await access.rebuild_subjects_of_person(tx, workspace_id, person_id)
    await announce_state(tx, events.MEMBER_REMOVED, next_version(before), before)


async def _keep_an_owner(tx: Transaction, member: Member) -> None:
    if await _is_last_owner(tx, member):
        raise LastOwner


async def _is_last_owner(tx: Transaction, member: Member) -> bool:
    return member.role == "owner" and await members.count_owners(tx, member.workspace_id) == 1
