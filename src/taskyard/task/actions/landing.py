"""The things of a workspace on their way in: what there is to name, and what becomes of each."""

from collections import defaultdict

import msgspec

from taskyard.contracts.fields import FieldDefinition
from taskyard.kit.changelog import announce
from taskyard.kit.database import Database, Transaction
from taskyard.kit.principal import acting_for
from taskyard.kit.problems import InvalidInput, Problem, invalid
from taskyard.task.actions.arriving_lists import (
    arriving_recurrence,
    arriving_view,
    insert_recurrence,
    insert_view,
)
from taskyard.task.actions.arriving_parts import arriving_part, insert_part
from taskyard.task.actions.arriving_tasks import arriving_task
from taskyard.task.actions.create import creation_of
from taskyard.task.actions.translation import Translation
from taskyard.task.models.arrivals import ARRANGED, MOST_NUMBER, Document, StoredTask, Surroundings
from taskyard.task.models.imports import Import, Outcome, Row
from taskyard.task.queries import arrivals as queries

TAKEN_UP = "It cannot be there: its project is not yours to run, or its number or its place is taken."
_OWNERS = ("task_id", "comment_id")
_NAMES = ("task_id", "target_id", "comment_id", "reply_to", "parent_id")


class Landing:
    """An import of a workspace: what is there of it by now, or of a dry run, what would be."""

    def __init__(
        self,
        database: Database,
        found: Import,
        translation: Translation,
        rows: list[tuple[int, Row, str | None]],
    ) -> None:
        self.found, self.translation = found, translation
        self._database, self._caller = database, acting_for(found.asked_by)
        self._seen: dict[str, list[Document]] = defaultdict(list)
        self._around: dict[str, Surroundings | None] = {}
        self._known: dict[str, str] = {}
        self._present: set[str] = set()
        self._highest: dict[str, int] = defaultdict(int)
        for _, row, outcome in rows:
            self._remember(row, is_taken=outcome in {"created", "present"})

    def _remember(self, row: Row, *, is_taken: bool) -> None:
        """Know the numbers of all tasks, and what an attempt that ended early took in."""
        kind, data = row.cells["kind"], msgspec.json.decode(row.cells["data"], type=dict[str, object])
        number = data.get("number")
        if kind == "task" and isinstance(number, int):
            self._highest[row.cells["project_id"]] = max(self._highest[row.cells["project_id"]], number)
        if is_taken and kind in ARRANGED:
            document = Document(kind, self.id_of(row), self.told(row, []))
            self.see(self.translation.here("/project_id", row.cells["project_id"]), [document])
        elif is_taken and self.found.is_dry_run and kind in {"task", "comment"}:
            self._known[self.id_of(row)] = self.translation.here("/project_id", row.cells["project_id"])

    def id_of(self, row: Row) -> str:
        """The id that a row's thing has here."""
        return self.translation.here("/id", row.external_id)

    def told(self, row: Row, notes: list[str]) -> dict[str, object]:
        """What a row tells, in the ids of here. Raises InvalidInput."""
        data = msgspec.json.decode(row.cells["data"], type=dict[str, object])
        return self.translation.of(data, notes)

    def see(self, project_id: str, documents: list[Document]) -> None:
        """Know what a project was arranged with."""
        self._seen[project_id].extend(documents)

    async def prepare(self, kind: str, rows: list[Row]) -> None:
        """Find out what some rows can name, and which of them are there already."""
        told = [msgspec.json.decode(row.cells["data"], type=dict[str, object]) for row in rows]
        named = {name: [str(data[name]) for data in told if data.get(name)] for name in _NAMES}
        here = {name: self._ids(origins) for name, origins in named.items()}
        ids = [self.id_of(row) for row in rows]
        workspace_id, owners = self.found.workspace_id, [one for name in _OWNERS for one in here[name]]
        ends = [one for ids_here in here.values() for one in ids_here]
        self._present.update(await queries.list_present(self._database, kind, workspace_id, ids, owners))
        self._known.update(await queries.list_known(self._database, workspace_id, [*ends, *ids]))
        for project in {row.cells["project_id"] for row in rows}:
            await self._look_around(project)

    def _ids(self, origins: list[str]) -> list[str]:
        ids = []
        for origin in origins:
            try:
                ids.append(self.translation.here("", origin))
            except InvalidInput:
                continue
        return ids

    async def _look_around(self, origin: str) -> None:
        """Know what the tasks of a project can name, and let new ones be numbered from behind its highest number."""
        for project_id in self._ids([origin]):
            if project_id in self._around:
                continue
            where = (self.found.workspace_id, project_id)
            documents = await queries.list_documents(self._database, self._caller, *where)
            insiders = await queries.list_insiders(self._database, *where)
            if documents and not self.found.is_dry_run and self._highest[origin]:
                await queries.raise_counter(self._database, *where, min(self._highest[origin], MOST_NUMBER))
            if self.found.is_dry_run:
                documents += self._seen[project_id]
                insiders += [one for one in self.translation.people.values() if one is not None]
            self._around[project_id] = _surroundings(documents, insiders)

    async def take(self, tx: Transaction, place: int, row: Row) -> Outcome:
        """Take one thing in, or only find out what would become of it."""
        notes: list[str] = []
        if self.id_of(row) in self._present:
            return Outcome(place, "present", notes)
        try:
            is_stored = await self._store(tx, row, notes)
        except InvalidInput as refusal:
            return Outcome(place, "refused", [f"{one.pointer.strip('/')}: {one.detail}" for one in refusal.errors])
        except Problem as refusal:
            return Outcome(place, "refused", [refusal.detail])
        if not is_stored:
            return Outcome(place, "refused", [TAKEN_UP])
        self._present.add(self.id_of(row))
        return Outcome(place, "created", notes)

    async def _store(self, tx: Transaction, row: Row, notes: list[str]) -> bool:
        kind, project_id = row.cells["kind"], self.translation.here("/project_id", row.cells["project_id"])
        around, data = self._around.get(project_id), self.told(row, notes)
        if around is None:
            raise invalid("/project_id", "Its project is not here, or not yours to run.")
        names = (self.found.workspace_id, project_id, self.id_of(row))
        if kind == "task":
            stored = self._with_parent(arriving_task(names, data, around, notes), notes)
            is_stored = self.found.is_dry_run or await self._insert_task(tx, stored)
        elif kind == "view":
            view = arriving_view(names, data)
            is_stored = self.found.is_dry_run or await insert_view(tx, self._caller, view)
        elif kind == "recurrence":
            recurrence = arriving_recurrence(names, data, self._caller.id)
            is_stored = self.found.is_dry_run or await insert_recurrence(tx, self._caller, recurrence)
        else:
            places = dict(zip(("workspace_id", "project_id", "id"), names, strict=True))
            part = arriving_part(kind, data | places | {"version": 1}, self._known)
            is_stored = self.found.is_dry_run or await insert_part(tx, self._caller, part, self._known)
        if is_stored:
            self._known[self.id_of(row)] = project_id
        return is_stored

    def _with_parent(self, stored: StoredTask, notes: list[str]) -> StoredTask:
        """A task that is part of what is there, or of nothing."""
        parent_id = stored.task.parent_id
        if parent_id is None or parent_id in self._known:
            return stored
        notes.append("What it is part of is not here, so it is part of nothing.")
        return msgspec.structs.replace(stored, task=msgspec.structs.replace(stored.task, parent_id=None))

    async def _insert_task(self, tx: Transaction, stored: StoredTask) -> bool:
        task = stored.task
        is_stored = await queries.insert_task(tx, self._caller, stored)
        if is_stored:
            await announce(tx, creation_of(task))
        return is_stored


def _surroundings(documents: list[Document], insiders: list[str]) -> Surroundings | None:
    """What the tasks of a project can name; None where there is no project."""
    project = next((one for one in documents if one.kind == "project"), None)
    if project is None:
        return None
    fields = [msgspec.convert(one.data, FieldDefinition) for one in documents if one.kind == "field"]
    return Surroundings(
        key=str(project.data["key"]),
        categories={str(one.data["key"]): str(one.data["category"]) for one in documents if one.kind == "state"},
        part_ids={
            kind: {one.id for one in documents if one.kind == kind} for kind in ("label", "milestone", "iteration")
        },
        fields={field.key: field for field in fields},
        insiders=frozenset(insiders),
    )
