"""Milestones and iterations: what a team plans its tasks by."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.kit.ids import Id

PlanName = Annotated[str, Meta(min_length=1, max_length=100)]
PlanText = Annotated[str, Meta(max_length=10_000, description="Markdown.")]
IterationState = Literal["planned", "active", "closed"]


class NewMilestone(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A milestone to be made."""

    name: PlanName
    description: PlanText = ""
    due_on: date | None = None


class MilestonePatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a milestone."""

    name: PlanName | UnsetType = UNSET
    description: PlanText | UnsetType = UNSET
    due_on: date | UnsetType | None = UNSET
    is_closed: bool | UnsetType = UNSET


class Milestone(msgspec.Struct, frozen=True):
    """What tasks of a project lead to."""

    id: str
    workspace_id: str
    project_id: str
    name: str
    description: str
    due_on: date | None
    is_closed: bool
    created_at: datetime
    updated_at: datetime
    version: int


class NewIteration(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An iteration to be planned."""

    name: PlanName
    starts_on: date
    ends_on: date
    goal: PlanText = ""


class IterationPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about an iteration; its state by `start` and `close`."""

    name: PlanName | UnsetType = UNSET
    starts_on: date | UnsetType = UNSET
    ends_on: date | UnsetType = UNSET
    goal: PlanText | UnsetType = UNSET


class Closing(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where the open tasks of an iteration go: to another one, with null to none, otherwise to the next planned one."""

    move_open_to: Id | UnsetType | None = UNSET


class Iteration(msgspec.Struct, frozen=True):
    """A stretch of time in which tasks of a project are done."""

    id: str
    workspace_id: str
    project_id: str
    name: str
    goal: str
    starts_on: date
    ends_on: date
    state: IterationState
    started_at: datetime | None
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class ClosedIteration(Iteration, frozen=True):
    """An iteration that is over, with the one its open tasks go to."""

    moved_to: str | None
