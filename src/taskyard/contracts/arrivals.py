"""What other services may ask the project service when a workspace comes from elsewhere."""

from typing import Protocol

import msgspec


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where things arrive, for whom, and whether they stay."""

    workspace_id: str
    project_id: str
    person_id: str
    request_id: str
    is_dry_run: bool


class Arrival(msgspec.Struct, frozen=True):
    """A project, or something that it is arranged with, as exports tell of it, under the ids that it has here."""

    kind: str
    id: str
    data: dict[str, object]


class Arrived(msgspec.Struct, frozen=True):
    """What became of an arrival; ``notes`` say what was left out."""

    id: str
    is_new: bool
    notes: list[str]


class Arrivals(Protocol):
    """Projects from elsewhere. Answered by the project service; never called inside a transaction."""

    async def take_project_in(self, *, destination: Destination, things: list[Arrival]) -> list[Arrived]:
        """Take in a project, or more of one that arrived before: all of it or nothing, each thing once.

        Of a dry run nothing stays. Raises NotFound, PermissionDenied, Conflict or InvalidInput.
        """
