"""Teams: people who act in projects as one."""

from msgspec import UNSET

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.project import permissions
from taskyard.project.actions.announcements import announce_state, announce_team_member, next_version
from taskyard.project.actions.losses import telling_losses
from taskyard.project.actions.project_members import end_roles_of_subject
from taskyard.project.actions.workspaces import get_workspace, lock_workspace
from taskyard.project.errors import AlreadyMember, NameTaken
from taskyard.project.models.teams import Team, TeamMember, TeamPatch
from taskyard.project.queries import access, members, teams


async def get_team(db: Statements, caller: Principal, team_id: str, needed: Permission, *, lock: bool = False) -> Team:
    """A team with which the caller may do what is needed. Raises NotFound or PermissionDenied."""
    found = await teams.find_team(db, team_id, caller.access_id, lock=lock) if is_id(team_id) else None
    if found is None:
        raise NotFound
    permissions.require_in_workspace(caller, found[1], needed)
    return found[0]


async def create_team(tx: Transaction, caller: Principal, workspace_id: str, name: str) -> Team:
    """A new team without people. Raises NameTaken."""
    await lock_workspace(tx, caller, workspace_id, Permission.TEAM_MANAGE)
    at = clock.now()
    team = Team(new_id(), workspace_id, name, at, at, 1)
    try:
        await teams.insert_team(tx, team)
    except DuplicateRow as error:
        raise NameTaken from error
    await announce_state(tx, events.TEAM_CREATED, team)
    return team


async def update_team(tx: Transaction, caller: Principal, team_id: str, patch: TeamPatch, expected: int | None) -> Team:
    """Rename a team. Raises NameTaken."""
    before = await get_team(tx, caller, team_id, Permission.TEAM_MANAGE, lock=True)
    require_version(expected, before.version)
    if patch.name is UNSET or patch.name == before.name:
        return before
    after = next_version(before, name=patch.name, updated_at=clock.now())
    try:
        await teams.update_team(tx, after)
    except DuplicateRow as error:
        raise NameTaken from error
    await announce_state(tx, events.TEAM_UPDATED, after, before)
    return after


async def delete_team(tx: Transaction, caller: Principal, team_id: str, expected: int | None) -> None:
    """Dissolve a team, with its roles in projects."""
    before = await _lock_team(tx, caller, team_id)
    require_version(expected, before.version)
    after = next_version(before, updated_at=clock.now())
    people = await teams.delete_members_of_team(tx, before)
    for member in people:
        await announce_team_member(tx, events.TEAM_MEMBER_REMOVED, member, 2)
    async with telling_losses(tx, before.workspace_id, person_ids=[member.user_id for member in people]):
        await end_roles_of_subject(tx, before.workspace_id, team_id)
        await teams.dissolve_team(tx, after, after.updated_at)
        await access.rebuild_subjects_of_team(tx, before.workspace_id, team_id)
    await announce_state(tx, events.TEAM_DELETED, after, before)


async def require_still_managing(tx: Transaction, caller: Principal, team_id: str) -> None:
    """Refuse a stored answer to a caller who may not manage the team any more, dissolved or not."""
    workspace_id = await teams.find_workspace_of_team(tx, team_id)
    if workspace_id is None:
        raise NotFound
    await get_workspace(tx, caller, workspace_id, Permission.TEAM_MANAGE)


async def add_team_member(tx: Transaction, caller: Principal, team_id: str, person_id: str) -> TeamMember:
    """Put a member of the workspace into a team. Raises AlreadyMember."""
    team = await _lock_team(tx, caller, team_id)
    if not await members.is_member(tx, team.workspace_id, person_id):
        raise invalid("/user_id", "This person is not a member of the workspace.")
    member = TeamMember(new_id(), team.workspace_id, team_id, person_id, clock.now())
    try:
        await teams.insert_team_member(tx, member)
    except DuplicateRow as error:
        raise AlreadyMember from error
    await access.rebuild_subjects_of_person(tx, team.workspace_id, person_id)
    await announce_team_member(tx, events.TEAM_MEMBER_ADDED, member, 1)
    return member


async def remove_team_member(tx: Transaction, caller: Principal, team_id: str, person_id: str) -> None:
    """Take somebody out of a team."""
    team = await _lock_team(tx, caller, team_id)
    member = await teams.delete_team_member(tx, team, person_id) if is_id(person_id) else None
    if member is None:
        raise NotFound
    async with telling_losses(tx, team.workspace_id, person_ids=[person_id]):
        await access.rebuild_subjects_of_person(tx, team.workspace_id, person_id)
    await announce_team_member(tx, events.TEAM_MEMBER_REMOVED, member, 2)


async def _lock_team(tx: Transaction, caller: Principal, team_id: str) -> Team:
    """A team for a change of who may see what: the workspace is locked first, then read afresh."""
    seen = await get_team(tx, caller, team_id, Permission.TEAM_MANAGE)
    await access.lock_workspace(tx, seen.workspace_id)
    return await get_team(tx, caller, team_id, Permission.TEAM_MANAGE, lock=True)
