"""What the task service does in the background: work that is too long for a request."""

from taskyard.kit.database import Cause, Database
from taskyard.kit.jobs import Job, JobHandler
from taskyard.task.actions.moves import AT_ONCE, settle_tasks
from taskyard.task.actions.reminders import remind as tell_reminder
from taskyard.task.models.moves import SETTLE_TASKS, Lane
from taskyard.task.models.reminders import REMIND, Reminding


def handlers(database: Database) -> dict[str, JobHandler]:
    """The jobs of tasks."""

    async def settle(job: Job) -> None:
        lane, cause = job.read(Lane), Cause(origin="automation", request_id=job.request_id)
        moved = AT_ONCE
        while moved == AT_ONCE:
            async with database.transaction(cause) as tx:
                moved = await settle_tasks(tx, lane)

    async def remind(job: Job) -> None:
        async with job.completing() as tx:
            await tell_reminder(tx, job.read(Reminding))

    return {SETTLE_TASKS: settle, REMIND: remind}
