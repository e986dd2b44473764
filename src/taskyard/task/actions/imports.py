"""Importing tasks: handed in, taken in by a job, and told of, row by row."""

from datetime import datetime

import msgspec

from taskyard.contracts.access import Permission, holds
from taskyard.contracts.task import IMPORT_CREATED, IMPORT_FINISHED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.jobs import enqueue
from taskyard.kit.principal import Principal, acting_for
from taskyard.kit.problems import PermissionDenied, invalid
from taskyard.task.actions.import_formats import READERS, in_order
from taskyard.task.errors import ImportNotFound, WorkspaceNotFound
from taskyard.task.models.imports import IMPORT, IMPORT_WORKSPACE, KEPT, Format, Import, Importing, NewImport, RowNote
from taskyard.task.permissions import require_site
from taskyard.task.queries import imports as queries
from taskyard.task.queries.anchors import find_site
from taskyard.task.queries.exports import find_workspace_permissions

_JOBS: dict[Format, str] = {"csv": IMPORT, "json": IMPORT_WORKSPACE}


async def create_import(tx: Transaction, caller: Principal, new: NewImport) -> Import:
    """Hand a file in, which a job of this transaction takes in.

    Raises what require_importing raises, or InvalidInput naming the line.
    """
    workspace_id = await require_importing(tx, caller, new)
    rows, now = in_order(READERS[new.format](new.content)), clock.now()
    found = Import(
        id=new_id(),
        workspace_id=workspace_id,
        project_id=new.project_id,
        asked_by=caller.id,
        format=new.format,
        is_dry_run=new.is_dry_run,
        state="waiting",
        rows_total=len(rows),
        created=0,
        present=0,
        refused=0,
        created_at=now,
        finished_at=None,
        expires_at=now + KEPT,
        version=1,
    )
    await queries.insert_import(tx, found)
    await queries.insert_rows(tx, found, rows)
    await enqueue(tx, _JOBS[found.format], Importing(found.workspace_id, found.id))
    await announce(tx, _change(IMPORT_CREATED, found))
    return found


async def require_importing(db: Statements, caller: Principal, new: NewImport) -> str:
    """Only who runs a project or a workspace takes things into it: no workflow and no limit of states holds for them.

    The id of the workspace. Raises ProjectNotFound, WorkspaceNotFound, PermissionDenied, ProjectArchived, InvalidInput.
    """
    if new.format == "json":
        if new.workspace_id is None or new.project_id is not None:
            raise invalid("/workspace_id", "Lines of JSON go into a workspace.")
        await require_running(db, caller, new.workspace_id)
        return new.workspace_id
    if new.project_id is None or new.workspace_id is not None:
        raise invalid("/project_id", "A table goes into a project.")
    site = await find_site(db, caller, new.project_id)
    return require_site(site, Permission.PROJECT_EDIT, Permission.TASK_CREATE).workspace_id


async def require_running(db: Statements, caller: Principal, workspace_id: str) -> None:
    """Whole workspaces are taken in by who runs the one they go to. Raises WorkspaceNotFound or PermissionDenied."""
    permissions = await find_workspace_permissions(db, caller, workspace_id)
    if not permissions:
        raise WorkspaceNotFound
    if caller.project_ids is not None:
        raise PermissionDenied("The credential is limited to projects and cannot import a workspace.")
    if not holds(permissions, Permission.WORKSPACE_EDIT):
        raise PermissionDenied("Your role does not let you import into this workspace.")


async def may_run(db: Statements, person_id: str, workspace_id: str) -> bool:
    """Whether somebody still runs a workspace."""
    permissions = await find_workspace_permissions(db, acting_for(person_id), workspace_id)
    return permissions is not None and holds(permissions, Permission.WORKSPACE_EDIT)


async def get_import(db: Statements, caller: Principal, import_id: str) -> Import:
    """An import of one's own, in a project that one sees. Raises ImportNotFound."""
    found = await queries.find_import(db, caller, import_id, clock.now()) if is_id(import_id) else None
    if found is None:
        raise ImportNotFound
    return found


async def list_notes(
    db: Statements, cursors: CursorSigner, found: Import, page: tuple[int, str | None]
) -> Page[RowNote]:
    """A page of the rows of which there is something to tell, in the order of their lines."""
    limit, cursor = page
    listing = f"notes of {found.id}"
    after = 0 if cursor is None else int(cursors.open(listing, cursor)[0])
    rows = await queries.list_notes(db, found, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda last: [last.line])


async def finish_import(tx: Transaction, found: Import, at: datetime) -> None:
    """Tell who asked that it is over."""
    finished = await queries.finish_import(tx, found, at)
    if finished is not None:
        tx.cause = msgspec.structs.replace(tx.cause, actor_id=found.asked_by)
        await announce(tx, _change(IMPORT_FINISHED, finished, audience_id=found.asked_by))


def _change(kind: str, found: Import, audience_id: str | None = None) -> Change:
    return Change(
        type=kind,
        resource_id=found.id,
        version=found.version,
        data=found,
        workspace_id=found.workspace_id,
        project_id=found.project_id,
        audience_id=audience_id,
    )
