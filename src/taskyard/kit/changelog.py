"""The change log: one ordered record of every change, written in the transaction of the change.

It feeds history, notifications, real-time streams, webhooks and audit. A service announces a
change inside its transaction, after locking the changed row; the sequencer gives it a position.
"""

from datetime import datetime
from typing import Any

import msgspec

from taskyard.kit import clock
from taskyard.kit.database import Cause, Transaction
from taskyard.kit.queries import changelog as queries

UNREPORTED = frozenset({"version", "updated_at"})


class FieldChange(msgspec.Struct, frozen=True, rename={"before": "from", "after": "to"}):
    """One field before and after."""

    before: Any
    after: Any


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a service announces about one resource.

    ``data`` is the resource after the change; it holds ids, never e-mail addresses, people's names or secrets.
    """

    type: str
    resource_id: str
    version: int
    data: msgspec.Struct
    changes: dict[str, FieldChange] = {}
    workspace_id: str | None = None
    project_id: str | None = None
    audience_id: str | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A change that has its place in the log, as consumers and clients read it."""

    position: int
    type: str
    resource_id: str
    version: int
    workspace_id: str | None
    project_id: str | None
    audience_id: str | None
    actor_id: str | None
    origin: str
    request_id: str
    at: datetime
    data: msgspec.Raw
    changes: dict[str, FieldChange]


def changed_fields(before: msgspec.Struct, after: msgspec.Struct) -> dict[str, FieldChange]:
    """What differs between two states of one resource, bookkeeping fields apart."""
    changes = {}
    for name in after.__struct_fields__:
        if name in UNREPORTED:
            continue
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            changes[name] = FieldChange(old, new)
    return changes


async def announce(tx: Transaction, change: Change) -> None:
    """Write the change into the log, with the actor, origin and request of this transaction."""
    await queries.insert_event(tx, event_values(tx.cause, change), tx.cause.address)
    tx.announced.append(change.type)


async def announce_rows(tx: Transaction, kind: str, sql: str, *values: object) -> int:
    """Run a statement that writes rows ``with_events``, all of one type, and says how many; that number.

    What the events have in common are its parameters after ``values``.
    """
    cause = tx.cause
    said = (kind, cause.actor_id, cause.origin, cause.request_id, clock.now())
    count: int = await tx.fetch_value(sql, *values, *said)
    tx.announced.extend([kind] * count)
    return count


def event_values(cause: Cause, change: Change) -> tuple[object, ...]:
    """The event of a change as the values of its statement, for ``announce`` or for a query ``with_event``."""
    return (
        change.type,
        change.workspace_id,
        change.project_id,
        change.audience_id,
        change.resource_id,
        change.version,
        cause.actor_id,
        cause.origin,
        cause.request_id,
        clock.now(),
        msgspec.json.encode(change.data).decode(),
        msgspec.json.encode(change.changes).decode(),
    )


def event_from(row: Any) -> Event:
    """An event from a row in the column order of ``queries.consumers.list_events_until``."""
    return Event(
        position=row[0],
        workspace_id=row[1],
        project_id=row[2],
        audience_id=row[3],
        type=row[4],
        resource_id=row[5],
        version=row[6],
        actor_id=row[7],
        origin=row[8],
        request_id=row[9],
        at=row[10],
        data=msgspec.Raw(row[11].encode()),
        changes=msgspec.json.decode(row[12], type=dict[str, FieldChange]),
    )
