"""Carrying a workspace away: asked for, written by a job, and fetched by who asked, for a day."""

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec

from taskyard.contracts.access import Permission, holds
from taskyard.contracts.people import People, Person
from taskyard.contracts.task import EXPORT_CREATED, EXPORT_FINISHED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Database, Statements, Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.jobs import enqueue
from taskyard.kit.principal import Principal
from taskyard.kit.problems import PermissionDenied
from taskyard.kit.queries.walls import see_only
from taskyard.task.actions.export_formats import Lines, csv_lines, json_lines
from taskyard.task.errors import ExportNotDone, ExportNotFound, ExportRunning, WorkspaceNotFound
from taskyard.task.models.exports import EXPORT, KEPT, Export, Exporting, NewExport
from taskyard.task.queries import exports as queries
from taskyard.task.queries import workspaces

PART_BYTES = 256 * 1024
PEOPLE_AT_ONCE = 200


async def create_export(tx: Transaction, caller: Principal, new: NewExport) -> Export:
    """Ask for a workspace as a file, which a job of this transaction writes.

    Raises WorkspaceNotFound, PermissionDenied, or ExportRunning while an earlier one of the caller's is under way.
    """
    await require_exporting(tx, caller, new.workspace_id)
    now = clock.now()
    export = Export(
        id=new_id(),
        workspace_id=new.workspace_id,
        asked_by=caller.id,
        format=new.format,
        state="waiting",
        tasks_done=0,
        tasks_total=0,
        size=None,
        created_at=now,
        finished_at=None,
        expires_at=now + KEPT,
        version=1,
    )
    try:
        await queries.insert_export(tx, export)
    except DuplicateRow as error:
        raise ExportRunning from error
    await enqueue(tx, EXPORT, Exporting(export.workspace_id, export.id))
    await announce(tx, _change(EXPORT_CREATED, export))
    return export


async def require_exporting(db: Statements, caller: Principal, workspace_id: str) -> None:
    """Only who runs a workspace carries it away. Raises WorkspaceNotFound or PermissionDenied."""
    permissions = await queries.find_workspace_permissions(db, caller, workspace_id)
    if not permissions:
        raise WorkspaceNotFound
    _require(caller, permissions)


async def get_export(db: Statements, caller: Principal, export_id: str) -> Export:
    """An export of one's own. Raises ExportNotFound, or PermissionDenied to who does not run the workspace any more."""
    found = await queries.find_export(db, caller, export_id, clock.now()) if is_id(export_id) else None
    if found is None or not found[1]:
        raise ExportNotFound
    _require(caller, found[1])
    return found[0]


async def get_finished_export(db: Statements, caller: Principal, export_id: str) -> Export:
    """An export whose file can be fetched. Raises what get_export raises, or ExportNotDone."""
    export = await get_export(db, caller, export_id)
    if export.finished_at is None:
        raise ExportNotDone
    return export


async def read_file(db: Statements, export: Export) -> AsyncIterator[bytes]:
    """The parts of a file, one after the other."""
    number = 0
    while (content := await queries.find_part(db, export, number)) is not None:
        yield content
        number += 1


async def write_file(database: Database, people: People, named: Exporting) -> Export | None:
    """Write the file of an export, all as of one instant; None where nobody wants it any more.

    An attempt that ends early leaves nothing behind: the next one begins anew.
    """
    export = await queries.find_export_to_write(database, named.workspace_id, named.export_id, clock.now())
    if export is None:
        return None
    members = await _list_members(database, people, export.workspace_id)
    async with database.transaction() as tx:
        await workspaces.begin_snapshot(tx)
        await see_only(tx, export.workspace_id)
        total = await workspaces.count_tasks(tx, export)
        await queries.delete_parts(tx, export)
        lines = csv_lines(tx, export, members) if export.format == "csv" else json_lines(tx, export, members)
        await _write_parts(database, tx, export, total, lines)
    return export


async def finish_export(tx: Transaction, export: Export, at: datetime) -> None:
    """Tell who asked that the file is there."""
    finished = await queries.finish_export(tx, export, at)
    if finished is not None:
        tx.cause = msgspec.structs.replace(tx.cause, actor_id=export.asked_by)
        await announce(tx, _change(EXPORT_FINISHED, finished, audience_id=export.asked_by))


async def _list_members(database: Database, people: People, workspace_id: str) -> list[Person]:
    """The people of the workspace, whose addresses say who they are elsewhere."""
    ids = await queries.list_member_ids(database, workspace_id)
    members: list[Person] = []
    for start in range(0, len(ids), PEOPLE_AT_ONCE):
        members += await people.list_people(ids=list(ids[start : start + PEOPLE_AT_ONCE]))
    return sorted(members, key=lambda person: person.id)


async def _write_parts(database: Database, tx: Transaction, export: Export, total: int, lines: Lines) -> None:
    """Gather lines to parts of the file, and say how far it is."""
    content, number, done = bytearray(), 0, 0
    async for tasks, text in lines:
        content += text
        done += tasks
        if len(content) >= PART_BYTES:
            await queries.insert_part(tx, export, number, bytes(content))
            await queries.store_progress(database, export, done, total)
            content.clear()
            number += 1
    await queries.insert_part(tx, export, number, bytes(content))
    await queries.store_progress(database, export, total, total)


def _require(caller: Principal, permissions: int) -> None:
    if caller.project_ids is not None:
        raise PermissionDenied("The credential is limited to projects and cannot export a workspace.")
    if not holds(permissions, Permission.WORKSPACE_EDIT):
        raise PermissionDenied("Your role does not let you export this workspace.")


def _change(kind: str, export: Export, audience_id: str | None = None) -> Change:
    return Change(
        type=kind,
        resource_id=export.id,
        version=export.version,
        data=export,
        workspace_id=export.workspace_id,
        audience_id=audience_id,
    )
