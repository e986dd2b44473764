"""Statements on the budgets of sign-in attempts."""

from datetime import datetime

from taskyard.kit.database import Statements


async def reserve_attempts(db: Statements, budgets: list[str], allowed: list[int], window_start: datetime) -> list[str]:
    """Take one attempt from each budget that has one left; those it was taken from.

    Parallel callers queue on the rows, in the order of ``budgets``, so that none is overdrawn.
    """
    rows = await db.fetch(
        """
        INSERT INTO login_attempts AS present (budget, window_start, allowed, failed, pending)
        SELECT budget, $3, allowed, 0, 1 FROM unnest($1::text[], $2::integer[]) AS wanted (budget, allowed)
        ON CONFLICT (budget, window_start) DO UPDATE SET pending = present.pending + 1
            WHERE present.failed + present.pending < excluded.allowed
        RETURNING budget
        """,
        budgets,
        allowed,
        window_start,
    )
    return [row[0] for row in rows]


async def is_exhausted(db: Statements, budgets: list[str], window_start: datetime) -> bool:
    """Whether failures alone have used up one of the budgets."""
    return bool(
        await db.fetch_value(
            """
            SELECT EXISTS (SELECT FROM login_attempts
                            WHERE budget = ANY($1::text[]) AND window_start = $2 AND failed >= allowed)
            """,
            budgets,
            window_start,
        )
    )


async def settle_attempts(tx: Statements, budgets: list[str], window_start: datetime, failed: int) -> None:
    """Decide a pending attempt: ``failed`` 1 keeps it counted, 0 gives it back.

    The rows are locked in the order of their names, as reserving does, so that nobody deadlocks.
    """
    await tx.execute(
        """
        UPDATE login_attempts AS present SET pending = present.pending - 1, failed = present.failed + $3
          FROM (SELECT budget FROM login_attempts
                 WHERE budget = ANY($1::text[]) AND window_start = $2 ORDER BY budget FOR UPDATE) AS settled
         WHERE present.budget = settled.budget AND present.window_start = $2
        """,
        budgets,
        window_start,
        failed,
    )


async def delete_attempts_before(db: Statements, instant: datetime) -> None:
    """Forget windows that have passed."""
    await db.execute("DELETE FROM login_attempts WHERE window_start < $1", instant)
