"""Importing tasks: handed in, taken in by a job, and told of, row by row."""

from datetime import datetime

import msgspec

from taskyard.contracts.access import Permission
from taskyard.contracts.task import IMPORT_CREATED, IMPORT_FINISHED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.jobs import enqueue
from taskyard.kit.principal import Principal
from taskyard.task.actions.import_formats import READERS, in_order
from taskyard.task.errors import ImportNotFound
from taskyard.task.models.anchors import Site
from taskyard.task.models.imports import IMPORT, KEPT, Import, Importing, NewImport, RowNote
from taskyard.task.permissions import require_site
from taskyard.task.queries import imports as queries
from taskyard.task.queries.anchors import find_site


async def create_import(tx: Transaction, caller: Principal, new: NewImport) -> Import:
    """Hand a file in, which a job of this transaction takes in.

    Raises ProjectNotFound, PermissionDenied, ProjectArchived, or InvalidInput naming the line.
    """
    place = await require_still_importing(tx, caller, new.project_id)
    rows, now = in_order(READERS[new.format](new.content)), clock.now()
    found = Import(
        id=new_id(),
        workspace_id=place.workspace_id,
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
    await enqueue(tx, IMPORT, Importing(found.workspace_id, found.id))
    await announce(tx, _change(IMPORT_CREATED, found))
    return found


async def require_still_importing(db: Statements, caller: Principal, project_id: str) -> Site:
    """Only who runs a project takes tasks in: no workflow and no limit of its states holds for them.

    Raises ProjectNotFound, PermissionDenied or ProjectArchived.
    """
    site = await find_site(db, caller, project_id)
    return require_site(site, Permission.PROJECT_EDIT, Permission.TASK_CREATE)


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
