"""Templates of tasks: made, changed and given up."""

import msgspec

from taskyard.contracts import project as events
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.ids import LOWEST_ID, new_id
from taskyard.kit.principal import Principal
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.parts import Kind, add_part, lock_for_edit, lock_part, patched, store_part
from taskyard.project.errors import NameTaken, TooMany
from taskyard.project.models.templates import MOST_TEMPLATES, NewTemplate, Template, TemplatePatch
from taskyard.project.queries import templates as queries

TEMPLATE = Kind(
    find=queries.find_template,
    insert=queries.insert_template,
    update=queries.update_template,
    created=events.TEMPLATE_CREATED,
    updated=events.TEMPLATE_UPDATED,
    duplicate=NameTaken,
)


async def create_template(tx: Transaction, caller: Principal, project_id: str, new: NewTemplate) -> Template:
    """A new template. Raises NameTaken or TooMany."""
    project = await lock_for_edit(tx, caller, project_id)
    if len(await queries.list_templates(tx, project, LOWEST_ID, MOST_TEMPLATES)) >= MOST_TEMPLATES:
        raise TooMany(f"A project has at most {MOST_TEMPLATES} templates.")
    at = clock.now()
    template = Template(
        id=new_id(),
        workspace_id=project.workspace_id,
        project_id=project.id,
        name=new.name,
        description=new.description,
        priority=new.priority,
        label_ids=new.label_ids,
        estimate=new.estimate,
        custom=new.custom,
        created_at=at,
        updated_at=at,
        version=1,
    )
    return await add_part(tx, TEMPLATE, rounded(template))


async def update_template(
    tx: Transaction, caller: Principal, template_of: tuple[str, str], patch: TemplatePatch, expected: int | None
) -> Template:
    """Change a template, named by project and id. Raises NameTaken."""
    _, before = await lock_part(tx, caller, TEMPLATE, template_of, expected)
    return await store_part(tx, TEMPLATE, before, rounded(patched(before, patch)))


async def delete_template(
    tx: Transaction, caller: Principal, template_of: tuple[str, str], expected: int | None
) -> None:
    """Give a template up; tasks that were made from it stay as they are."""
    _, before = await lock_part(tx, caller, TEMPLATE, template_of, expected)
    after = next_version(before, updated_at=clock.now())
    await queries.delete_template(tx, after, after.updated_at)
    await announce_state(tx, events.TEMPLATE_DELETED, after, before)


def rounded(template: Template) -> Template:
    """As it is stored: two decimals are kept of the estimate."""
    estimate = None if template.estimate is None else round(template.estimate, 2)
    return msgspec.structs.replace(template, estimate=estimate)
