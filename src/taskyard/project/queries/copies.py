"""Statements on copies of projects whose tasks are not all made yet."""

from datetime import datetime

from taskyard.contracts.project_copies import ProjectCopied
from taskyard.kit.database import Statements


async def delete_finished_copies(tx: Statements, workspace_id: str, before: datetime) -> None:
    """Forget the copies of a workspace whose jobs are over, and those so old that their jobs are forgotten too."""
    await tx.execute(
        """
        -- tenant: the workspace was locked with the caller's permissions
        DELETE FROM copies c
         WHERE c.workspace_id = $1
           AND (c.created_at < $2 OR EXISTS (SELECT FROM task.copies_v1 j WHERE j.workspace_id = c.workspace_id
                                                AND j.job_id = c.job_id AND j.finished_at IS NOT NULL))
        """,
        workspace_id,
        before,
    )


async def insert_copy(tx: Statements, copied: ProjectCopied, at: datetime, most: int) -> bool:
    """Note that the tasks of a project are being copied; False where a workspace has so many of these already."""
    tag = await tx.execute(
        """
        -- tenant: the workspace was locked with the caller's permissions
        INSERT INTO copies (workspace_id, job_id, created_at)
        SELECT $1, $2, $3 WHERE (SELECT count(*) FROM copies WHERE workspace_id = $1) < $4
        """,
        copied.workspace_id,
        copied.job_id,
        at,
        most,
    )
    return tag == "INSERT 0 1"
