"""Statements on the counters that number a project's tasks."""

from taskyard.kit.database import Statements


async def take_numbers(db: Statements, workspace_id: str, project_id: str, count: int) -> int:
    """Take the next ``count`` numbers of a project; the last of them.

    Its COMMIT need not reach the disk: that of the task does, and carries this one along.
    """
    last: int = await db.fetch_value(
        """
        -- tenant: find_place has read the caller's permissions in this project
        WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
        INSERT INTO project_counters AS c (workspace_id, project_id, last_number)
        SELECT $1::uuid, $2::uuid, $3::integer FROM relaxed
        ON CONFLICT (workspace_id, project_id) DO UPDATE SET last_number = c.last_number + excluded.last_number
        RETURNING last_number
        """,
        workspace_id,
        project_id,
        count,
    )
    return last
