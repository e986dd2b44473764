"""Projects made after the pattern of another: how a company keeps its ways without a kind of template of its own."""

import msgspec

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.contracts.project_copies import PROJECT_COPY_CREATED, ProjectCopied
from taskyard.contracts.task_jobs import KEPT, MOST_TASKS
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.ids import LOWEST_ID, new_id
from taskyard.kit.principal import Principal, require_scope
from taskyard.project.actions.announcements import announce_state
from taskyard.project.actions.fields import FIELD
from taskyard.project.actions.labels import LABEL
from taskyard.project.actions.parts import P, add_part
from taskyard.project.actions.projects import add_creator, get_project
from taskyard.project.actions.templates import TEMPLATE
from taskyard.project.actions.workspaces import lock_workspace
from taskyard.project.errors import KeyTaken, TooManyCopies, TooManyTasks
from taskyard.project.models.labels import MOST_LABELS
from taskyard.project.models.projects import DuplicatedProject, Project, ProjectCopy
from taskyard.project.models.templates import MOST_TEMPLATES
from taskyard.project.queries import access, copies, fields, labels, projects, states, stats, templates, workflows

MOST_COPIES = 5
"""Of a workspace, whose tasks are not all made yet: each may be minutes of work, which all others wait for."""


async def duplicate_project(tx: Transaction, caller: Principal, project_id: str, new: ProjectCopy) -> DuplicatedProject:
    """A new project arranged like another that the caller sees: its states, workflow, labels, fields and templates.

    Whoever makes it becomes one of its admins. Its tasks are left to the task service. Raises NotFound,
    PermissionDenied, KeyTaken, TooManyTasks or TooManyCopies.
    """
    if new.tasks:
        require_scope(caller, "tasks:write")
    seen = await get_project(tx, caller, project_id, Permission.PROJECT_VIEW)
    await lock_workspace(tx, caller, seen.workspace_id, Permission.PROJECT_CREATE)
    source, at = await get_project(tx, caller, project_id, Permission.PROJECT_VIEW), clock.now()
    if new.tasks and await stats.count_tasks(tx, source, MOST_TASKS + 1) > MOST_TASKS:
        raise TooManyTasks(f"The project has more than {MOST_TASKS} tasks, which is the most that one job works on.")
    project = msgspec.structs.replace(
        source,
        id=new_id(),
        key=new.key,
        name=new.name,
        visibility="workspace" if source.visibility == "public" else source.visibility,
        lead_id=None,
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
    await _arrange(tx, source, project)
    await add_creator(tx, project)
    await access.rebuild_access_of_project(tx, project.workspace_id, project.id)
    job_id = await _ask_for_tasks(tx, source, project) if new.tasks else None
    return DuplicatedProject(**msgspec.structs.asdict(project), job_id=job_id)


async def _arrange(tx: Transaction, source: Project, project: Project) -> None:
    for state in await states.list_states(tx, source):
        copy = msgspec.structs.replace(state, id=new_id(), project_id=project.id, version=1)
        await states.insert_state(tx, copy)
        await announce_state(tx, events.STATE_CREATED, copy)
    workflow = msgspec.structs.replace(
        await workflows.get_workflow(tx, source), id=new_id(), project_id=project.id, version=1
    )
    await workflows.insert_workflow(tx, workflow)
    await workflows.insert_transitions(tx, workflow)
    await announce_state(tx, events.WORKFLOW_CREATED, workflow)
    like: dict[str, str] = {}
    for label in await labels.list_labels(tx, source, LOWEST_ID, MOST_LABELS):
        like[label.id] = (await add_part(tx, LABEL, _copy(label, project))).id
    for field in await fields.list_fields(tx, source):
        await add_part(tx, FIELD, _copy(field, project))
    for template in await templates.list_templates(tx, source, LOWEST_ID, MOST_TEMPLATES):
        label_ids = [like[label_id] for label_id in template.label_ids if label_id in like]
        await add_part(tx, TEMPLATE, msgspec.structs.replace(_copy(template, project), label_ids=label_ids))


async def _ask_for_tasks(tx: Transaction, source: Project, project: Project) -> str:
    """Ask for the tasks of a new project; the id of the job that makes them once the task service has heard of it.

    The workspace is locked, so that nobody counts at the same time. Raises TooManyCopies.
    """
    copied = ProjectCopied(project.id, project.workspace_id, source.id, project.created_by, new_id())
    await copies.delete_finished_copies(tx, project.workspace_id, project.created_at - KEPT)
    if not await copies.insert_copy(tx, copied, project.created_at, MOST_COPIES):
        raise TooManyCopies(f"Tasks are copied for at most {MOST_COPIES} projects of a workspace at a time.")
    change = Change(
        type=PROJECT_COPY_CREATED,
        resource_id=project.id,
        version=project.version,
        data=copied,
        workspace_id=project.workspace_id,
        project_id=project.id,
        audience_id=project.created_by,
    )
    await announce(tx, change)
    return copied.job_id


def _copy(part: P, project: Project) -> P:
    """A part of one project as a new part of another."""
    at = project.created_at
    return msgspec.structs.replace(part, id=new_id(), project_id=project.id, created_at=at, updated_at=at, version=1)
