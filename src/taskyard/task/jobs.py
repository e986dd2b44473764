"""What the task service does in the background: work that is too long for a request."""

from taskyard.kit.database import Cause, Database
from taskyard.kit.jobs import Job, JobHandler
from taskyard.task.actions.moves import AT_ONCE, settle_tasks
from taskyard.task.models.moves import SETTLE_TASKS, Lane


def handlers(database: Database) -> dict[str, JobHandler]:
    """The jobs of tasks."""

    async def settle(job: Job) -> None:
        lane, cause = job.read(Lane), Cause(origin="automation", request_id=job.request_id)
        moved = AT_ONCE
        while moved == AT_ONCE:
            async with database.transaction(cause) as tx:
                moved = await settle_tasks(tx, lane)

    return {SETTLE_TASKS: settle}
