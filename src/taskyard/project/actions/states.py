"""The states of a project's tasks: made, changed, put in another order, and given up."""

import msgspec
from msgspec import UNSET

from taskyard.contracts import project as events
from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Statements, Transaction
from taskyard.kit.etags import require_version
from taskyard.kit.ids import new_id
from taskyard.kit.principal import Principal
from taskyard.kit.problems import NotFound, invalid
from taskyard.project.actions.announcements import announce_state, next_version
from taskyard.project.actions.projects import find_held
from taskyard.project.actions.workflows import forget_transitions
from taskyard.project.errors import KeyTaken, TooMany
from taskyard.project.models.projects import Project
from taskyard.project.models.states import MOST_STATES, DeletedState, NewState, State, StatePatch, key_from
from taskyard.project.queries import states as queries


async def get_state(db: Statements, project: Project, state_id: str) -> State:
    """A state of a project that the caller was let into. Raises NotFound."""
    return _one_of(await queries.list_states(db, project), state_id)


async def create_state(tx: Transaction, caller: Principal, project_id: str, new: NewState) -> State:
    """A new state. Raises KeyTaken, TooMany, or InvalidInput for a name that gives no key."""
    project, _ = await find_held(tx, caller, project_id, Permission.PROJECT_EDIT, lock=True)
    present = await queries.list_states(tx, project)
    key = new.key or key_from(new.name)
    if not key:
        raise invalid("/key", "No key can be made of this name; give one.")
    if key in {state.key for state in present}:
        raise KeyTaken
    if len(present) >= MOST_STATES:
        raise TooMany(f"A project has at most {MOST_STATES} states.")
    state = State(
        id=new_id(),
        workspace_id=project.workspace_id,
        project_id=project.id,
        key=key,
        name=new.name,
        category=new.category,
        rank=min(new.rank or MOST_STATES, len(present) + 1),
        is_default=new.is_default,
        wip_limit=new.wip_limit,
        enforces_limit=new.enforces_limit,
        version=1,
    )
    await queries.insert_state(tx, state)
    await announce_state(tx, events.STATE_CREATED, state)
    await _store(tx, present, _placed(present, state))
    return state


async def update_state(
    tx: Transaction, caller: Principal, state_of: tuple[str, str], patch: StatePatch, expected: int | None
) -> State:
    """Change a state, named by project and id. Others change with it: by their rank, or no longer the default."""
    project, _ = await find_held(tx, caller, state_of[0], Permission.PROJECT_EDIT, lock=True)
    present = await queries.list_states(tx, project)
    before = _one_of(present, state_of[1])
    require_version(expected, before.version)
    given = {name: getattr(patch, name) for name in patch.__struct_fields__}
    wanted = msgspec.structs.replace(before, **{name: value for name, value in given.items() if value is not UNSET})
    stored = await _store(tx, present, _placed([state for state in present if state.id != before.id], wanted))
    return _one_of(stored, before.id)


async def delete_state(
    tx: Transaction, caller: Principal, state_of: tuple[str, str], moved_to: str, expected: int | None
) -> None:
    """Give a state up; its tasks go to the state with the key ``moved_to``, which takes its place as the default too.

    The tasks follow a moment later, each with its event. Raises InvalidInput when there is no such other state.
    """
    project, _ = await find_held(tx, caller, state_of[0], Permission.PROJECT_EDIT, lock=True)
    present = await queries.list_states(tx, project)
    before = _one_of(present, state_of[1])
    require_version(expected, before.version)
    rest = [state for state in present if state.id != before.id]
    if moved_to not in {state.key for state in rest}:
        raise invalid("/move_to", "The project has no other state with this key.")
    gone = DeletedState(**msgspec.structs.asdict(next_version(before)), moved_to=moved_to)
    await queries.delete_state(tx, gone, moved_to, clock.now())
    await announce(tx, _end_of(gone))
    if before.is_default:
        rest = [msgspec.structs.replace(state, is_default=state.key == moved_to) for state in rest]
    await _store(tx, present, rest)
    await forget_transitions(tx, project, before.key)


def _one_of(states: list[State], state_id: str) -> State:
    for state in states:
        if state.id == state_id:
            return state
    raise NotFound


def _placed(others: list[State], state: State) -> list[State]:
    """All states in their order, with one at the place it wants; where it is the default no other is."""
    if state.is_default:
        others = [msgspec.structs.replace(other, is_default=False) for other in others]
    return [*others[: state.rank - 1], state, *others[state.rank - 1 :]]


async def _store(tx: Transaction, before: list[State], wanted: list[State]) -> list[State]:
    """Number the states by their order, and store and announce those that are different from before."""
    known, stored = {state.id: state for state in before}, []
    for rank, state in enumerate(wanted, 1):
        after, old = msgspec.structs.replace(state, rank=rank), known.get(state.id)
        if old is not None and after != old:
            after = next_version(after)
            await queries.update_state(tx, after)
            await announce_state(tx, events.STATE_UPDATED, after, old)
        stored.append(after)
    return stored


def _end_of(gone: DeletedState) -> Change:
    return Change(
        type=events.STATE_DELETED,
        resource_id=gone.id,
        version=gone.version,
        data=gone,
        workspace_id=gone.workspace_id,
        project_id=gone.project_id,
    )
