"""Which events are told to people because a single task was given to them, whatever they see of its project."""

from taskyard.contracts.access import PERSON
from taskyard.kit.database import Statements
from taskyard.notification.models.events import Place

_ON_A_TASK = """ARRAY['comment', 'checklist_item', 'reaction', 'time_entry', 'attachment',
                                                         'watch', 'reminder', 'notification']"""
TASK_OF_EVENT = f"""CASE WHEN e.type LIKE 'task.%' THEN e.resource_id
              WHEN split_part(e.type, '.', 1) = ANY({_ON_A_TASK}) THEN (e.data ->> 'task_id')::uuid END"""
"""The task that an event ``e`` is about, as far as who was given it alone may read of that:
no relations, which are about another task too, and no grants, which are about other people."""

_BY_GRANT = """
      FROM project.subjects_v2 gs
      JOIN task.grants_v2 g ON g.workspace_id = gs.workspace_id AND g.person_id = gs.subject_id
      JOIN project.projects_v1 gp ON gp.workspace_id = g.workspace_id AND gp.project_id = g.project_id
"""
GRANTED = f"SELECT g.workspace_id, g.project_id, g.task_id {_BY_GRANT} WHERE gs.access_id = {{who}}::uuid"
"""The tasks that a person was given, with where they are now. Format with the number of the parameter ``who``."""

TOLD_BY_GRANT = f"""EXISTS (SELECT 1 {_BY_GRANT}
             WHERE gs.workspace_id = e.workspace_id AND gs.access_id = {{who}} AND g.project_id = e.project_id
               AND g.task_id = {TASK_OF_EVENT})"""
"""Whether somebody was given the task that an event ``e`` is about."""

_HOLDINGS = f"""
    SELECT DISTINCT a.access_id::text, g.workspace_id::text
      FROM unnest($1::uuid[]) AS a (access_id)
      JOIN task.grants_v1 g ON g.person_id = {PERSON.format(who="a.access_id")}
"""
Holding = tuple[str, str]
"""Somebody, by access id, and a workspace in which a task was given to them."""


async def find_head_and_holdings(db: Statements, access_ids: list[str]) -> tuple[Place, list[Holding]]:
    """Where the log ends, and in which workspaces some people were given tasks by then."""
    rows = await db.fetch(
        f"SELECT h.epoch, h.last_position, g.* FROM log.head_v1 h LEFT JOIN ({_HOLDINGS}) g ON true", access_ids
    )
    return Place(*rows[0][:2]), [(row[2], row[3]) for row in rows if row[2] is not None]


async def list_holdings(db: Statements, access_ids: list[str]) -> list[Holding]:
    """In which workspaces some people were given tasks, whether they still belong there or not."""
    return [(row[0], row[1]) for row in await db.fetch(_HOLDINGS, access_ids)]


async def list_told(db: Statements, positions: list[int], access_ids: list[str]) -> list[tuple[int, str]]:
    """Which of some people may see which of some events for a task that was given to them, as pairs."""
    rows = await db.fetch(
        f"""
        WITH happened AS MATERIALIZED (
            SELECT e.position, e.workspace_id, e.project_id, {TASK_OF_EVENT} AS task_id
              FROM log.events_v1 e WHERE e.position = ANY($1::bigint[])
        ), held AS MATERIALIZED (
            SELECT h.position, g.workspace_id, g.person_id
              FROM happened h
              JOIN task.grants_v2 g ON g.workspace_id = h.workspace_id AND g.project_id = h.project_id
                                   AND g.task_id = h.task_id
              JOIN project.projects_v1 p ON p.workspace_id = g.workspace_id AND p.project_id = g.project_id
        )
        SELECT h.position, s.access_id::text
          FROM unnest($2::uuid[]) AS a (access_id)
          JOIN held h ON h.person_id = {PERSON.format(who="a.access_id")}
          JOIN project.subjects_v2 s ON s.access_id = a.access_id AND s.workspace_id = h.workspace_id
                                    AND s.subject_id = h.person_id
        """,
        positions,
        access_ids,
    )
    return [(row[0], row[1]) for row in rows]
