"""Lists by a query: the text is read, bound to whoever asks, and asked of the tasks they see."""

from typing import cast

import msgspec

from taskyard.contracts.language.binding import Context, bind, emails_of, labels_of, needs_zone
from taskyard.contracts.language.errors import POINTER
from taskyard.contracts.language.fields import FIELDS, suggestion
from taskyard.contracts.language.reading import MOST_SORT_KEYS, read_query
from taskyard.contracts.language.tree import AllOf, Condition, Query, SortKey, Term
from taskyard.contracts.people import People
from taskyard.kit import clock
from taskyard.kit.clock import zone_named
from taskyard.kit.cursors import CursorSigner, Page
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.task.actions import read as reading
from taskyard.task.errors import ProjectNotFound
from taskyard.task.models.tasks import INDEXED_SORTS, Count, Task, TaskFilter
from taskyard.task.queries import filtered, orders
from taskyard.task.queries import tasks as queries
from taskyard.task.queries.known_tasks import KnownTask, KnownTasks
from taskyard.task.queries.terms import find_labels_named

_LATEST = "-updated_at"


class Reader(msgspec.Struct, frozen=True):
    """Who reads a list, and what that takes."""

    known: KnownTasks
    cursors: CursorSigner
    people: People
    caller: Principal

    @property
    def database(self) -> Statements:
        """Where everything is read."""
        return self.known.database


async def list_wanted(
    reader: Reader, wanted: TaskFilter, page: tuple[int, str | None], count: Count = "none"
) -> Page[Task]:
    """A page of visible tasks; ``page`` is its length and the cursor it follows. Its tasks are JSON already.

    Raises InvalidInput for a query or an order that makes no sense, ProjectNotFound for an invisible project.
    """
    wanted = await read_wanted(reader, wanted)
    if wanted.condition is None and wanted.sort in INDEXED_SORTS:
        found = await reading.list_tasks(reader.known, reader.cursors, reader.caller, wanted, page)
    else:
        found = await _list_filtered(reader, wanted, page)
    answer = Page([known.json for known in found.items], found.next_cursor)
    if count != "none":
        answer.total = await _count(reader, wanted, count)
    return cast(Page[Task], answer)


async def read_wanted(reader: Reader, wanted: TaskFilter) -> TaskFilter:
    """What a list asks for, with its query read and bound to whoever asks. Raises InvalidInput."""
    query = read_filter(wanted.filter, wanted.sort, wanted.project_id, wanted.status)
    sort = ",".join(("-" if key.is_descending else "") + key.field for key in query.order)
    condition = None if query.condition == AllOf(()) else await bind_query(reader, query.condition)
    return msgspec.structs.replace(wanted, sort=sort, order=query.order, condition=condition)


def read_filter(text: str, sort: str, project_id: str | None, status: str | None = None) -> Query:
    """What a list is asked for besides, by its query and its order; every list has one. Raises InvalidInput."""
    query = read_query(text) if text else Query(AllOf(()))
    if sort and query.order:
        raise invalid("/sort", "The query has an order of its own; leave out sort or order by.")
    order = query.order or read_sort(sort or _LATEST)
    fields, pointer = {key.field for key in order}, POINTER if query.order else "/sort"
    if project_id is None and "number" in fields:
        raise invalid(pointer, "Numbers order the tasks of one project; name it by project_id.")
    if "rank" in fields and (project_id is None or not (status or _names_one_status(query.condition))):
        raise invalid(pointer, "Ranks order one column of a board; name it by project_id and one status.")
    return Query(query.condition, order)


def _names_one_status(condition: Condition) -> bool:
    """Whether everything that meets a written condition is in one state."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    return any(
        isinstance(part, Term) and part.field == "status" and part.operator in {"=", "in"} and len(part.values) == 1
        for part in parts
    )


async def bind_query(reader: Reader, condition: Condition) -> Condition:
    """A condition for whoever asks, now; what it names of people is looked up. Raises InvalidInput."""
    found = {email: await reader.people.find_person_by_email(email=email) for email in emails_of(condition)}
    people = {email: person.id for email, person in found.items() if person is not None}
    names = labels_of(condition)
    labels = await find_labels_named(reader.database, reader.caller, names) if names else {}
    name = await reader.people.find_time_zone(id=reader.caller.id) if needs_zone(condition) else None
    return bind(condition, Context(reader.caller.id, clock.now(), zone_named(name), people, labels))


def read_sort(text: str) -> tuple[SortKey, ...]:
    """The order that ``sort`` asks for. Raises InvalidInput."""
    keys = tuple(SortKey(part.strip().removeprefix("-"), part.strip().startswith("-")) for part in text.split(","))
    if len(keys) > MOST_SORT_KEYS:
        raise invalid("/sort", f"At most {MOST_SORT_KEYS} fields give an order.")
    for key in keys:
        field = FIELDS.get(key.field)
        if field is None or not field.is_sortable:
            known = [name for name, one in FIELDS.items() if one.is_sortable]
            raise invalid("/sort", f"Tasks have no order by {key.field!r}{suggestion(key.field, known)}.")
    return keys


async def _list_filtered(reader: Reader, wanted: TaskFilter, page: tuple[int, str | None]) -> Page[KnownTask]:
    limit, cursor = page
    after = None if cursor is None else orders.place_from(reader.cursors.open(wanted.listing, cursor), wanted.order)
    rows = await filtered.list_filtered(reader.known, reader.caller, wanted, after, limit + 1)
    sees = queries.sees_project
    if not rows and wanted.project_id and not await sees(reader.database, reader.caller, wanted.project_id):
        raise ProjectNotFound
    return reader.cursors.page(
        wanted.listing, rows, limit, lambda last: orders.place_of(last.task, wanted.order, last.rank)
    )


async def _count(reader: Reader, wanted: TaskFilter, count: Count) -> int:
    most = filtered.MOST_COUNTED + 1 if count == "estimate" else None
    counted = await filtered.count_filtered(reader.database, reader.caller, wanted, most)
    if count == "exact" or counted <= filtered.MOST_COUNTED:
        return counted
    return max(counted, await filtered.estimate_filtered(reader.database, reader.caller, wanted))
