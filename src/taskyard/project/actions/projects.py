"""Creating and changing projects."""

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
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.losses import telling_losses
from taskyard.project.actions.workspaces import lock_workspace, require_role
from taskyard.project.errors import KeyTaken
from taskyard.project.models.projects import NewProject, Project, ProjectMember, ProjectPatch
from taskyard.project.models.states import Workflow
from taskyard.project.models.workspaces import Workspace
from taskyard.project.queries import access, members, project_members, projects, states, workflows, workspaces
from taskyard.project.queries.demands import find_demanding_workspace


async def get_project(db: Statements, caller: Principal, project_id: str, needed: Permission) -> Project:
    """A project in which the caller may do what is needed. Raises NotFound or PermissionDenied."""
    project, _ = await find_held(db, caller, project_id, needed)
    return project


async def find_held(
    db: Statements, caller: Principal, project_id: str, needed: Permission, *, lock: bool = False
) -> tuple[Project, Permission]:
    """A project and all the caller may do in it. Raises NotFound or PermissionDenied."""
    found = await projects.find_project(db, project_id, caller, lock=lock) if is_id(project_id) else None
    if found is None:
        raise NotFound
    permissions.require_in_project(found[1], needed)
    return found


async def lock_project(
    tx: Transaction, caller: Principal, project_id: str, needed: Permission
) -> tuple[Project, Permission]:
    """A project for a change of who may see what: the workspace is locked first, then all is read afresh."""
    seen = await get_project(tx, caller, project_id, needed)
    await access.lock_workspace(tx, seen.workspace_id)
    return await find_held(tx, caller, project_id, needed, lock=True)


async def create_project(tx: Transaction, caller: Principal, new: NewProject) -> Project:
    """A new project with the default states; whoever makes it becomes one of its admins. Raises KeyTaken."""
    workspace = await _lock_for_creation(tx, caller, new.workspace_id)
    if new.visibility == "public":  # whoever makes it is one of its admins
        permissions.require_publishing(Permission.PROJECT_MEMBERS, is_let=workspace.public_projects)
    await _require_lead(tx, new.workspace_id, new.lead_id)
    at = clock.now()
    project = Project(
        id=new_id(),
        workspace_id=new.workspace_id,
        key=new.key,
        name=new.name,
        description=new.description,
        visibility=new.visibility,
        lead_id=new.lead_id,
        created_by=caller.id,
        created_at=at,
        updated_at=at,
        archived_at=None,
        version=1,
    )
    try:
        await projects.insert_project(tx, project)
    except DuplicateRow as error:
        raise KeyTaken from error
    await announce_state(tx, events.PROJECT_CREATED, project)
    await states.insert_default_states(tx, project, events.STATE_CREATED)
    await add_workflow(tx, project, new_id())
    await add_creator(tx, project)
    await access.rebuild_access_of_project(tx, project.workspace_id, project.id)
    return project


async def _lock_for_creation(tx: Transaction, caller: Principal, workspace_id: str) -> Workspace:
    try:
        workspace, _ = await lock_workspace(tx, caller, workspace_id, Permission.PROJECT_CREATE)
    except NotFound as error:
        if not caller.is_strong and await find_demanding_workspace(tx, caller.id, [workspace_id]):
            raise  # the door says why
        raise invalid("/workspace_id", "There is no workspace here that you can see.") from error
    return workspace


async def _require_lead(tx: Transaction, workspace_id: str, lead_id: str | None) -> None:
    if lead_id is not None and not await members.is_member(tx, workspace_id, lead_id):
        raise invalid("/lead_id", "This person is not a member of the workspace.")


async def add_workflow(tx: Transaction, project: Project, workflow_id: str) -> None:
    """At first, tasks may go any way."""
    workflow = Workflow(workflow_id, project.workspace_id, project.id, is_enforced=False, transitions=[], version=1)
    await workflows.insert_workflow(tx, workflow)
    await announce_state(tx, events.WORKFLOW_CREATED, workflow)


async def add_creator(tx: Transaction, project: Project) -> None:
    """Whoever makes a project becomes one of its admins."""
    role_id, role, _ = await require_role(tx, project.workspace_id, "admin")
    member = ProjectMember(
        id=new_id(),
        workspace_id=project.workspace_id,
        project_id=project.id,
        user_id=project.created_by,
        team_id=None,
        role_id=role_id,
        role=role,
        created_at=project.created_at,
        version=1,
    )
    await project_members.insert_project_member(tx, member)
    await announce_state(tx, events.PROJECT_MEMBER_ADDED, member)


async def update_project(
    tx: Transaction, caller: Principal, project_id: str, patch: ProjectPatch, expected: int | None
) -> Project:
    """Change a project. A change of visibility changes at once who sees it."""
    before, held = await lock_project(tx, caller, project_id, Permission.PROJECT_EDIT)
    require_version(expected, before.version)
    given = {name: getattr(patch, name) for name in patch.__struct_fields__}
    changes = {name: value for name, value in given.items() if value not in (UNSET, getattr(before, name))}
    if not changes:
        return before
    if "lead_id" in changes:
        await _require_lead(tx, before.workspace_id, changes["lead_id"])
    if changes.get("visibility") == "public":
        permissions.require_publishing(held, is_let=await workspaces.lets_be_public(tx, before.workspace_id))
    after = next_version(before, updated_at=clock.now(), **changes)
    await projects.update_project(tx, after)
    if after.visibility != before.visibility:
        async with telling_losses(tx, after.workspace_id, project_ids=[after.id]):
            await access.rebuild_access_of_project(tx, after.workspace_id, after.id)
    await announce_state(tx, events.PROJECT_UPDATED, after, before)
    return after
