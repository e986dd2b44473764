"""Statements on the change log (schema ``log``)."""

from typing import Any

from taskyard.kit.database import Statements

_EVENT = ("text", "uuid", "uuid", "uuid", "uuid", "integer", "uuid", "text", "text", "timestamptz", "jsonb", "jsonb")


def with_event(written: str, first: int) -> str:
    """CTEs that write an event when the CTE ``written`` has a row, in one statement with the row it is about.

    Its values are parameters from number ``first`` on, in the order of the columns. The event takes its place
    in the log after the row was locked, because it is selected from the row.
    """
    values = ", ".join(f"${number}::{kind}" for number, kind in enumerate(_EVENT, first))
    return f"""
        event AS (
            INSERT INTO log.events (type, workspace_id, project_id, audience_id, resource_id, version,
                                    actor_id, origin, request_id, at, data, changes)
            SELECT {values} FROM {written} RETURNING id
        ), queued AS (
            INSERT INTO log.event_queue (event_id, workspace_id, project_id, audience_id)
            SELECT id, ${first + 1}, ${first + 2}, ${first + 3} FROM event
        )
    """


def with_events(written: str, first: int) -> str:
    """CTEs that write an event for each row of the CTE ``written``, which names what is different between them.

    Its columns are workspace_id, project_id, audience_id, resource_id, version and data; the parameters from number
    ``first`` on are the type, the actor, the origin, the request id and the time.
    """
    return f"""
        event AS (
            INSERT INTO log.events (type, workspace_id, project_id, audience_id, resource_id, version,
                                    actor_id, origin, request_id, at, data, changes)
            SELECT ${first}::text, w.workspace_id, w.project_id, w.audience_id, w.resource_id, w.version,
                   ${first + 1}::uuid, ${first + 2}::text, ${first + 3}::text, ${first + 4}::timestamptz, w.data, '{{}}'
              FROM {written} w RETURNING id, workspace_id, project_id, audience_id
        ), queued AS (
            INSERT INTO log.event_queue (event_id, workspace_id, project_id, audience_id)
            SELECT id, workspace_id, project_id, audience_id FROM event
        )
    """


def with_origin(first: int) -> str:
    """A CTE that keeps the address an event ``with_event`` was caused from, if any: the parameter after its values."""
    address = first + len(_EVENT)
    return f"""
        origin AS (
            INSERT INTO log.event_origins (event_id, address, at)
            SELECT id, ${address}::text, ${first + 9} FROM event WHERE ${address}::text <> ''
        )
    """


_INSERT = f"""
    WITH written AS (SELECT), {with_event("written", 1)}, {with_origin(1)}
    SELECT id FROM event
"""


async def insert_event(tx: Statements, values: tuple[Any, ...], address: str) -> int:
    """Write one event, caused from an address if any, and queue it for its position. Its row is locked already."""
    event_id: int = await tx.fetch_value(_INSERT, *values, address)
    return event_id


async def has_unplaced_events(db: Statements) -> bool:
    """Whether a committed event waits for its position: a look that locks and writes nothing."""
    return bool(await db.fetch_value("SELECT EXISTS (SELECT FROM log.event_queue)"))


async def place_events(db: Statements, limit: int) -> tuple[int, int]:
    """Give the visible unplaced events the next positions, in insert order; how many there were, and the last position.

    An empty queue locks and writes nothing, and where another sequencer holds the head nothing is placed.
    """
    row = await db.fetch_row("SELECT placed, coalesce(last_position, 0) FROM log.place_events($1)", limit)
    return (0, 0) if row is None else (row[0], row[1])


async def find_head(db: Statements) -> tuple[int, int]:
    """The log's epoch and last position."""
    row = await db.fetch_row("SELECT epoch, last_position FROM log.head_v1")
    if row is None:
        raise LookupError("log.head is empty: the database is not migrated")
    return row[0], row[1]
