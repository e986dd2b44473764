"""Taking rows in as tasks: a few at a time, each of them once, whatever ends an attempt early.

The rows of a transaction say in it what became of them, so the next attempt goes on behind the last that was committed.
A row that comes again, in this import or another one of the project, is known by its external id.
"""

import asyncio
import time

import msgspec

from taskyard.contracts.people import People
from taskyard.kit import clock
from taskyard.kit.database import Cause, Database, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal, acting_for
from taskyard.kit.problems import InvalidInput, invalid
from taskyard.kit.text import clean_line, clean_text
from taskyard.task.actions.create import creation_of
from taskyard.task.actions.fields import FINISHED, in_utc, require_one_due, require_state
from taskyard.task.actions.terms import merged, on_terms
from taskyard.task.models.imports import Ground, Import, ImportedTask, Importing, Outcome, Row
from taskyard.task.models.tasks import Task
from taskyard.task.queries import imported
from taskyard.task.queries import imports as queries
from taskyard.task.queries.terms import find_terms

AT_ONCE = 5
"""Rows in one transaction."""
PAUSE = 0.05
REST = 2.0
"""Between two of them everybody else has so many seconds, and so many times as long as one took, if that is more."""
LOST = "The project is archived, or you may not create tasks in it any more."


async def take_in(database: Database, people: People, named: Importing, request_id: str) -> Import | None:
    """Take in what was not taken in yet; None where nobody wants it any more."""
    found = await queries.find_import_to_work(database, named.workspace_id, named.import_id, clock.now())
    if found is None:
        return None
    caller = acting_for(found.asked_by)
    ground = await queries.find_ground(database, caller, found.project_id)
    cause = Cause(actor_id=found.asked_by, origin="import", request_id=request_id)
    emails: dict[str, str | None] = {}
    taking = None if ground is None else _Taking(caller, found, ground, emails)
    if taking is not None:
        await taking.resume(database)
    while rows := await queries.list_rows_to_do(database, found, AT_ONCE):
        began = time.monotonic()
        if ground is None or taking is None:
            outcomes = [Outcome(place, "refused", [LOST]) for place, _ in rows]
            await queries.store_outcomes(database, found, outcomes)
            continue
        await _learn_people(database, people, ground, [row for _, row in rows], emails)
        await taking.prepare(database, [row for _, row in rows])
        async with database.transaction(cause) as tx:
            outcomes = [await taking.row(tx, *one) for one in rows]
            await queries.store_outcomes(tx, found, outcomes)
        await asyncio.sleep(max(PAUSE, REST * (time.monotonic() - began)))
    return found


async def _learn_people(
    database: Database, people: People, ground: Ground, rows: list[Row], emails: dict[str, str | None]
) -> None:
    """Find out who the addresses are; None for who does not see the project, be there such a person or not."""
    named = {email for row in rows for cell in ("assignees", "created_by") for email in _split(row.cells.get(cell, ""))}
    found = {
        email: person.id
        for email in sorted(named - emails.keys())
        if (person := await people.find_person_by_email(email=email)) is not None
    }
    outside = set(await queries.list_outsiders(database, ground, list(found.values()))) if found else set()
    for email in named - emails.keys():
        emails[email] = None if found.get(email) in {None, *outside} else found[email]


class _Taking:
    """The rows of an import on their way in."""

    def __init__(self, caller: Principal, found: Import, ground: Ground, emails: dict[str, str | None]) -> None:
        self._caller, self._found, self._ground, self._emails = caller, found, ground, emails
        self._present: set[str] = set()
        self._number = 0

    async def resume(self, database: Database) -> None:
        """Know which rows an attempt that ended early took in, for of a dry run nothing else is left."""
        self._present.update(await queries.list_taken(database, self._found))

    async def prepare(self, database: Database, rows: list[Row]) -> None:
        """Find out which of the rows are there already, and take numbers for the others: a gap hurts nobody."""
        self._present.update(await imported.list_imported(database, self._ground, [row.external_id for row in rows]))
        fresh = sum(row.external_id not in self._present for row in rows)
        if fresh and not self._found.is_dry_run:
            self._number = await imported.take_numbers(database, self._ground, fresh) - fresh

    async def row(self, tx: Transaction, place: int, row: Row) -> Outcome:
        """Take one row in, or only find out what would become of it."""
        notes: list[str] = []
        if row.external_id in self._present:
            return Outcome(place, "present", notes)
        self._number += 1
        try:
            task = await self._task(tx, row, notes)
        except InvalidInput as refusal:
            reasons = [f"{error.pointer.strip('/')}: {error.detail}" for error in refusal.errors]
            return Outcome(place, "refused", reasons)
        if not (self._found.is_dry_run or await self._insert(tx, task, row.external_id)):
            is_there = await imported.find_imported(tx, self._ground, row.external_id) is not None
            return Outcome(place, "present", []) if is_there else Outcome(place, "refused", [LOST])
        self._present.add(row.external_id)
        return Outcome(place, "created", notes)

    async def _insert(self, tx: Transaction, task: Task, external_id: str) -> bool:
        return await imported.insert_imported(tx, self._caller, task, external_id, creation_of(task))

    async def _task(self, tx: Transaction, row: Row, notes: list[str]) -> Task:
        """The task that a row speaks of. Raises InvalidInput; what is only left out goes to the notes."""
        told, ground, now = _told(row), self._ground, clock.now()
        status = told.status or ground.default_status
        category = require_state(status, ground.categories.get(status))
        completed = told.completed_at or told.updated_at or now
        created_at = in_utc("/created_at", told.created_at) or now
        task = Task(
            id=new_id(),
            workspace_id=ground.workspace_id,
            project_id=ground.project_id,
            key=f"{ground.key}-{self._number}",
            number=self._number,
            title=clean_line("/title", told.title),
            description=clean_text("/description", told.description),
            status=status,
            priority=told.priority,
            assignee_ids=self._people(told.assignees, notes),
            parent_id=await self._parent(tx, told.parent, notes),
            label_ids=self._parts("label", told.labels, notes),
            milestone_id=next(iter(self._parts("milestone", told.milestone, notes)), None),
            iteration_id=next(iter(self._parts("iteration", told.iteration, notes)), None),
            start_on=told.start_on,
            due_on=told.due_on,
            due_at=in_utc("/due_at", told.due_at),
            estimate=None if told.estimate is None else round(told.estimate, 2),
            custom=merged({}, told.custom),
            created_by=next(iter(self._people(told.created_by, notes)), self._caller.id),
            created_at=created_at,
            updated_at=in_utc("/updated_at", told.updated_at) or created_at,
            completed_at=in_utc("/completed_at", completed) if category in FINISHED else None,
            archived_at=in_utc("/archived_at", told.archived_at),
            version=1,
        )
        require_one_due(task)
        return await on_terms(tx, await find_terms(tx, task), task, None)

    def _people(self, cell: str, notes: list[str]) -> list[str]:
        found: list[str] = []
        for email in _split(cell):
            person_id = self._emails.get(email)
            if person_id is None:
                notes.append(f"{email} does not see the project and was left out.")
            else:
                found.append(person_id)
        return list(dict.fromkeys(found))

    def _parts(self, kind: str, cell: str, notes: list[str]) -> list[str]:
        found: list[str] = []
        for name in _split(cell):
            part_id = self._ground.names.get((kind, name.casefold()))
            if part_id is None:
                notes.append(f"The project has no {kind} {name!r}, which was left out.")
            else:
                found.append(part_id)
        return list(dict.fromkeys(found))

    async def _parent(self, tx: Transaction, external_id: str, notes: list[str]) -> str | None:
        if not external_id:
            return None
        parent_id = await imported.find_imported(tx, self._ground, external_id)
        would_be = self._found.is_dry_run and external_id in self._present
        if parent_id is None and not would_be:
            notes.append(f"Its parent {external_id} was not imported, so it is part of nothing.")
        return parent_id


def _told(row: Row) -> ImportedTask:
    cells: dict[str, object] = dict(row.cells)
    try:
        if "custom" in row.cells:
            cells["custom"] = msgspec.json.decode(row.cells["custom"])
        return msgspec.convert(cells, ImportedTask, strict=False)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise invalid(f"/line {row.line}", str(error)) from None


def _split(cell: str) -> list[str]:
    return [line.strip() for line in cell.split("\n") if line.strip()]
