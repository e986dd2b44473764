"""What hangs on tasks that come from elsewhere: relations, steps, comments, reactions and time."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from taskyard.contracts import task as events
from taskyard.contracts.task import (
    ChecklistItemSnapshot,
    CommentSnapshot,
    ReactionSnapshot,
    RelationSnapshot,
    TimeEntrySnapshot,
)
from taskyard.kit.changelog import Change, announce
from taskyard.kit.database import Transaction
from taskyard.kit.principal import Principal
from taskyard.kit.problems import invalid
from taskyard.kit.ranks import is_rank
from taskyard.kit.text import clean_line, clean_text
from taskyard.task.actions.comments import clean_body
from taskyard.task.actions.fields import in_utc
from taskyard.task.actions.mentions import mentioned_in
from taskyard.task.actions.reactions import require_emoji
from taskyard.task.actions.relations import announce_ends, require_no_circle
from taskyard.task.models.tasks import LONGEST_TITLE
from taskyard.task.models.time_entries import LONGEST_NOTE, MOST_SECONDS
from taskyard.task.queries import arrivals as queries
from taskyard.task.queries.graph import lock_graph

Part = RelationSnapshot | ChecklistItemSnapshot | CommentSnapshot | ReactionSnapshot | TimeEntrySnapshot
S = TypeVar("S", bound=Part)
Insert = Callable[[Transaction, Principal, S], Awaitable[bool]]
_INSTANTS = ("created_at", "updated_at", "edited_at", "started_at")
_NAMED = ("task_id", "target_id", "comment_id", "reply_to")


def arriving_part(kind: str, data: dict[str, object], known: dict[str, str]) -> Part:
    """What is told of, by the rules that hold for a new one; ``known`` has the project of each thing there is to name.

    Raises InvalidInput.
    """
    part = _READERS[kind](data)
    for name in _NAMED:
        named = getattr(part, name, None)
        if named is not None and named not in known:
            raise invalid(f"/{name}", "What it belongs to is not here.")
    instants = {name: in_utc(f"/{name}", at) for name in _INSTANTS if (at := getattr(part, name, None)) is not None}
    return msgspec.structs.replace(part, **instants)


async def insert_part(tx: Transaction, caller: Principal, part: Part, known: dict[str, str]) -> bool:
    """Store and announce something; False where it cannot be there. Raises CircularTasks for what waits for itself."""
    if isinstance(part, RelationSnapshot):
        return await _insert_relation(tx, caller, part, known)
    if isinstance(part, ChecklistItemSnapshot):
        is_stored, event = await queries.insert_item(tx, caller, part), events.CHECKLIST_ITEM_CREATED
    elif isinstance(part, CommentSnapshot):
        is_stored, event = await queries.insert_comment(tx, caller, part), events.COMMENT_CREATED
    elif isinstance(part, ReactionSnapshot):
        is_stored, event = await queries.insert_reaction(tx, caller, part), events.REACTION_CREATED
    else:
        is_stored, event = await queries.insert_entry(tx, caller, part), events.TIME_ENTRY_CREATED
    if is_stored:
        await announce(tx, _change(event, part))
    return is_stored


async def _insert_relation(tx: Transaction, caller: Principal, one: RelationSnapshot, known: dict[str, str]) -> bool:
    await lock_graph(tx, one.workspace_id)
    await require_no_circle(tx, caller, one)
    is_stored = await queries.insert_relation(tx, caller, one)
    if is_stored:
        await announce_ends(tx, events.RELATION_CREATED, one, known[one.target_id])
    return is_stored


def _relation(data: dict[str, object]) -> RelationSnapshot:
    told = _told(data, RelationSnapshot)
    if told.task_id == told.target_id:
        raise invalid("/target_id", "A task is not related to itself.")
    return told


def _item(data: dict[str, object]) -> ChecklistItemSnapshot:
    told = _told(data, ChecklistItemSnapshot)
    if not is_rank(told.rank):
        raise invalid("/rank", "This is no rank.")
    title = clean_line("/title", told.title)
    if len(title) > LONGEST_TITLE:
        raise invalid("/title", f"At most {LONGEST_TITLE} characters are allowed.")
    return msgspec.structs.replace(told, title=title)


def _comment(data: dict[str, object]) -> CommentSnapshot:
    told = _told(data, CommentSnapshot)
    body = clean_body(told.body)
    return msgspec.structs.replace(told, body=body, mentioned_ids=mentioned_in(body))


def _reaction(data: dict[str, object]) -> ReactionSnapshot:
    told = _told(data, ReactionSnapshot)
    require_emoji(told.emoji)
    return told


def _time_entry(data: dict[str, object]) -> TimeEntrySnapshot:
    told = _told(data, TimeEntrySnapshot)
    if told.seconds is None or not 0 <= told.seconds <= MOST_SECONDS:
        raise invalid("/seconds", "Time that was spent has a length, of 31 days at most.")
    if len(told.note) > LONGEST_NOTE:
        raise invalid("/note", f"At most {LONGEST_NOTE} characters are allowed.")
    return msgspec.structs.replace(told, note=clean_text("/note", told.note))


def _told(data: dict[str, object], kind: type[S]) -> S:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise invalid("/data", str(error)) from None


_READERS: dict[str, Callable[[dict[str, object]], Part]] = {
    "relation": _relation,
    "checklist_item": _item,
    "comment": _comment,
    "reaction": _reaction,
    "time_entry": _time_entry,
}


def _change(event: str, part: Part) -> Change:
    return Change(
        type=event,
        resource_id=part.id,
        version=1,
        data=part,
        workspace_id=part.workspace_id,
        project_id=part.project_id,
    )
