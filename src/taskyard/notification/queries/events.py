"""The change log as readers may see it at this moment; each statement decides by the access relation."""

import asyncpg
import msgspec

from taskyard.contracts.access import PERSON, VISIBLE_PROJECTS, Permission
from taskyard.kit.changelog import FieldChange
from taskyard.kit.database import Statements
from taskyard.notification.models.events import EventItem, EventsSeen, LoggedEvent, LogPart, Place, Reader
from taskyard.notification.queries.grants import GRANTED, TASK_OF_EVENT

RARE_EVENTS_WINDOW = 100_000
"""Positions searched at once when types are asked for, or single tasks of a project were given to the reader, so that
rare events do not read the whole log."""

EVENT_COLUMNS = """e.position, e.type, e.resource_id::text, e.workspace_id::text, e.project_id::text, e.version,
       e.actor_id::text, e.at, e.origin, e.data, e.changes, e.audience_id::text"""
_IN_RANGE = """e.position > $3 AND e.position <= (SELECT until FROM reach)
           AND ($4::text[] IS NULL OR e.type = ANY($4::text[]))"""

# Indexes: positions_of_project for projects and workspaces, positions_of_audience for the person.
_SEEN = f"""
    WITH visible AS ({VISIBLE_PROJECTS.format(who="$1", projects="$2")}
    ), granted AS ({GRANTED.format(who="$1")}
           AND ($2::uuid[] IS NULL OR g.project_id = ANY($2::uuid[]))
           AND g.project_id NOT IN (SELECT project_id FROM visible)
    ), reach AS (
        SELECT epoch, last_position,
               CASE WHEN $4::text[] IS NULL AND NOT EXISTS (SELECT FROM granted) THEN last_position
                    ELSE least(last_position, $3::bigint + {RARE_EVENTS_WINDOW}) END AS until
          FROM log.head_v1
    ), workspaces AS (
        SELECT DISTINCT a.workspace_id
          FROM project.subjects_v2 s
          JOIN project.workspace_access_v1 a ON a.subject_id = s.subject_id AND a.workspace_id = s.workspace_id
         WHERE s.access_id = $1 AND a.permissions & {Permission.WORKSPACE_VIEW:d} <> 0 AND $2::uuid[] IS NULL
    ), found AS (
        SELECT of_project.position FROM visible v CROSS JOIN LATERAL (
            SELECT e.position FROM log.events_v1 e
             WHERE e.workspace_id = v.workspace_id AND e.project_id = v.project_id AND e.audience_id IS NULL
               AND {_IN_RANGE} ORDER BY e.position LIMIT $5) of_project
        UNION ALL
        SELECT of_task.position FROM (SELECT DISTINCT workspace_id, project_id FROM granted) g CROSS JOIN LATERAL (
            SELECT e.position FROM log.events_v1 e
             WHERE e.workspace_id = g.workspace_id AND e.project_id = g.project_id AND e.audience_id IS NULL
               AND {TASK_OF_EVENT} IN (SELECT task_id FROM granted) AND {_IN_RANGE}
             ORDER BY e.position LIMIT $5) of_task
        UNION ALL
        SELECT of_workspace.position FROM workspaces w CROSS JOIN LATERAL (
            SELECT e.position FROM log.events_v1 e
             WHERE e.workspace_id = w.workspace_id AND e.project_id IS NULL AND e.audience_id IS NULL
               AND {_IN_RANGE} ORDER BY e.position LIMIT $5) of_workspace
        UNION ALL
        SELECT of_person.position FROM (
            SELECT e.position FROM log.events_v1 e
             WHERE e.audience_id = {PERSON.format(who="$1")} AND {_IN_RANGE}
               AND ((e.project_id IS NULL AND $2::uuid[] IS NULL)
                    OR e.project_id IN (SELECT project_id FROM visible)
                    OR (e.project_id, {TASK_OF_EVENT}) IN (SELECT project_id, task_id FROM granted))
             ORDER BY e.position LIMIT $5) of_person
    )
    SELECT reach.epoch, reach.last_position, reach.until, {EVENT_COLUMNS}
      FROM reach
      LEFT JOIN (SELECT position FROM found ORDER BY position LIMIT $5) next ON true
      LEFT JOIN log.events_v1 e ON e.position = next.position
     ORDER BY e.position
"""


async def list_events_seen(db: Statements, reader: Reader, after: int, limit: int) -> EventsSeen:
    """What a reader may see now after a position, in order, with the head of the same moment."""
    rows = await db.fetch(_SEEN, reader.access_id, _list(reader.project_ids), after, _list(reader.types), limit + 1)
    epoch, head, until = rows[0][0], rows[0][1], rows[0][2]
    items = [event_item_from(row, 3) for row in rows if row[3] is not None]
    if len(items) > limit:
        items = items[:limit]
        until = items[-1].position
    return EventsSeen(Place(epoch, until), Place(epoch, head), items)


async def list_log(db: Statements, after: int, limit: int) -> LogPart:
    """The log after a position, whoever may see it, with the head of the same moment."""
    rows = await db.fetch(
        f"""
        SELECT h.epoch, h.last_position, {EVENT_COLUMNS}
          FROM log.head_v1 h
          LEFT JOIN (SELECT * FROM log.events_v1 WHERE position > $1 ORDER BY position LIMIT $2) e ON true
         ORDER BY e.position
        """,
        after,
        limit,
    )
    events = [LoggedEvent(event_item_from(row, 2), row[13]) for row in rows if row[2] is not None]
    return LogPart(Place(rows[0][0], rows[0][1]), events)


def event_item_from(row: asyncpg.Record, start: int) -> EventItem:
    """The event whose ``EVENT_COLUMNS`` begin at ``start``."""
    *plain, body, changes = row[start : start + 11]
    return EventItem(*[*plain, msgspec.Raw(body.encode()), msgspec.json.decode(changes, type=dict[str, FieldChange])])


def _list(values: frozenset[str] | None) -> list[str] | None:
    return None if values is None else list(values)
