"""The workflow of a project, and what its caller may do there."""

import msgspec

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.principal import Principal
from taskyard.kit.problems import FieldError, InvalidInput
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.projects import find_held
from taskyard.project.models.projects import Project
from taskyard.project.models.states import Capabilities, NewWorkflow, Transition, Workflow
from taskyard.project.queries import roles as role_queries
from taskyard.project.queries import states
from taskyard.project.queries import workflows as queries


async def replace_workflow(
    tx: Transaction, caller: Principal, project_id: str, new: NewWorkflow, expected: int | None
) -> Workflow:
    """Make the workflow another one. Raises InvalidInput naming each state or role that there is not."""
    project, _ = await find_held(tx, caller, project_id, Permission.PROJECT_EDIT, lock=True)
    before = await queries.get_workflow(tx, project)
    require_version(expected, before.version)
    transitions = await checked_transitions(tx, project, new.transitions)
    return await store_workflow(tx, before, is_enforced=new.is_enforced, transitions=transitions)


async def forget_transitions(tx: Transaction, project: Project, key: str) -> None:
    """Take the transitions from and to a state that is no more out of a locked project's workflow."""
    before = await queries.get_workflow(tx, project)
    kept = [one for one in before.transitions if key not in {one.from_key, one.to_key}]
    await store_workflow(tx, before, is_enforced=before.is_enforced, transitions=kept)


async def get_capabilities(db: Statements, caller: Principal, project_id: str) -> Capabilities:
    """What the caller may do in a project. Raises NotFound."""
    project, held = await find_held(db, caller, project_id, Permission.PROJECT_VIEW)
    names = [str(permission.name).lower() for permission in held]
    roles = await queries.list_roles_held(db, project, caller.id)
    return Capabilities(project.id, project.archived_at is not None, names, roles)


async def store_workflow(
    tx: Transaction, before: Workflow, *, is_enforced: bool, transitions: list[Transition]
) -> Workflow:
    """Store and announce the workflow of a locked project as it is wanted; as it is, where nothing is different."""
    if (is_enforced, transitions) == (before.is_enforced, before.transitions):
        return before
    after = next_version(before, is_enforced=is_enforced, transitions=transitions)
    await queries.update_workflow(tx, after)
    await queries.delete_transitions(tx, after)
    await queries.insert_transitions(tx, after)
    await announce_state(tx, events.WORKFLOW_UPDATED, after, before)
    return after


async def checked_transitions(tx: Transaction, project: Project, wanted: list[Transition]) -> list[Transition]:
    """The transitions with the keys of their roles, in the order in which they are read again."""
    keys = {None, *(state.key for state in await states.list_states(tx, project))}
    known = await role_queries.list_roles(tx, project.workspace_id)
    roles = {name: role.key for role in known for name in (role.id, role.key)}
    places = [role.key for role in known]
    errors = [error for place, one in enumerate(wanted) for error in _errors(place, one, (keys, set(roles)))]
    pairs = [(one.from_key, one.to_key) for one in wanted]
    errors += [
        FieldError(f"/transitions/{place}", "This transition is there twice.")
        for place, pair in enumerate(pairs)
        if pair in pairs[:place]
    ]
    if errors:
        raise InvalidInput(errors[0].detail, errors=errors)
    named = [
        msgspec.structs.replace(one, roles=sorted({roles[name] for name in one.roles}, key=places.index))
        for one in wanted
    ]
    return sorted(named, key=lambda one: (one.from_key or "", one.to_key))


def _errors(place: int, one: Transition, known: tuple[set[str | None], set[str]]) -> list[FieldError]:
    keys, roles = known
    at = f"/transitions/{place}"
    ends = {"from": one.from_key, "to": one.to_key}
    wrong = [
        FieldError(f"{at}/{end}", "The project has no such state.") for end, key in ends.items() if key not in keys
    ]
    if one.from_key == one.to_key:
        wrong.append(FieldError(at, "A transition leads to another state."))
    return wrong + [
        FieldError(f"{at}/roles/{n}", "The workspace has no role of this name.")
        for n, name in enumerate(one.roles)
        if name not in roles
    ]
