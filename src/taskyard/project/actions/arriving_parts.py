"""What projects that come from elsewhere are arranged with, each kind by the rules that hold for a new one."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from taskyard.contracts import project as events
from taskyard.contracts.arrivals import Arrival
from taskyard.contracts.fields import MOST_FIELDS
from taskyard.kit import clock
from taskyard.kit.database import Transaction
from taskyard.kit.driver_errors import DuplicateRow
from taskyard.kit.ids import LOWEST_ID
from taskyard.kit.problems import invalid
from taskyard.kit.text import clean_line, clean_text
from taskyard.project.actions.announcements import announce_state
from taskyard.project.actions.fields import FIELD, checked_field
from taskyard.project.actions.iterations import ITERATION, in_order
from taskyard.project.actions.labels import LABEL
from taskyard.project.actions.milestones import MILESTONE
from taskyard.project.actions.parts import add_part
from taskyard.project.actions.templates import TEMPLATE, rounded
from taskyard.project.actions.workflows import checked_transitions, store_workflow
from taskyard.project.errors import IterationActive, KeyTaken, TooMany
from taskyard.project.models.arrivals import ArrivingIteration, ArrivingMilestone
from taskyard.project.models.fields import Field, NewField
from taskyard.project.models.labels import MOST_LABELS, Label, NewLabel
from taskyard.project.models.plans import Iteration, Milestone
from taskyard.project.models.projects import Project
from taskyard.project.models.states import MOST_STATES, NewState, NewWorkflow, State
from taskyard.project.models.templates import MOST_TEMPLATES, NewTemplate, Template
from taskyard.project.queries import fields, iterations, labels, states, templates, workflows
from taskyard.project.queries import roles as role_queries

T = TypeVar("T", bound=msgspec.Struct)


def told_of(one: Arrival, kind: type[T]) -> T:
    """What is told of an arrival. Raises InvalidInput."""
    try:
        told = msgspec.convert(one.data, kind)
    except msgspec.ValidationError as error:
        raise invalid(f"/{one.kind}", str(error)) from None
    for name, clean in (("name", clean_line), ("group", clean_line), ("description", clean_text), ("goal", clean_text)):
        if isinstance(text := getattr(told, name, None), str):
            clean(f"/{name}", text)
    return told


async def require_bounds(tx: Transaction, project: Project) -> None:
    """A project has no more of each kind than it could be given, and one state in which tasks begin."""
    present = await states.list_states(tx, project)
    if sum(state.is_default for state in present) > 1:
        raise invalid("/state", "Tasks begin in one state, not in several.")
    counted = (
        ("states", len(present), MOST_STATES),
        ("labels", await labels.count_labels(tx, project), MOST_LABELS),
        ("fields", len(await fields.list_fields(tx, project)), MOST_FIELDS),
        ("templates", len(await templates.list_templates(tx, project, LOWEST_ID, MOST_TEMPLATES + 1)), MOST_TEMPLATES),
    )
    for name, count, most in counted:
        if count > most:
            raise TooMany(f"A project has at most {most} {name}.")


async def _add_state(tx: Transaction, project: Project, one: Arrival) -> list[str]:
    told = told_of(one, NewState)
    if told.key is None or told.rank is None:
        raise invalid("/state", "A state comes with its key and its rank.")
    state = State(
        id=one.id,
        workspace_id=project.workspace_id,
        project_id=project.id,
        key=told.key,
        name=told.name,
        category=told.category,
        rank=told.rank,
        is_default=told.is_default,
        wip_limit=told.wip_limit,
        enforces_limit=told.enforces_limit,
        version=1,
    )
    try:
        await states.insert_state(tx, state)
    except DuplicateRow as error:
        raise KeyTaken(f"The project has another state with the key {state.key}.") from error
    await announce_state(tx, events.STATE_CREATED, state)
    return []


async def _arrange_workflow(tx: Transaction, project: Project, one: Arrival) -> list[str]:
    """A way for roles that there are not here stays closed."""
    told, before = told_of(one, NewWorkflow), await workflows.get_workflow(tx, project)
    known = {name for role in await role_queries.list_roles(tx, project.workspace_id) for name in (role.id, role.key)}
    ways = [way for way in told.transitions if known.issuperset(way.roles)]
    lost = [way for way in told.transitions if way not in ways]
    transitions = await checked_transitions(tx, project, ways)
    await store_workflow(tx, before, is_enforced=told.is_enforced, transitions=transitions)
    return [
        f"The way from {way.from_key or 'any state'} to {way.to_key} is for roles that there are not here, and was "
        "left out."
        for way in lost
    ]


async def _add_label(tx: Transaction, project: Project, one: Arrival) -> list[str]:
    told, at = told_of(one, NewLabel), clock.now()
    label = Label(one.id, project.workspace_id, project.id, told.name, told.color, told.group, at, at, 1)
    await add_part(tx, LABEL, label)
    return []


async def _add_field(tx: Transaction, project: Project, one: Arrival) -> list[str]:
    told, at = told_of(one, NewField), clock.now()
    field = Field(
        id=one.id,
        workspace_id=project.workspace_id,
        project_id=project.id,
        key=told.key,
        name=told.name,
        kind=told.kind,
        is_required=told.is_required,
        options=told.options,
        default=told.default,
        created_at=at,
        updated_at=at,
        version=1,
    )
    await add_part(tx, FIELD, checked_field(field))
    return []


async def _add_milestone(tx: Transaction, project: Project, one: Arrival) -> list[str]:
    told, at = told_of(one, ArrivingMilestone), clock.now()
    milestone = Milestone(
        id=one.id,
        workspace_id=project.workspace_id,
        project_id=project.id,
        name=told.name,
        description=told.description,
        due_on=told.due_on,
        is_closed=told.is_closed,
        created_at=at,
        updated_at=at,
        version=1,
    )
    await add_part(tx, MILESTONE, milestone)
    return []


async def _add_iteration(tx: Transaction, project: Project, one: Arrival) -> list[str]:
    told, at = told_of(one, ArrivingIteration), clock.now()
    iteration = Iteration(
        id=one.id,
        workspace_id=project.workspace_id,
        project_id=project.id,
        name=told.name,
        goal=told.goal,
        starts_on=told.starts_on,
        ends_on=told.ends_on,
        state=told.state,
        started_at=told.started_at,
        closed_at=told.closed_at,
        created_at=at,
        updated_at=at,
        version=1,
    )
    try:
        await iterations.insert_iteration(tx, in_order(iteration))
    except DuplicateRow as error:
        raise IterationActive("The project has another iteration of this name, or one under way.") from error
    await iterations.update_iteration(tx, iteration)
    await announce_state(tx, ITERATION.created, iteration)
    return []


async def _add_template(tx: Transaction, project: Project, one: Arrival) -> list[str]:
    told, at = told_of(one, NewTemplate), clock.now()
    template = Template(
        id=one.id,
        workspace_id=project.workspace_id,
        project_id=project.id,
        name=told.name,
        description=told.description,
        priority=told.priority,
        label_ids=told.label_ids,
        estimate=told.estimate,
        custom=told.custom,
        created_at=at,
        updated_at=at,
        version=1,
    )
    await add_part(tx, TEMPLATE, rounded(template))
    return []


Adder = Callable[[Transaction, Project, Arrival], Awaitable[list[str]]]
ADDERS: dict[str, Adder] = {
    "state": _add_state,
    "workflow": _arrange_workflow,
    "label": _add_label,
    "field": _add_field,
    "milestone": _add_milestone,
    "iteration": _add_iteration,
    "template": _add_template,
}
"""How each kind is added to a locked project; what was left out of it."""
