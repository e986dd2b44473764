"""Reading tasks: the one door to a visible task, lists, and the trash."""

import re
from datetime import datetime

import msgspec

from taskyard.contracts.access import Permission
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Statements
from taskyard.kit.ids import is_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.task.errors import ProjectNotFound, TaskNotFound
from taskyard.task.models.tasks import Task, TaskFilter, TrashedTask
from taskyard.task.permissions import require_held
from taskyard.task.queries import listing
from taskyard.task.queries import tasks as queries
from taskyard.task.queries.known_tasks import KnownTask, KnownTasks
from taskyard.task.queries.relocations import find_id_by_former_key

_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,19})-([0-9]{1,9})")
_SLUG = re.compile(r"[a-z0-9_-]{1,100}")


async def get_visible_task(database: Database, caller: Principal, ref: str, workspace: str | None) -> Task:
    """A task by id, or by ``KEY-123`` within a workspace's slug, also by the key it had in another project.

    Raises TaskNotFound, or InvalidInput when a key comes without a workspace.
    """
    if is_id(ref):
        task = await queries.find_task(database, caller, ref)
    else:
        slug, key = _parse(ref, workspace)
        task = await queries.find_task_by_key(database, caller, slug, key)
        if task is None and (task_id := await find_id_by_former_key(database, caller, slug, key)) is not None:
            task = await queries.find_task(database, caller, task_id)
    if task is None:
        raise TaskNotFound
    return task


async def get_task_id(database: Database, caller: Principal, ref: str, workspace: str | None) -> str:
    """The id of the task a path names, in the trash or not; a key costs one statement, one it had before another."""
    if is_id(ref):
        return ref
    slug, key = _parse(ref, workspace)
    task_id = await queries.find_task_id_by_key(database, caller, slug, key)
    if task_id is None:
        task_id = await find_id_by_former_key(database, caller, slug, key)
    if task_id is None:
        raise TaskNotFound
    return task_id


async def require_still_held(tx: Statements, caller: Principal, task_id: str, needed: Permission) -> None:
    """Refuse a stored answer to a caller who may not do this any more."""
    require_held(await queries.find_permissions(tx, caller, task_id), needed)


async def list_tasks(
    known: KnownTasks, cursors: CursorSigner, caller: Principal, wanted: TaskFilter, page: tuple[int, str | None]
) -> Page[KnownTask]:
    """A page of visible tasks in an order that has an index; ``page`` is its length and the cursor it follows.

    Raises ProjectNotFound for an invisible project.
    """
    limit, cursor = page
    kind: type[listing.After] = tuple[int, str] if wanted.sort.endswith("number") else tuple[datetime, str]
    after = _after(cursors, wanted.listing, cursor, kind)
    rows = await listing.list_tasks(known, caller, wanted, after, limit + 1)
    if not rows and wanted.project_id and not await queries.sees_project(known.database, caller, wanted.project_id):
        raise ProjectNotFound
    column = wanted.sort.removeprefix("-")
    return cursors.page(wanted.listing, rows, limit, lambda last: _place(last.task, column))


async def list_trash(
    database: Database,
    cursors: CursorSigner,
    caller: Principal,
    container: tuple[str | None, str | None],
    page: tuple[int, str | None],
) -> Page[TrashedTask]:
    """A page of visible deleted tasks of a workspace, a project, or everywhere; latest first."""
    limit, cursor = page
    name = f"trash:{container}"
    after = _after(cursors, name, cursor, tuple[datetime, str])
    rows = await listing.list_trash(database, caller, container, after, limit + 1)
    return cursors.page(name, rows, limit, lambda last: [last.deleted_at, last.id])


def _after(cursors: CursorSigner, name: str, cursor: str | None, kind: type[listing.After]) -> listing.After | None:
    if cursor is None:
        return None
    after: listing.After = msgspec.convert(cursors.open(name, cursor), kind)
    return after


def _place(last: Task, column: str) -> list[object]:
    return [getattr(last, column), last.id]


def _parse(ref: str, workspace: str | None) -> tuple[str, tuple[str, int]]:
    """A workspace's slug, and the project's key and number of ``KEY-123``."""
    match = _KEY.fullmatch(ref)
    if match is None:
        raise TaskNotFound
    if workspace is None:
        raise invalid("/workspace", "A key needs ?workspace= with the slug of its workspace.")
    if _SLUG.fullmatch(workspace) is None:
        raise TaskNotFound
    return workspace, (match[1].upper(), int(match[2]))
