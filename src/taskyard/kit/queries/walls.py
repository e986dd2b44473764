"""The statement by which a transaction goes behind the second wall: row-level security of one workspace."""

from taskyard.kit.database import Statements


async def see_only(tx: Statements, workspace_id: str) -> None:
    """Let the rest of a transaction see the rows of one workspace in its service's tables, and no others.

    Whatever its statements ask: the service takes on its bounded role, for which the policies are made.
    """
    await tx.fetch_value(
        """
        SELECT set_config('taskyard.workspace_id', $1, true), set_config('role', current_user || '_bounded', true)
        """,
        workspace_id,
    )
