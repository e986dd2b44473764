"""The small steps of a task: added, ticked off, arranged and taken away."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from taskyard.contracts.access import Permission
from taskyard.contracts.task import CHECKLIST_ITEM_CREATED, CHECKLIST_ITEM_DELETED, CHECKLIST_ITEM_UPDATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change, FieldChange, announce, changed_fields
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.kit.ranks import rank_between
from taskyard.kit.text import clean_line
from taskyard.task.errors import ChecklistFull, ChecklistItemNotFound
from taskyard.task.models.checklists import (
    MOST_ITEMS,
    ChecklistItem,
    ChecklistItemPatch,
    LockedItem,
    NewChecklistItem,
)
from taskyard.task.permissions import require_anchor, require_footing
from taskyard.task.queries import checklists as queries
from taskyard.task.queries.anchors import lock_anchor


async def list_items(
    database: Database, cursors: CursorSigner, caller: Principal, task_id: str, page: tuple[int, str | None]
) -> Page[ChecklistItem]:
    """A page of a task's steps; ``page`` is its length and the cursor it follows.

    Empty also for a task that is not visible; who asks tells the two apart.
    """
    limit, cursor = page
    listing = f"checklist of {task_id}"
    after = "" if cursor is None else str(cursors.open(listing, cursor)[0])
    rows = await queries.list_items(database, caller, task_id, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda last: [last.rank])


async def get_visible_item(database: Database, caller: Principal, task_id: str, item_id: str) -> ChecklistItem:
    """One step. Raises ChecklistItemNotFound."""
    item = await queries.find_item(database, caller, task_id, item_id) if is_id(item_id) else None
    if item is None:
        raise ChecklistItemNotFound
    return item


async def create_item(tx: Transaction, caller: Principal, task_id: str, new: NewChecklistItem) -> ChecklistItem:
    """Add a step. Raises TaskNotFound, PermissionDenied, ProjectArchived, ChecklistFull or InvalidInput."""
    anchor = require_anchor(await lock_anchor(tx, caller, task_id), Permission.TASK_EDIT)
    now = clock.now()
    item = ChecklistItem(
        id=new_id(),
        workspace_id=anchor.workspace_id,
        project_id=anchor.project_id,
        task_id=anchor.task_id,
        title=clean_line("/title", new.title),
        is_done=False,
        rank=await _rank(tx, anchor.workspace_id, anchor.task_id, new.after_id),
        created_by=caller.id,
        created_at=now,
        updated_at=now,
        version=1,
    )
    await queries.insert_item(tx, item)
    await _announce(tx, CHECKLIST_ITEM_CREATED, item, {})
    return item


async def create_first_items(tx: Transaction, caller: Principal, task_id: str, titles: Sequence[str]) -> None:
    """Give a task that has none its steps, in this order and by one statement, however many they are.

    Raises TaskNotFound, PermissionDenied or ProjectArchived.
    """
    anchor = require_anchor(await lock_anchor(tx, caller, task_id), Permission.TASK_EDIT)
    now, items, rank = clock.now(), list[ChecklistItem](), None
    for title in titles:
        rank = rank_between(rank, None)
        item = ChecklistItem(
            id=new_id(),
            workspace_id=anchor.workspace_id,
            project_id=anchor.project_id,
            task_id=anchor.task_id,
            title=title,
            is_done=False,
            rank=rank,
            created_by=caller.id,
            created_at=now,
            updated_at=now,
            version=1,
        )
        items.append(item)
    await queries.insert_items(tx, items)


async def update_item(
    tx: Transaction,
    caller: Principal,
    named: tuple[str, str],
    patch: ChecklistItemPatch,
    *,
    expected: int | None = None,
) -> ChecklistItem:
    """Change, tick off or move a step; ``named`` is its task's id and its own.

    Raises ChecklistItemNotFound, PermissionDenied, ProjectArchived, PreconditionFailed or InvalidInput.
    """
    found = (await _lock(tx, caller, named)).item
    require_version(expected, found.version)
    fields = {name: value for name in ("title", "is_done") if (value := getattr(patch, name)) is not UNSET}
    if patch.title is not UNSET:
        fields["title"] = clean_line("/title", patch.title)
    if patch.after_id is not UNSET:
        fields["rank"] = await _moved(tx, found, patch.after_id)
    item = msgspec.structs.replace(found, **fields, updated_at=clock.now(), version=found.version + 1)
    changes = changed_fields(found, item)
    if not changes:
        return found
    await queries.update_item(tx, item)
    await _announce(tx, CHECKLIST_ITEM_UPDATED, item, changes)
    return item


async def delete_item(
    tx: Transaction, caller: Principal, named: tuple[str, str], *, expected: int | None = None
) -> None:
    """Take a step away. Raises ChecklistItemNotFound, PermissionDenied, ProjectArchived or PreconditionFailed."""
    found = (await _lock(tx, caller, named)).item
    require_version(expected, found.version)
    item = msgspec.structs.replace(found, updated_at=clock.now(), version=found.version + 1)
    await queries.mark_deleted(tx, item)
    await _announce(tx, CHECKLIST_ITEM_DELETED, item, {})


async def _lock(tx: Transaction, caller: Principal, named: tuple[str, str]) -> LockedItem:
    found = await queries.lock_item(tx, caller, *named) if is_id(named[1]) else None
    if found is None:
        raise ChecklistItemNotFound
    require_footing(found.footing, Permission.TASK_EDIT, ChecklistItemNotFound)
    return found


async def _rank(tx: Transaction, workspace_id: str, task_id: str, after_id: str | UnsetType | None) -> str:
    """The rank of a new step. Raises ChecklistFull or InvalidInput."""
    ranks = await queries.list_ranks(tx, workspace_id, task_id)
    if len(ranks) >= MOST_ITEMS:
        raise ChecklistFull(f"A task has at most {MOST_ITEMS} items on its checklist.")
    if after_id is UNSET:
        return rank_between(ranks[-1][1] if ranks else None, None)
    return _after(ranks, after_id)


async def _moved(tx: Transaction, item: ChecklistItem, after_id: str | None) -> str:
    """The rank of a step after a move; as it was where it stands there already."""
    ranks = await queries.list_ranks(tx, item.workspace_id, item.task_id)
    place = [item_id for item_id, _ in ranks].index(item.id)
    if after_id == (ranks[place - 1][0] if place else None):
        return item.rank
    return _after([one for one in ranks if one[0] != item.id], after_id)


def _after(ranks: list[tuple[str, str]], after_id: str | None) -> str:
    names = [None, *(item_id for item_id, _ in ranks)]
    if after_id not in names:
        raise invalid("/after_id", "The checklist has no such other item.")
    place = names.index(after_id)
    low = ranks[place - 1][1] if place else None
    high = ranks[place][1] if place < len(ranks) else None
    return rank_between(low, high)


async def _announce(tx: Transaction, kind: str, item: ChecklistItem, changes: dict[str, FieldChange]) -> None:
    await announce(
        tx,
        Change(
            type=kind,
            resource_id=item.id,
            version=item.version,
            data=item,
            changes=changes,
            workspace_id=item.workspace_id,
            project_id=item.project_id,
        ),
    )
