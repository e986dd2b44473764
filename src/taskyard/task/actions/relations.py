"""Relating tasks to each other: blocking, duplicating, belonging together; and nothing that waits for itself."""

from collections import defaultdict

import msgspec

from taskyard.contracts.access import Permission
from taskyard.contracts.task import RELATION_CREATED, RELATION_DELETED, RelationKind, RelationSnapshot
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Database, Statements, Transaction
from taskyard.kit.ids import is_id, new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.task.errors import CircularTasks, RelationExists, RelationNotFound
from taskyard.task.models.relations import INVERSE, Ends, NewRelation, Related, Relation
from taskyard.task.permissions import require_editable_relation, require_ends, require_held, require_relation
from taskyard.task.queries import relations as queries
from taskyard.task.queries.graph import lock_graph
from taskyard.task.queries.tasks import find_permissions

_DIRECTED: frozenset[RelationKind] = frozenset({"blocks", "duplicates"})


async def list_relations(
    database: Database, cursors: CursorSigner, caller: Principal, task_id: str, page: tuple[int, str | None]
) -> Page[Relation]:
    """A page of what a task is related to; ``page`` is its length and the cursor it follows.

    Empty also for a task that is not visible; who asks tells the two apart.
    """
    limit, cursor = page
    listing = f"relations of {task_id}"
    after = cursors.after_id(listing, cursor)
    rows = await queries.list_relations(database, caller, task_id, after, limit + 1)
    return cursors.page(listing, rows, limit, lambda last: [last.id])


async def get_visible_relation(database: Database, caller: Principal, task_id: str, relation_id: str) -> Relation:
    """One relation from one of its ends. Raises RelationNotFound."""
    return require_relation(await queries.find_relation(database, caller, task_id, _id(relation_id))).relation


async def create_relation(tx: Transaction, caller: Principal, task_id: str, new: NewRelation) -> Relation:
    """Relate a task to another.

    Raises TaskNotFound, PermissionDenied, ProjectArchived, RelationExists, CircularTasks or InvalidInput.
    """
    if new.target_id == task_id:
        raise invalid("/target_id", "A task is not related to itself.")
    seen, _ = require_ends(await queries.find_ends(tx, caller, task_id, new.target_id))
    await lock_graph(tx, seen.workspace_id)
    ends, target = require_ends(await queries.find_ends(tx, caller, task_id, new.target_id))
    relation = _relation(ends, new.kind, target, caller)
    await require_no_circle(tx, caller, relation)
    if not await queries.insert_relation(tx, relation):
        raise RelationExists
    await _announce(tx, RELATION_CREATED, relation)
    return relation


async def delete_relation(tx: Transaction, caller: Principal, task_id: str, relation_id: str) -> None:
    """End a relation. Raises RelationNotFound, PermissionDenied or ProjectArchived."""
    relation = require_editable_relation(await queries.find_relation(tx, caller, task_id, _id(relation_id)))
    await lock_graph(tx, relation.workspace_id)
    relation = require_editable_relation(await queries.find_relation(tx, caller, task_id, relation.id))
    await queries.delete_relation(tx, relation)
    await _announce(tx, RELATION_DELETED, relation)


async def require_still_relating(tx: Statements, caller: Principal, task_id: str) -> None:
    """Refuse a stored answer to a caller who may not change the task any more."""
    require_held(await find_permissions(tx, caller, task_id), Permission.TASK_EDIT)


async def require_no_circle(tx: Transaction, caller: Principal, relation: RelationSnapshot) -> None:
    """Nothing blocks or duplicates itself, however long the way round. Raises CircularTasks."""
    source, kind, target = relation.task_id, relation.kind, relation.target_id
    if kind not in _DIRECTED:
        source, kind, target = target, INVERSE[kind], source
    if kind not in _DIRECTED:
        return
    way = _find_way(await queries.list_edges(tx, relation.workspace_id, target, kind), target, source)
    if way:
        keys = await queries.list_keys(tx, caller, way)
        told = [keys.get(task_id, "a task you cannot see") for task_id in [source, *way]]
        raise CircularTasks("A task would wait for itself: " + " → ".join(told))


def _find_way(edges: list[tuple[str, str]], start: str, end: str) -> list[str]:
    """The shortest way along some edges, both ends included; empty where there is none."""
    onward = defaultdict[str, list[str]](list)
    for source, target in edges:
        onward[source].append(target)
    ways, seen = [[start]], {start}
    for way in ways:
        if way[-1] == end:
            return way
        ahead = [task_id for task_id in onward[way[-1]] if task_id not in seen]
        seen.update(ahead)
        ways.extend([*way, task_id] for task_id in ahead)
    return []


def _relation(ends: Ends, kind: RelationKind, target: Related, caller: Principal) -> Relation:
    return Relation(
        id=new_id(),
        workspace_id=ends.workspace_id,
        project_id=ends.project_id,
        task_id=ends.task_id,
        kind=kind,
        target_id=target.id,
        created_by=caller.id,
        created_at=clock.now(),
        target=target,
    )


def _id(text: str) -> str:
    if not is_id(text):
        raise RelationNotFound
    return text


async def _announce(tx: Transaction, event: str, relation: Relation) -> None:
    """Tell either end, as seen from there."""
    here = {name: getattr(relation, name) for name in RelationSnapshot.__struct_fields__}
    await announce_ends(tx, event, msgspec.convert(here, RelationSnapshot), relation.target.project_id)


async def announce_ends(tx: Transaction, event: str, here: RelationSnapshot, target_project_id: str) -> None:
    """Announce a relation at both its ends, as seen from there."""
    there = msgspec.structs.replace(
        here,
        project_id=target_project_id,
        task_id=here.target_id,
        kind=INVERSE[here.kind],
        target_id=here.task_id,
    )
    for snapshot in (here, there):
        await announce(
            tx,
            Change(
                type=event,
                resource_id=snapshot.id,
                version=1,
                data=snapshot,
                workspace_id=snapshot.workspace_id,
                project_id=snapshot.project_id,
            ),
        )
