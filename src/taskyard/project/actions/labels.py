"""Labels: made, changed and given up."""

from taskyard.contracts import project as events
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.parts import Kind, add_part, lock_for_edit, lock_part, patched, store_part
from taskyard.project.errors import NameTaken, TooMany
from taskyard.project.models.labels import MOST_LABELS, Label, LabelPatch, NewLabel
from taskyard.project.queries import labels as queries

LABEL = Kind(
    find=queries.find_label,
    insert=queries.insert_label,
    update=queries.update_label,
    created=events.LABEL_CREATED,
    updated=events.LABEL_UPDATED,
    duplicate=NameTaken,
)


async def create_label(tx: Transaction, caller: Principal, project_id: str, new: NewLabel) -> Label:
    """A new label. Raises NameTaken or TooMany."""
    project = await lock_for_edit(tx, caller, project_id)
    if await queries.count_labels(tx, project) >= MOST_LABELS:
        raise TooMany(f"A project has at most {MOST_LABELS} labels.")
    at = clock.now()
    label = Label(new_id(), project.workspace_id, project.id, new.name, new.color, new.group, at, at, 1)
    return await add_part(tx, LABEL, label)


async def update_label(
    tx: Transaction, caller: Principal, label_of: tuple[str, str], patch: LabelPatch, expected: int | None
) -> Label:
    """Change a label, named by project and id. Raises NameTaken."""
    _, before = await lock_part(tx, caller, LABEL, label_of, expected)
    return await store_part(tx, LABEL, before, patched(before, patch))


async def delete_label(tx: Transaction, caller: Principal, label_of: tuple[str, str], expected: int | None) -> None:
    """Give a label up; tasks lose it a moment later."""
    _, before = await lock_part(tx, caller, LABEL, label_of, expected)
    after = next_version(before, updated_at=clock.now())
    await queries.delete_label(tx, after, after.updated_at)
    await announce_state(tx, events.LABEL_DELETED, after, before)
