"""Views: lists that people keep, each read with the eyes of whoever reads it."""

import msgspec
from msgspec import UNSET

from taskyard.contracts.access import Permission, holds
from taskyard.contracts.task import VIEW_CREATED, VIEW_DELETED, VIEW_UPDATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Statements, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import PermissionDenied, invalid
from taskyard.kit.text import clean_line
from taskyard.task.actions.filtering import Reader, list_wanted, read_filter
from taskyard.task.errors import ProjectNotFound, TooManyViews, ViewNotFound
from taskyard.task.models.tasks import Count, Task, TaskFilter
from taskyard.task.models.views import MOST_VIEWS, LockedView, NewView, View, ViewPatch
from taskyard.task.permissions import require_site
from taskyard.task.queries import views as queries
from taskyard.task.queries.anchors import find_site
from taskyard.task.queries.tasks import sees_project


async def list_views(
    database: Database, cursors: CursorSigner, caller: Principal, project_id: str | None, page: tuple[int, str | None]
) -> Page[View]:
    """A page of those the caller sees; ``page`` is its length and the cursor it follows. Raises ProjectNotFound."""
    limit, cursor = page
    listing = f"views of {project_id}"
    rows = await queries.list_views(database, caller, project_id, cursors.after_id(listing, cursor), limit + 1)
    if not rows and project_id is not None and not await sees_project(database, caller, project_id):
        raise ProjectNotFound
    return cursors.page(listing, rows, limit, lambda last: [last.id])


async def get_visible_view(database: Statements, caller: Principal, view_id: str) -> View:
    """One of them. Raises ViewNotFound."""
    found = await queries.find_view(database, caller, view_id) if is_id(view_id) else None
    if found is None:
        raise ViewNotFound
    return found


async def list_tasks(reader: Reader, view_id: str, page: tuple[int, str | None], count: Count) -> Page[Task]:
    """The tasks of a view as its reader sees them. Raises ViewNotFound, or what a list raises."""
    view = await get_visible_view(reader.database, reader.caller, view_id)
    wanted = TaskFilter(project_id=view.project_id, filter=view.filter, sort=view.sort)
    return await list_wanted(reader, wanted, page, count)


async def create_view(tx: Transaction, caller: Principal, new: NewView) -> View:
    """Keep a list. Raises ProjectNotFound, PermissionDenied, ProjectArchived, TooManyViews or InvalidInput."""
    workspace_id = await _place(tx, caller, new)
    if await queries.count_views(tx, caller.id) >= MOST_VIEWS:
        raise TooManyViews(f"At most {MOST_VIEWS} are yours.")
    now = clock.now()
    view = View(
        id=new_id(),
        workspace_id=workspace_id,
        project_id=new.project_id,
        name=clean_line("/name", new.name),
        filter=new.filter.strip(),
        sort=new.sort,
        layout=new.layout,
        columns=list(dict.fromkeys(new.columns)),
        is_shared=new.is_shared,
        created_by=caller.id,
        created_at=now,
        updated_at=now,
        version=1,
    )
    read_filter(view.filter, view.sort, view.project_id)
    await queries.insert_view(tx, view)
    await _announce(tx, VIEW_CREATED, view, None)
    return view


async def update_view(
    tx: Transaction, caller: Principal, view_id: str, patch: ViewPatch, *, expected: int | None = None
) -> View:
    """Change a view of one's own. Raises ViewNotFound, PermissionDenied, PreconditionFailed or InvalidInput."""
    found = (await _lock(tx, caller, view_id, expected)).view
    if found.created_by != caller.id:
        raise PermissionDenied("Only its maker may change a view.")
    given = {name: value for name in ViewPatch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET}
    if patch.name is not UNSET:
        given["name"] = clean_line("/name", patch.name)
    wanted = msgspec.structs.replace(found, **given)
    if not changed_fields(found, wanted):
        return found
    view = msgspec.structs.replace(wanted, updated_at=clock.now(), version=found.version + 1)
    read_filter(view.filter, view.sort, view.project_id)
    await queries.update_view(tx, view)
    await _announce(tx, VIEW_UPDATED, view, found)
    return view


async def delete_view(tx: Transaction, caller: Principal, view_id: str, *, expected: int | None = None) -> None:
    """Give a view up: one's own, or a shared one of a project one runs.

    Raises ViewNotFound, PermissionDenied or PreconditionFailed.
    """
    found = await _lock(tx, caller, view_id, expected)
    runs = found.footing is not None and holds(found.footing.permissions, Permission.PROJECT_EDIT)
    if found.view.created_by != caller.id and not runs:
        raise PermissionDenied("Only its maker may delete a view.")
    await queries.delete_view(tx, found.view)
    await _announce(tx, VIEW_DELETED, msgspec.structs.replace(found.view, version=found.view.version + 1), None)


async def require_still_visible(tx: Transaction, caller: Principal, view_id: str) -> None:
    """Refuse a stored answer to a caller who does not see the view any more."""
    await _lock(tx, caller, view_id, None)


async def require_still_creating(tx: Transaction, caller: Principal, new: NewView) -> None:
    """The same for a new view."""
    await _place(tx, caller, new)


async def _place(tx: Transaction, caller: Principal, new: NewView) -> str | None:
    """The workspace of a new view. Raises ProjectNotFound, PermissionDenied, ProjectArchived or InvalidInput."""
    if new.project_id is None:
        if new.is_shared:
            raise invalid("/is_shared", "A view of no project is yours alone.")
        return None
    needed = Permission.TASK_EDIT if new.is_shared else Permission.PROJECT_VIEW
    return require_site(await find_site(tx, caller, new.project_id), needed).workspace_id


async def _lock(tx: Transaction, caller: Principal, view_id: str, expected: int | None) -> LockedView:
    found = await queries.lock_view(tx, caller, view_id) if is_id(view_id) else None
    if found is None:
        raise ViewNotFound
    require_version(expected, found.view.version)
    return found


async def _announce(tx: Transaction, kind: str, view: View, before: View | None) -> None:
    change = Change(
        type=kind,
        resource_id=view.id,
        version=view.version,
        data=view,
        changes={} if before is None else changed_fields(before, view),
        workspace_id=view.workspace_id,
        project_id=view.project_id,
        audience_id=None if view.is_shared else view.created_by,
    )
    await announce(tx, change)
