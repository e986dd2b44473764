"""Roles that people and teams have in one project."""

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.project import permissions
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.losses import telling_losses
from taskyard.project.actions.projects import get_project, lock_project
from taskyard.project.actions.workspaces import require_role
from taskyard.project.errors import AlreadyMember
from taskyard.project.models.projects import NewProjectMember, Project, ProjectMember
from taskyard.project.queries import access, members, project_members, teams


async def add_project_member(
    tx: Transaction, caller: Principal, project_id: str, new: NewProjectMember
) -> ProjectMember:
    """Give a person or team of the workspace a role in a project. Raises AlreadyMember."""
    project, held = await lock_project(tx, caller, project_id, Permission.PROJECT_MEMBERS)
    await _require_subject(tx, project, new)
    role_id, role, allowed = await require_role(tx, project.workspace_id, new.role)
    permissions.require_within_project(held, allowed)
    member = ProjectMember(
        id=new_id(),
        workspace_id=project.workspace_id,
        project_id=project.id,
        user_id=new.user_id,
        team_id=new.team_id,
        role_id=role_id,
        role=role,
        created_at=clock.now(),
        version=1,
    )
    try:
        await project_members.insert_project_member(tx, member)
    except DuplicateRow as error:
        raise AlreadyMember from error
    await access.rebuild_access_of_project(tx, project.workspace_id, project.id)
    await announce_state(tx, events.PROJECT_MEMBER_ADDED, member)
    return member


async def _require_subject(tx: Transaction, project: Project, new: NewProjectMember) -> None:
    if (new.user_id is None) == (new.team_id is None):
        raise invalid("/user_id", "Name either user_id or team_id.")
    if new.user_id is not None and not await members.is_member(tx, project.workspace_id, new.user_id):
        raise invalid("/user_id", "This person is not a member of the workspace.")
    if new.team_id is not None and not await teams.has_team(tx, project.workspace_id, new.team_id):
        raise invalid("/team_id", "The workspace has no such team.")


async def change_project_role(
    tx: Transaction, caller: Principal, member_of: tuple[str, str], role: str, expected: int | None
) -> ProjectMember:
    """Give a project's member, named by project and person or team, another role there."""
    project, held = await lock_project(tx, caller, member_of[0], Permission.PROJECT_MEMBERS)
    before, had = await _get_member(tx, project, member_of[1])
    require_version(expected, before.version)
    role_id, key, allowed = await require_role(tx, project.workspace_id, role)
    permissions.require_within_project(held, had | allowed)
    if role_id == before.role_id:
        return before
    after = next_version(before, role_id=role_id, role=key)
    async with telling_losses(tx, project.workspace_id, project_ids=[project.id]):
        await project_members.update_project_member(tx, after)
        await access.rebuild_access_of_project(tx, project.workspace_id, project.id)
    await announce_state(tx, events.PROJECT_MEMBER_UPDATED, after, before)
    return after


async def require_still_removing(tx: Transaction, caller: Principal, project_id: str, subject_id: str) -> None:
    """Refuse a stored answer to who may not take roles away any more; who gave up their own has nothing to lose."""
    if subject_id != caller.id:
        await get_project(tx, caller, project_id, Permission.PROJECT_MEMBERS)


async def remove_project_member(
    tx: Transaction, caller: Principal, project_id: str, subject_id: str, expected: int | None
) -> None:
    """Take a role in a project away; everybody may give up their own."""
    needed = Permission.PROJECT_VIEW if subject_id == caller.id else Permission.PROJECT_MEMBERS
    project, held = await lock_project(tx, caller, project_id, needed)
    before, had = await _get_member(tx, project, subject_id)
    permissions.require_within_project(held, had)
    require_version(expected, before.version)
    async with telling_losses(tx, project.workspace_id, project_ids=[project.id]):
        await project_members.delete_project_member(tx, before)
        await access.rebuild_access_of_project(tx, project.workspace_id, project.id)
    await announce_state(tx, events.PROJECT_MEMBER_REMOVED, next_version(before), before)


async def end_roles_of_subject(tx: Transaction, workspace_id: str, subject_id: str) -> None:
    """End every role that a leaving person or a dissolved team has in projects of a workspace that is locked."""
    ended = await project_members.list_roles_of_subject(tx, workspace_id, subject_id)
    await project_members.delete_roles_of_subject(tx, workspace_id, subject_id)
    await access.rebuild_access_of_subject(tx, workspace_id, subject_id)
    for member in ended:
        await announce_state(tx, events.PROJECT_MEMBER_REMOVED, next_version(member), member)


async def _get_member(tx: Transaction, project: Project, subject_id: str) -> tuple[ProjectMember, Permission]:
    found = await project_members.find_project_member(tx, project, subject_id) if is_id(subject_id) else None
    if found is None:
        raise NotFound
    return found
