"""Statements on work on many tasks: what was asked for, which tasks it is about, and what became of each."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec
from asyncpg import Record

from taskyard.contracts.access import PERSON
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.task.models.bulk import BulkOperation
from taskyard.task.models.long_jobs import Duplication, Failure, Item, LongJob, Result, Undertaking, Working

KEY = "long job {}"
"""The key of a job in the queue."""
_KEY = "'" + KEY.format("' || j.id")
_COLUMNS = """
    j.id::text, j.workspace_id::text, j.asked_by::text, j.kind, j.state, j.total, j.changed, j.unchanged, j.refused,
    j.request_id, j.created_at, j.starts_at, j.finished_at, j.expires_at, j.version
"""
_WIDTH = len(LongJob.__struct_fields__)
_SEES_WORKSPACE = """EXISTS (
    SELECT FROM project.subjects_v2 s WHERE s.workspace_id = {row}.workspace_id AND s.access_id = $1::uuid
)"""
_OWN = f"""
    j.id = $3 AND j.asked_by = {PERSON.format(who="$1")} AND j.expires_at > $4 AND {_SEES_WORKSPACE.format(row="j")}
    AND ($2::uuid[] IS NULL OR j.project_ids <@ $2::uuid[])
"""
"""A credential that is limited to projects sees what was asked for within its limit."""


async def sees_workspace(db: Statements, caller: Principal, workspace_id: str) -> bool:
    """Whether the caller belongs to a workspace."""
    sql = f"SELECT {_SEES_WORKSPACE.format(row='w')} FROM project.workspaces_v1 w WHERE w.workspace_id = $2"
    return bool(await db.fetch_value(sql, caller.access_id, workspace_id))


async def insert_job(tx: Statements, asked: Undertaking) -> None:
    """Remember what was asked for."""
    job = asked.job
    await tx.execute(
        """
        -- tenant: that the caller belongs to the workspace was found before
        INSERT INTO long_jobs (workspace_id, id, asked_by, project_ids, kind, operation, state, request_id, created_at,
                               starts_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11)
        """,
        job.workspace_id,
        job.id,
        job.asked_by,
        asked.project_ids,
        job.kind,
        None if asked.operation is None else msgspec.json.encode(asked.operation).decode(),
        job.state,
        job.request_id,
        job.created_at,
        job.starts_at,
        job.expires_at,
    )


async def insert_changes(tx: Statements, job: LongJob, changes: Sequence[tuple[int, str]]) -> None:
    """Write down the changes that a job undoes, by their numbers and the tasks they are of, in this order."""
    await tx.execute(
        """
        -- tenant: the changes were found as the caller's own
        INSERT INTO long_job_items (workspace_id, job_id, place, task_id, change_id)
        SELECT $1, $2, c.place, c.task_id, c.id
          FROM unnest($3::bigint[], $4::uuid[]) WITH ORDINALITY AS c (id, task_id, place)
        """,
        job.workspace_id,
        job.id,
        [change_id for change_id, _ in changes],
        [task_id for _, task_id in changes],
    )


async def store_total(tx: Statements, job: LongJob, total: int) -> LongJob:
    """Say how many tasks a new job is about."""
    row = await tx.fetch_row(
        f"""
        -- tenant: the job was made in this transaction
        UPDATE long_jobs j SET total = $3 WHERE j.workspace_id = $1 AND j.id = $2 RETURNING {_COLUMNS}
        """,
        job.workspace_id,
        job.id,
        total,
    )
    if row is None:
        raise LookupError("the job was not made before it was filled")
    return LongJob(*row)


async def count_under_way(db: Statements, person_id: str) -> int:
    """How many jobs of a person are not over."""
    count: int = await db.fetch_value(
        """
        -- tenant: one's own in all workspaces
        SELECT count(*) FROM long_jobs WHERE asked_by = $1 AND finished_at IS NULL
        """,  # by long_jobs_under_way
        person_id,
    )
    return count


async def is_under_way(db: Statements, person_id: str, request_id: str) -> bool:
    """Whether a job of a person still makes changes that bear a request's id."""
    return bool(
        await db.fetch_value(
            """
            -- tenant: one's own in all workspaces
            SELECT EXISTS (SELECT FROM long_jobs
                            WHERE asked_by = $1 AND request_id = $2 AND finished_at IS NULL AND kind <> 'revert')
            """,  # by long_jobs_under_way
            person_id,
            request_id,
        )
    )


async def find_job(db: Statements, caller: Principal, job_id: str, at: datetime) -> LongJob | None:
    """A job of the caller's own, in a workspace they belong to."""
    row = await db.fetch_row(
        f"""
        -- tenant: for who asked for it, as long as they belong to the workspace
        SELECT {_COLUMNS} FROM long_jobs j WHERE {_OWN}
        """,  # by long_jobs_by_id
        caller.access_id,
        caller.project_ids,
        job_id,
        at,
    )
    return None if row is None else LongJob(*row)


async def list_failures(db: Statements, job: LongJob, after: int, limit: int) -> list[Failure]:
    """Tasks that were refused what was to be done to them, after a place."""
    rows = await db.fetch(
        """
        -- tenant: the job was found as the caller's own by find_job
        SELECT place, task_id::text, code, detail FROM long_job_items
         WHERE workspace_id = $1 AND job_id = $2 AND outcome = 'refused' AND place > $3 ORDER BY place LIMIT $4
        """,  # by long_job_items_refused
        job.workspace_id,
        job.id,
        after,
        limit,
    )
    return [Failure(*row) for row in rows]


async def lock_job(tx: Statements, named: Working, at: datetime) -> Undertaking | None:
    """A job that is not over, unless nobody wants it any more: nobody else works on it until the transaction ends."""
    row = await tx.fetch_row(
        f"""
        -- tenant: for a job; each task that it changes is asked of the access relation by its change
        SELECT {_COLUMNS}, j.project_ids::text[], j.operation::text FROM long_jobs j
         WHERE j.workspace_id = $1 AND j.id = $2 AND j.finished_at IS NULL AND j.expires_at > $3 FOR UPDATE
        """,
        named.workspace_id,
        named.job_id,
        at,
    )
    return None if row is None else _undertaking(row)


async def list_items_to_do(tx: Statements, job: LongJob, limit: int) -> list[Item]:
    """The next tasks of which nothing has become yet."""
    rows = await tx.fetch(
        """
        -- tenant: the job was locked by lock_job
        SELECT place, task_id::text, change_id FROM long_job_items
         WHERE workspace_id = $1 AND job_id = $2 AND outcome IS NULL ORDER BY place LIMIT $3
        """,  # by long_job_items_to_do
        job.workspace_id,
        job.id,
        limit,
    )
    return [Item(*row) for row in rows]


async def store_results(tx: Statements, job: LongJob, results: Sequence[Result]) -> None:
    """Say what became of tasks, and how far the job is."""
    kinds = Counter(one.outcome for one in results)
    await tx.execute(
        """
        -- tenant: the job was locked by lock_job
        WITH told AS (
            UPDATE long_job_items i SET outcome = o.outcome, code = o.code, detail = o.detail
              FROM unnest($3::integer[], $4::text[], $5::text[], $6::text[]) AS o (place, outcome, code, detail)
             WHERE i.workspace_id = $1 AND i.job_id = $2 AND i.place = o.place
        )
        UPDATE long_jobs SET state = 'running', changed = changed + $7, unchanged = unchanged + $8,
                             refused = refused + $9, version = version + 1
         WHERE workspace_id = $1 AND id = $2
        """,
        job.workspace_id,
        job.id,
        [one.place for one in results],
        [one.outcome for one in results],
        [one.code for one in results],
        [one.detail for one in results],
        kinds["changed"],
        kinds["unchanged"],
        kinds["refused"],
    )


async def end_job(tx: Statements, named: Working, state: str, at: datetime) -> LongJob | None:
    """Say that a job is over; None where it was before."""
    row = await tx.fetch_row(
        f"""
        -- tenant: the job was found by who asked for it, or is ended by its work
        UPDATE long_jobs j SET state = $3, finished_at = $4, version = j.version + 1
         WHERE j.workspace_id = $1 AND j.id = $2 AND j.finished_at IS NULL
        RETURNING {_COLUMNS}
        """,
        named.workspace_id,
        named.job_id,
        state,
        at,
    )
    return None if row is None else LongJob(*row)


async def list_given_up(db: Statements, limit: int) -> list[Working]:
    """Jobs that are not over although every attempt at them failed."""
    rows = await db.fetch(
        f"""
        -- tenant: of all tenants, for who looks after the jobs
        SELECT j.workspace_id::text, j.id::text FROM long_jobs j JOIN jobs q ON q.unique_key = {_KEY}
         WHERE j.finished_at IS NULL AND q.state = 'failed' ORDER BY j.id LIMIT $1
        """,
        limit,
    )
    return [Working(*row) for row in rows]


async def delete_expired_jobs(db: Statements, at: datetime) -> None:
    """Forget jobs, and what became of which task; the changes they made stay."""
    await db.execute("-- tenant: of all tenants, by age\nDELETE FROM long_jobs WHERE expires_at <= $1", at)


def _undertaking(row: Record) -> Undertaking:
    limit, operation = row[_WIDTH], row[_WIDTH + 1]
    return Undertaking(
        LongJob(*row[:_WIDTH]),
        None if limit is None else frozenset(limit),
        None if operation is None else msgspec.json.decode(operation, type=BulkOperation | Duplication),
    )
