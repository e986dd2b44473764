"""Handing projects that come from elsewhere to the service that keeps them."""

from taskyard.contracts.arrivals import Arrival, Arrivals, Destination
from taskyard.kit.database import Cause
from taskyard.kit.problems import Problem, Unavailable
from taskyard.task.actions.landing import Landing
from taskyard.task.models.arrivals import Document
from taskyard.task.models.imports import Outcome, Row


async def arrange(arrivals: Arrivals, landing: Landing, rows: list[tuple[int, Row]], cause: Cause) -> list[Outcome]:
    """Take in a project with all that it is arranged with, or refuse all of it for the same reason."""
    found, notes = landing.found, {place: list[str]() for place, _ in rows}
    try:
        project_id = landing.translation.here("/project_id", rows[0][1].cells["project_id"])
        things = [
            Arrival(row.cells["kind"], landing.id_of(row), landing.told(row, notes[place])) for place, row in rows
        ]
        destination = Destination(
            workspace_id=found.workspace_id,
            project_id=project_id,
            person_id=found.asked_by,
            request_id=cause.request_id,
            is_dry_run=found.is_dry_run,
        )
        arrived = await arrivals.take_project_in(destination=destination, things=things)
    except Unavailable:
        raise
    except Problem as refusal:
        detail = f"The project was not taken in: {refusal.detail}"
        return [Outcome(place, "refused", [detail]) for place, _ in rows]
    landing.see(project_id, [Document(one.kind, one.id, one.data) for one in things])
    kept = {one.id: one for one in arrived}
    outcomes = []
    for (place, _), thing in zip(rows, things, strict=True):
        one = kept[thing.id]
        outcomes.append(Outcome(place, "created" if one.is_new else "present", notes[place] + one.notes))
    return outcomes
