"""Creating a task: find its place and its number first, then write it in one short transaction."""

from datetime import datetime

import msgspec

from taskyard.contracts.task import TASK_CREATED
from taskyard.kit import clock
from taskyard.kit.changelog import Change
from taskyard.kit.database import Database, Transaction
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import PermissionDenied, invalid
from taskyard.kit.text import clean_line, clean_text
from taskyard.task.actions.fields import completed_at, in_utc, require_insiders, require_one_due, require_state
from taskyard.task.actions.moves import require_passage
from taskyard.task.actions.subtasks import require_parent
from taskyard.task.actions.terms import filled, merged, on_terms
from taskyard.task.models.tasks import NewTask, Place, Task
from taskyard.task.models.terms import Template
from taskyard.task.permissions import require_place
from taskyard.task.queries import places
from taskyard.task.queries import tasks as queries
from taskyard.task.queries.terms import find_template


class Draft(msgspec.Struct, frozen=True):
    """A new task with what was found out about it before its transaction."""

    new: NewTask
    place: Place | None
    template: Template | None = None


async def prepare_task(database: Database, caller: Principal, new: NewTask) -> Draft:
    """Find the place of a new task and take its number, in a short transaction of its own: a gap hurts nobody.

    Refuses nothing: that is for create_task, so that a repeated request still gets its stored answer.
    """
    template = None
    if new.template_id is not None:
        template = await find_template(database, caller, new.project_id, new.template_id)
        new = new if template is None else filled(new, template)
    return Draft(new, await places.take_place(database, caller, new), template)


def with_insiders(draft: Draft) -> Draft:
    """The same without the assignees who do not see the project, for a task that is made after a pattern."""
    if draft.place is None or not draft.place.outsider_ids:
        return draft
    insiders = [person_id for person_id in draft.new.assignee_ids if person_id not in draft.place.outsider_ids]
    return msgspec.structs.replace(
        draft,
        new=msgspec.structs.replace(draft.new, assignee_ids=insiders),
        place=msgspec.structs.replace(draft.place, outsider_ids=[]),
    )


async def create_task(tx: Transaction, caller: Principal, draft: Draft) -> Task:
    """Store a task.

    Raises ProjectNotFound, PermissionDenied, ProjectArchived, InvalidInput, or what the workflow says.
    """
    place = require_place(draft.place)
    if draft.new.template_id is not None and draft.template is None:
        raise invalid("/template_id", "The project has no such template.")
    require_insiders(draft.new.assignee_ids, place.outsider_ids)
    task = await on_terms(tx, place.terms, _task(draft, place, caller, clock.now()), None)
    if task.parent_id is not None:
        await require_parent(tx, task, task.parent_id)
    await require_passage(tx, place.move, task, None)
    if not await queries.insert_task(tx, caller, task, creation_of(task)):
        raise PermissionDenied("The project was archived, or closed to you, a moment ago.")
    return task


def _task(draft: Draft, place: Place, caller: Principal, now: datetime) -> Task:
    new = draft.new
    status = require_state(place.status, place.move.category)
    task = Task(
        id=new_id(),
        workspace_id=place.workspace_id,
        project_id=place.project_id,
        key=f"{place.project_key}-{place.number}",
        number=place.number,
        title=clean_line("/title", new.title),
        description=clean_text("/description", new.description),
        status=status,
        priority=new.priority,
        assignee_ids=list(dict.fromkeys(new.assignee_ids)),
        parent_id=new.parent_id,
        label_ids=list(dict.fromkeys(new.label_ids)),
        milestone_id=new.milestone_id,
        iteration_id=new.iteration_id,
        start_on=new.start_on,
        due_on=new.due_on,
        due_at=in_utc("/due_at", new.due_at),
        estimate=None if new.estimate is None else round(new.estimate, 2),
        custom=merged({}, new.custom),
        created_by=caller.id,
        created_at=now,
        updated_at=now,
        completed_at=completed_at(place.move.category or "", None, now),
        archived_at=None,
        version=1,
    )
    require_one_due(task)
    return task


def creation_of(task: Task) -> Change:
    """What is told of a new task, wherever it comes from."""
    return Change(
        type=TASK_CREATED,
        resource_id=task.id,
        version=task.version,
        data=task,
        workspace_id=task.workspace_id,
        project_id=task.project_id,
    )
