"""What comes from elsewhere, as exports tell of it, where that is more than is asked of a new thing."""

from datetime import date, datetime

import msgspec

from taskyard.kit.ids import Id
from taskyard.project.models.plans import IterationState, PlanName, PlanText
from taskyard.project.models.projects import Description, Key, Visibility
from taskyard.project.models.workspaces import Name


class ArrivingProject(msgspec.Struct, kw_only=True, frozen=True):
    """A project; who made and leads it are people of the workspace here."""

    key: Key
    name: Name
    description: Description
    visibility: Visibility
    lead_id: Id | None
    created_by: Id
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class ArrivingMilestone(msgspec.Struct, kw_only=True, frozen=True):
    """A milestone, closed or not."""

    name: PlanName
    description: PlanText
    due_on: date | None
    is_closed: bool


class ArrivingIteration(msgspec.Struct, kw_only=True, frozen=True):
    """An iteration, whatever became of it."""

    name: PlanName
    goal: PlanText
    starts_on: date
    ends_on: date
    state: IterationState
    started_at: datetime | None
    closed_at: datetime | None
