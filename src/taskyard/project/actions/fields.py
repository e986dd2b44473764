"""Fields of a project's own: made, changed and given up."""

import msgspec

from taskyard.contracts import project as events
from taskyard.contracts.fields import MOST_FIELDS, FieldDefinition, checked_value
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.kit.text import clean_line
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.parts import Kind, add_part, lock_for_edit, lock_part, patched, store_part
from taskyard.project.errors import KeyTaken, TooMany
from taskyard.project.models.fields import Field, FieldPatch, NewField
from taskyard.project.queries import fields as queries

FIELD = Kind(
    find=queries.find_field,
    insert=queries.insert_field,
    update=queries.update_field,
    created=events.FIELD_CREATED,
    updated=events.FIELD_UPDATED,
    duplicate=KeyTaken,
)
CHOICES = frozenset({"select", "multi_select"})


async def create_field(tx: Transaction, caller: Principal, project_id: str, new: NewField) -> Field:
    """A new field. Raises KeyTaken, also for the key of one that was given up, TooMany or InvalidInput."""
    project = await lock_for_edit(tx, caller, project_id)
    if len(await queries.list_fields(tx, project)) >= MOST_FIELDS:
        raise TooMany(f"A project has at most {MOST_FIELDS} fields.")
    at = clock.now()
    field = Field(
        id=new_id(),
        workspace_id=project.workspace_id,
        project_id=project.id,
        key=new.key,
        name=new.name,
        kind=new.kind,
        is_required=new.is_required,
        options=new.options,
        default=new.default,
        created_at=at,
        updated_at=at,
        version=1,
    )
    return await add_part(tx, FIELD, checked_field(field))


async def update_field(
    tx: Transaction, caller: Principal, field_of: tuple[str, str], patch: FieldPatch, expected: int | None
) -> Field:
    """Change a field, named by project and id. Raises InvalidInput."""
    _, before = await lock_part(tx, caller, FIELD, field_of, expected)
    return await store_part(tx, FIELD, before, checked_field(patched(before, patch)))


async def delete_field(tx: Transaction, caller: Principal, field_of: tuple[str, str], expected: int | None) -> None:
    """Give a field up; tasks lose what they hold under its key a moment later."""
    _, before = await lock_part(tx, caller, FIELD, field_of, expected)
    after = next_version(before, updated_at=clock.now())
    await queries.delete_field(tx, after, after.updated_at)
    await announce_state(tx, events.FIELD_DELETED, after, before)


def checked_field(field: Field) -> Field:
    """A field whose options and default go with its kind. Raises InvalidInput."""
    options = [clean_line(f"/options/{place}", option) for place, option in enumerate(field.options)]
    if (field.kind in CHOICES) != bool(options):
        raise invalid("/options", "A select and a multi_select have options, and nothing else has.")
    if len(set(options)) < len(options):
        raise invalid("/options", "Each option is there once.")
    default = field.default
    if default is not None:
        if field.kind == "person":
            raise invalid("/default", "A person is no default: who sees the project changes.")
        definition = FieldDefinition(field.key, field.kind, field.is_required, options, None)
        default = checked_value("/default", definition, default)
    return msgspec.structs.replace(field, options=options, default=default)
