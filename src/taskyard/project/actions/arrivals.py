"""Projects that come from elsewhere, arranged as they were there: each of them whole, or not at all."""

import msgspec

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.contracts.arrivals import Arrival, Arrived, Destination
from taskyard.kit import clock
from taskyard.kit.database import Cause, Database, Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal, acting_for
from taskyard.project.actions.announcements import announce_state
from taskyard.project.actions.arriving_parts import ADDERS, require_bounds, told_of
from taskyard.project.actions.parts import lock_for_edit
from taskyard.project.actions.projects import add_creator, add_workflow
from taskyard.project.actions.workspaces import lock_workspace
from taskyard.project.errors import KeyTaken
from taskyard.project.models.arrivals import ArrivingProject
from taskyard.project.models.projects import Project
from taskyard.project.queries import access, projects
from taskyard.project.queries import arrivals as queries


class _OnlyTried(Exception):  # noqa: N818 - no error
    """Ends the transaction of a dry run, so that nothing stays."""

    def __init__(self, arrived: list[Arrived]) -> None:
        super().__init__()
        self.arrived = arrived


class ArrivalsOfProject:
    """What the project service does when a workspace comes from elsewhere."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_project_in(self, *, destination: Destination, things: list[Arrival]) -> list[Arrived]:
        """Take in a project, or more of one that arrived before."""
        cause = Cause(actor_id=destination.person_id, origin="import", request_id=destination.request_id)
        try:
            async with self._database.transaction(cause) as tx:
                arrived = await take_project_in(tx, destination, things)
                _keep(destination, arrived)
        except _OnlyTried as tried:
            return tried.arrived
        return arrived


def _keep(destination: Destination, arrived: list[Arrived]) -> None:
    """Let what arrived stay, unless this was only a try. Raises _OnlyTried."""
    if destination.is_dry_run:
        raise _OnlyTried(arrived)


async def take_project_in(tx: Transaction, destination: Destination, things: list[Arrival]) -> list[Arrived]:
    """Take in what is not there yet. Raises NotFound, PermissionDenied, Conflict or InvalidInput."""
    caller = acting_for(destination.person_id)
    present = set(await queries.list_present(tx, destination.workspace_id, [one.id for one in things]))
    fresh = [one for one in things if one.id not in present]
    notes: dict[str, list[str]] = {}
    for one in fresh:
        if one.kind == "project":
            await _add_project(tx, caller, destination, one)
            workflow_id = next((other.id for other in things if other.kind == "workflow"), new_id())
            await add_workflow(tx, await lock_for_edit(tx, caller, one.id), workflow_id)
    if fresh:
        project = await lock_for_edit(tx, caller, destination.project_id)
        parts = [one for one in fresh if one.kind != "project"]
        notes = {one.id: await ADDERS[one.kind](tx, project, one) for one in parts}
        await require_bounds(tx, project)
    return [Arrived(one.id, one.id not in present, notes.get(one.id, [])) for one in things]


async def _add_project(tx: Transaction, caller: Principal, destination: Destination, one: Arrival) -> None:
    """A project that has no states yet; the person it arrives for becomes one of its admins. Raises KeyTaken."""
    await lock_workspace(tx, caller, destination.workspace_id, Permission.PROJECT_CREATE)
    told = told_of(one, ArrivingProject)
    project = Project(
        id=one.id,
        workspace_id=destination.workspace_id,
        key=told.key,
        name=told.name,
        description=told.description,
        visibility="workspace" if told.visibility == "public" else told.visibility,
        lead_id=told.lead_id,
        created_by=told.created_by,
        created_at=told.created_at,
        updated_at=told.updated_at,
        archived_at=told.archived_at,
        version=1,
    )
    try:
        await projects.insert_project(tx, project)
    except DuplicateRow as error:
        raise KeyTaken(f"The workspace has another project with the key {project.key}.") from error
    await projects.update_project(tx, project)
    await announce_state(tx, events.PROJECT_CREATED, project)
    await add_creator(tx, msgspec.structs.replace(project, created_by=caller.id, created_at=clock.now()))
    await access.rebuild_access_of_project(tx, project.workspace_id, project.id)
