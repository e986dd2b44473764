"""Work on many tasks that somebody asked for: longer than a request, and done one task after the other."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from taskyard.contracts.task_jobs import JobSnapshot
from taskyard.kit.principal import Principal, acting_for
from taskyard.task.models.bulk import BulkOperation

WORK = "work_on_tasks"
TEND_JOBS = "tend_long_jobs"
MOST_ATTEMPTS = 100
"""Each attempt that was ended early got further."""
MOST_JOBS = 10
"""How many of one person may be under way."""

Outcome = Literal["changed", "unchanged", "refused"]


class LongJob(JobSnapshot, frozen=True):
    """Work on many tasks as the person sees it who asked for it.

    Of ``total`` tasks, or changes that are undone, it says how many were changed, were so already, or were refused.
    """


class Failure(msgspec.Struct, frozen=True):
    """A task that was refused what was to be done to it, and the code of the problem."""

    place: Annotated[int, Meta(description="In the order in which the tasks are worked on.")]
    task_id: str
    code: str
    detail: str


class Item(msgspec.Struct, frozen=True):
    """One task of the work, or one change of it that is to be undone."""

    place: int
    task_id: str
    change_id: int | None


class Result(msgspec.Struct, frozen=True):
    """What became of an item."""

    place: int
    outcome: Outcome
    code: str | None = None
    detail: str | None = None


class Working(msgspec.Struct, frozen=True):
    """The payload of the job that does it."""

    workspace_id: str
    job_id: str


class Duplication(msgspec.Struct, frozen=True, tag_field="op", tag="duplicate"):
    """Make each task once more, in the project that was made like its own."""

    source_id: str
    project_id: str


class Undertaking(msgspec.Struct, frozen=True):
    """The work as whoever does it reads it: as whom, and what."""

    job: LongJob
    project_ids: frozenset[str] | None
    operation: BulkOperation | Duplication | None

    @property
    def caller(self) -> Principal:
        """With whose rights it is done, within the limit of the credential by which it was asked for."""
        return acting_for(self.job.asked_by, self.project_ids)
