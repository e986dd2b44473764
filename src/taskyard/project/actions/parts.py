"""What is the same for everything that a project is arranged with: made, changed and given up by who may edit it."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec
from msgspec import UNSET

from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.etags import require_version
from taskyard.kit.ids import is_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import Conflict, NotFound
from taskyard.project.actions.announcements import Part, announce_state, next_version
from taskyard.project.actions.projects import find_held
from taskyard.project.models.projects import Project

P = TypeVar("P", bound=Part)


class Kind(msgspec.Struct, Generic[P], frozen=True, kw_only=True):
    """One kind of part: its statements, its events, and the refusal of a second one like it."""

    find: Callable[[Statements, Project, str], Awaitable[P | None]]
    insert: Callable[[Statements, P], Awaitable[None]]
    update: Callable[[Statements, P], Awaitable[None]]
    created: str
    updated: str
    duplicate: type[Conflict]


async def get_part(db: Statements, kind: Kind[P], project: Project, part_id: str) -> P:
    """A part of a project that the caller was let into. Raises NotFound."""
    found = await kind.find(db, project, part_id) if is_id(part_id) else None
    if found is None:
        raise NotFound
    return found


async def lock_for_edit(tx: Transaction, caller: Principal, project_id: str) -> Project:
    """A project whose parts the caller may change, one after another. Raises NotFound or PermissionDenied."""
    project, _ = await find_held(tx, caller, project_id, Permission.PROJECT_EDIT, lock=True)
    return project


async def add_part(tx: Transaction, kind: Kind[P], part: P) -> P:
    """Store and announce a new part of a locked project. Raises the kind's refusal of a duplicate."""
    try:
        await kind.insert(tx, part)
    except DuplicateRow as error:
        raise kind.duplicate from error
    await announce_state(tx, kind.created, part)
    return part


async def lock_part(
    tx: Transaction, caller: Principal, kind: Kind[P], part_of: tuple[str, str], expected: int | None
) -> tuple[Project, P]:
    """A part to be changed, named by project and id. Raises NotFound, PermissionDenied or PreconditionFailed."""
    project = await lock_for_edit(tx, caller, part_of[0])
    part = await get_part(tx, kind, project, part_of[1])
    require_version(expected, part.version)
    return project, part


async def store_part(tx: Transaction, kind: Kind[P], before: P, wanted: P) -> P:
    """Store and announce a part of a locked project as it is wanted; as it is, where nothing is different."""
    if wanted == before:
        return before
    after: P = next_version(wanted, updated_at=clock.now())
    try:
        await kind.update(tx, after)
    except DuplicateRow as error:
        raise kind.duplicate from error
    await announce_state(tx, kind.updated, after, before)
    return after


def patched(before: P, patch: msgspec.Struct) -> P:
    """A part with the fields that a merge patch names."""
    given = {name: getattr(patch, name) for name in patch.__struct_fields__}
    return msgspec.structs.replace(before, **{name: value for name, value in given.items() if value is not UNSET})
