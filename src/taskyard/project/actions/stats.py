"""How a project stands, in numbers."""

from zoneinfo import ZoneInfo

from taskyard.contracts.access import Permission
from taskyard.kit import clock
from taskyard.kit.database import Statements
from taskyard.kit.principal import Principal
from taskyard.project.actions.projects import get_project
from taskyard.project.models.stats import ProjectStats
from taskyard.project.queries import stats as queries

FINISHED = frozenset({"done", "cancelled"})


async def get_stats(db: Statements, caller: Principal, project_id: str, zone: ZoneInfo) -> ProjectStats:
    """Count the tasks of a project, its days in a time zone. Raises NotFound."""
    project = await get_project(db, caller, project_id, Permission.PROJECT_VIEW)
    states = await queries.list_state_counts(db, project, clock.now().astimezone(zone))
    unfinished = [state for state in states if state.category not in FINISHED]
    return ProjectStats(
        project_id=project.id,
        open=sum(state.tasks for state in unfinished),
        completed=sum(state.tasks for state in states) - sum(state.tasks for state in unfinished),
        overdue=sum(state.overdue for state in unfinished),
        unassigned=sum(state.unassigned for state in unfinished),
        open_estimate=sum(state.estimate for state in unfinished),
        states=states,
    )
