"""Statements that keep what reports are read from. They run for all tenants; who reads asks the access relation."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from taskyard.contracts.task import (
    TASK_ARCHIVED,
    TASK_CREATED,
    TASK_DELETED,
    TASK_RESTORED,
    TASK_TRANSITIONED,
    TASK_UNARCHIVED,
    TASK_UPDATED,
)
from taskyard.contracts.task_places import TASK_ARRIVED
from taskyard.kit.database import Statements
from taskyard.task.models.progress import Amount, Entry, Series, Standing, Tally

_ALWAYS = [TASK_CREATED, TASK_TRANSITIONED, TASK_DELETED, TASK_RESTORED, TASK_ARCHIVED, TASK_UNARCHIVED, TASK_ARRIVED]
_FIELDS = ["project_id", "status", "iteration_id", "assignee_ids", "estimate", "completed_at"]
"""The fields of a task whose change changes a count."""


async def list_steps(tx: Statements, after: int, until: int) -> list[tuple[datetime, Standing]]:
    """What tasks became by the events of a span of the log, in their order, and when.

    Work that was put aside before it was done is not there any more; what was done stays done.
    """
    rows = await tx.fetch(
        """
        SELECT at, workspace_id::text, resource_id::text, project_id::text, version, data ->> 'status',
               data ->> 'iteration_id', ARRAY(SELECT jsonb_array_elements_text(data -> 'assignee_ids')),
               (data ->> 'estimate')::numeric(10, 2), (data ->> 'created_at')::timestamptz,
               (data ->> 'completed_at')::timestamptz,
               type <> $6 AND (data ->> 'archived_at' IS NULL OR data ->> 'completed_at' IS NOT NULL)
          FROM log.events_v1
         WHERE position > $1 AND position <= $2 AND (type = ANY($3) OR type = $4 AND changes ?| $5)
           AND data ? 'status'
         ORDER BY position
        """,
        after,
        until,
        _ALWAYS,
        TASK_UPDATED,
        _FIELDS,
        TASK_DELETED,
    )
    return [(row[0], Standing(*row[1:])) for row in rows]


async def list_standings(tx: Statements, steps: Sequence[Standing]) -> list[Standing]:
    """Where the tasks of some steps stood before."""
    rows = await tx.fetch(
        """
        -- tenant: kept for all tenants; a report asks the access relation
        SELECT s.workspace_id::text, s.task_id::text, s.project_id::text, s.version, s.status, s.iteration_id::text,
               s.assignee_ids::text[], s.estimate, s.created_at, s.completed_at, s.is_present
          FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[])) AS k (workspace_id, task_id)
          JOIN standings s ON s.workspace_id = k.workspace_id AND s.task_id = k.task_id
        """,
        [step.workspace_id for step in steps],
        [step.task_id for step in steps],
    )
    return [Standing(*row) for row in rows]


async def store_standings(tx: Statements, standings: Sequence[Standing]) -> None:
    """Remember where tasks stand now."""
    await tx.execute(
        """
        -- tenant: kept for all tenants; a report asks the access relation
        INSERT INTO standings SELECT * FROM json_populate_recordset(NULL::standings, $1::json)
        ON CONFLICT (workspace_id, task_id) DO UPDATE
           SET project_id = excluded.project_id, version = excluded.version, status = excluded.status,
               iteration_id = excluded.iteration_id, assignee_ids = excluded.assignee_ids,
               estimate = excluded.estimate, completed_at = excluded.completed_at, is_present = excluded.is_present
        """,
        _json(standings),
    )


async def insert_entries(tx: Statements, entries: Sequence[Entry]) -> None:
    """Remember when tasks first were in a state."""
    await tx.execute(
        """
        -- tenant: kept for all tenants; a report asks the access relation
        INSERT INTO first_entries SELECT * FROM json_populate_recordset(NULL::first_entries, $1::json)
        ON CONFLICT (workspace_id, task_id, status) DO NOTHING
        """,
        _json(entries),
    )


async def list_amounts(
    tx: Statements, series: Sequence[Series], since: Sequence[datetime]
) -> list[tuple[int, datetime, Amount]]:
    """What each series was right before an instant of its own, if anything, and all it became since, in that order."""
    rows = await tx.fetch(
        """
        -- tenant: kept for all tenants; a report asks the access relation
        SELECT k.n::integer - 1, p.at, p.tasks, p.estimate
          FROM ROWS FROM (json_populate_recordset(NULL::tallied, $1::json), unnest($2::timestamptz[]))
               WITH ORDINALITY AS k (workspace_id, project_id, scope, scope_id, status, is_completed, since, n)
         CROSS JOIN LATERAL (
            (SELECT at, tasks, estimate FROM tallies t
              WHERE t.workspace_id = k.workspace_id AND t.project_id = k.project_id AND t.scope_id = k.scope_id
                AND t.status = k.status AND t.is_completed = k.is_completed AND t.at < k.since
              ORDER BY t.at DESC LIMIT 1)
            UNION ALL
            (SELECT at, tasks, estimate FROM tallies t
              WHERE t.workspace_id = k.workspace_id AND t.project_id = k.project_id AND t.scope_id = k.scope_id
                AND t.status = k.status AND t.is_completed = k.is_completed AND t.at >= k.since)
         ) p
         ORDER BY k.n, p.at
        """,
        _json(series),
        since,
    )
    return [(row[0], row[1], Amount(row[2], row[3])) for row in rows]


async def insert_series(tx: Statements, series: Sequence[Series]) -> None:
    """Remember that there is something to count."""
    await tx.execute(
        """
        -- tenant: kept for all tenants; a report asks the access relation
        INSERT INTO tallied SELECT * FROM json_populate_recordset(NULL::tallied, $1::json)
        ON CONFLICT DO NOTHING
        """,
        _json(series),
    )


async def store_tallies(tx: Statements, tallies: Sequence[Tally]) -> None:
    """Remember how many tasks there are from some instants on."""
    await tx.execute(
        """
        -- tenant: kept for all tenants; a report asks the access relation
        INSERT INTO tallies SELECT * FROM json_populate_recordset(NULL::tallies, $1::json)
        ON CONFLICT (workspace_id, project_id, scope_id, status, is_completed, at) DO UPDATE
           SET tasks = excluded.tasks, estimate = excluded.estimate
        """,
        _json(tallies),
    )


def _json(rows: Sequence[msgspec.Struct]) -> str:
    """Rows as one parameter; their fields are the columns of the table."""
    return msgspec.json.encode(rows).decode()
