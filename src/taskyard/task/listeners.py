"""The event door of the task service: what follows from how projects are arranged, for searches and for reports."""

from collections import defaultdict
from datetime import timedelta

import msgspec

from taskyard.contracts.project import (
    FIELD_DELETED,
    ITERATION_CLOSED,
    ITERATION_DELETED,
    LABEL_DELETED,
    MEMBER_ADDED,
    MEMBER_REMOVED,
    MILESTONE_DELETED,
    SERVICE_ACCOUNT_DELETED,
    STATE_DELETED,
    STATE_UPDATED,
)
from taskyard.contracts.project_copies import PROJECT_COPY_CREATED, ProjectCopied
from taskyard.contracts.task import (
    COMMENT_CREATED,
    COMMENT_DELETED,
    COMMENT_UPDATED,
    TASK_ARCHIVED,
    TASK_CREATED,
    TASK_DELETED,
    TASK_RESTORED,
    TASK_TRANSITIONED,
    TASK_UNARCHIVED,
    TASK_UPDATED,
)
from taskyard.contracts.task_places import TASK_ARRIVED
from taskyard.kit import clock
from taskyard.kit.changelog import Event
from taskyard.kit.consumers import Consumer
from taskyard.kit.database import Transaction
from taskyard.kit.jobs import enqueue
from taskyard.task.actions import progress
from taskyard.task.actions.grants import end_grants_of
from taskyard.task.actions.project_copies import begin_copies
from taskyard.task.models.moves import SETTLE_TASKS, Lane
from taskyard.task.models.terms import FORGET_PART, Forgotten, PartKind
from taskyard.task.queries import search_index

STRAGGLERS_AFTER = timedelta(minutes=1)
"""By then every request has ended that had read the states before they were changed."""

FORGOTTEN: dict[str, PartKind] = {
    LABEL_DELETED: "label",
    FIELD_DELETED: "field",
    MILESTONE_DELETED: "milestone",
    ITERATION_DELETED: "iteration",
    ITERATION_CLOSED: "closed_iteration",
}
"""What is taken from tasks after which event."""


ENDING = (MEMBER_REMOVED, SERVICE_ACCOUNT_DELETED, MEMBER_ADDED)
"""After which events somebody's grants in a workspace are over; who comes back begins with none."""


class _State(msgspec.Struct, frozen=True):
    """The part of a state's event that says which tasks it is about."""

    workspace_id: str
    project_id: str
    key: str


class _Part(msgspec.Struct, frozen=True):
    """The part of the event of what was given up that says what tasks have of it."""

    workspace_id: str
    project_id: str
    key: str = ""
    moved_to: str | None = None


class _Place(msgspec.Struct, frozen=True):
    """The part of a membership's or a program's event that says where it is, and of a membership whose."""

    workspace_id: str
    user_id: str | None = None


def consumers() -> list[Consumer]:
    """The readers of the change log that this service runs; their names keep their places in the log."""
    of_states = frozenset({STATE_DELETED, STATE_UPDATED})
    return [
        Consumer(name="follow_states", handle=follow_state, types=of_states, gather=1.0),
        Consumer(name="forget_parts", handle=forget, types=frozenset(FORGOTTEN), gather=1.0),
        Consumer(name="end_grants", handle=end_grants, types=frozenset(ENDING), gather=1.0),
        Consumer(name="copy_projects", handle=copy_tasks, types=frozenset({PROJECT_COPY_CREATED})),
        Consumer(name=search_index.CONSUMER, handle_span=index_for_search, gather=0.2),
        Consumer(name=progress.CONSUMER, handle_span=progress.follow_progress, gather=1.0),
    ]


async def follow_state(tx: Transaction, event: Event) -> None:
    """Let the tasks of a state that was given up, or got another category, follow: now, and stragglers later."""
    if event.type == STATE_UPDATED and "category" not in event.changes:
        return
    state = msgspec.json.decode(event.data, type=_State)
    lane = Lane(state.workspace_id, state.project_id, state.key)
    await _enqueue_twice(tx, SETTLE_TASKS, lane)


async def forget(tx: Transaction, event: Event) -> None:
    """Take what was given up, or is over, from the tasks that have it."""
    part = msgspec.json.decode(event.data, type=_Part)
    name = part.key or event.resource_id
    forgotten = Forgotten(part.workspace_id, part.project_id, FORGOTTEN[event.type], name, part.moved_to)
    await _enqueue_twice(tx, FORGET_PART, forgotten)


async def end_grants(tx: Transaction, event: Event) -> None:
    """Forget what somebody was given before they left a workspace, or came into it anew."""
    place = msgspec.json.decode(event.data, type=_Place)
    await end_grants_of(tx, place.workspace_id, place.user_id or event.resource_id, event.at)


async def copy_tasks(tx: Transaction, event: Event) -> None:
    """Let the tasks of a project be made in another that was made like it."""
    await begin_copies(tx, msgspec.json.decode(event.data, type=ProjectCopied))


async def index_for_search(tx: Transaction, after: int, until: int) -> None:
    """Keep the index of words. Events only say where to look: what is taken in is what is there by now."""
    changed = defaultdict[str, list[str]](list)
    for kind, resource_id in await search_index.list_changed(tx, after, until):
        changed[kind].append(resource_id)
    if gone := changed[TASK_DELETED]:
        await search_index.forget_tasks(tx, gone)
    if gone := changed[COMMENT_DELETED]:
        await search_index.forget_comments(tx, gone)
    moved = [*changed[TASK_RESTORED], *changed[TASK_ARCHIVED], *changed[TASK_UNARCHIVED], *changed[TASK_ARRIVED]]
    if tasks := [*changed[TASK_CREATED], *changed[TASK_UPDATED], *changed[TASK_TRANSITIONED], *moved]:
        await search_index.index_tasks(tx, tasks)
    if comments := [*changed[COMMENT_CREATED], *changed[COMMENT_UPDATED]]:
        await search_index.index_comments(tx, comments)
    if moved:
        await search_index.index_comments_of_tasks(tx, moved)


async def _enqueue_twice(tx: Transaction, kind: str, payload: msgspec.Struct) -> None:
    """Now, and once more for stragglers."""
    for due_at in (clock.now(), clock.now() + STRAGGLERS_AFTER):
        await enqueue(tx, kind, payload, due_at=due_at)
