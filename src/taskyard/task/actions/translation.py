"""What is told elsewhere in the ids of here: people by who they are, everything else by what it is known by there."""

import re

import msgspec

from taskyard.contracts.people import People
from taskyard.kit.database import Database
from taskyard.kit.ids import derived_id, is_id
from taskyard.kit.problems import invalid
from taskyard.task.models.imports import Import, Outcome, Row
from taskyard.task.queries.exports import list_member_ids

_PERSON = frozenset({"created_by", "author_id"})
"""Who did something; where it is nobody here, whoever imports it stands for them."""
_OWNER = frozenset({"person_id", "lead_id"})
_PEOPLE = frozenset({"assignee_ids", "mentioned_ids"})
_THING = frozenset(
    {"task_id", "target_id", "parent_id", "milestone_id", "iteration_id", "comment_id", "reply_to", "last_task_id"}
)
_WORD = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ID = re.compile(r"(?<=@)[0-9a-f-]{36}")


class _Person(msgspec.Struct, frozen=True):
    """How people are known everywhere."""

    email: str


class Translation(msgspec.Struct, frozen=True):
    """Who people are in a workspace: by their ids elsewhere, None for who is nobody here."""

    workspace_id: str
    importer_id: str
    people: dict[str, str | None]
    names: dict[str, str]
    """Their addresses, to speak of them."""

    def greet(self, place: int, row: Row) -> Outcome:
        """Whether somebody of there is known here."""
        is_known = self.people.get(row.external_id) is not None
        note = f"{self.names[row.external_id]} is no member of the workspace."
        return Outcome(place, "present", []) if is_known else Outcome(place, "refused", [note])

    def here(self, pointer: str, origin: object) -> str:
        """The id that something has here. Raises InvalidInput for what is no id."""
        if not isinstance(origin, str) or not is_id(origin):
            raise invalid(pointer, "This is no id.")
        return derived_id(self.workspace_id, origin)

    def of(self, data: dict[str, object], notes: list[str]) -> dict[str, object]:
        """All that is told of something; who had to be left out goes to the notes. Raises InvalidInput."""
        return {name: self._value(name, value, notes) for name, value in data.items()}

    def _value(self, name: str, value: object, notes: list[str]) -> object:
        if name in _PERSON:
            return self._person(value, notes, "you stand for them") or self.importer_id
        if name in _OWNER:
            return self._person(value, notes, "they were left out")
        if isinstance(value, list):
            return self._listed(name, value, notes)
        if name in _THING and value is not None:
            return self.here(f"/{name}", value)
        if name == "task" and isinstance(value, dict):
            return self.of(value, notes)
        return self._said(name, value)

    def _said(self, name: str, value: object) -> object:
        """Where a value or a text can name people; nobody, for who is a stranger."""
        if name == "custom" and isinstance(value, dict):
            return {
                key: (self.people.get(one, one) or "") if isinstance(one, str) else one for key, one in value.items()
            }
        if name == "body" and isinstance(value, str):
            return _ID.sub(lambda found: self.people.get(found[0]) or found[0], value)
        if name == "filter" and isinstance(value, str):
            return _WORD.sub(lambda found: self.people.get(found[0]) or self.here("/filter", found[0]), value)
        return value

    def _listed(self, name: str, values: list[object], notes: list[str]) -> list[object]:
        if name == "label_ids":
            return [self.here("/label_ids", one) for one in values]
        if name not in _PEOPLE:
            return values
        found = [self._person(one, notes, "they were left out") for one in values]
        return [one for one in found if one is not None]

    def _person(self, origin: object, notes: list[str], instead: str) -> str | None:
        if origin is None:
            return None
        person_id = self.people.get(str(origin))
        if person_id is None:
            notes.append(f"{self.names.get(str(origin), origin)} is no member of the workspace: {instead}.")
        return person_id


async def meet(database: Database, people: People, found: Import, rows: list[Row]) -> Translation:
    """Find out who of the people of there is a member here, by their addresses; be they nobody or somebody else."""
    members = set(await list_member_ids(database, found.workspace_id))
    known, names = dict[str, str | None](), dict[str, str]()
    for row in rows:
        if row.cells["kind"] == "person":
            email = msgspec.json.decode(row.cells["data"], type=_Person).email
            person = await people.find_person_by_email(email=email)
            known[row.external_id] = person.id if person is not None and person.id in members else None
            names[row.external_id] = email
    return Translation(found.workspace_id, found.asked_by, known, names)
