"""Projects and their own members."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.kit.ids import Id
from taskyard.project.models.workspaces import Name, RoleName

Key = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9]{1,9}$(?!\n)", description="First half of its tasks' keys: OPS-1")]
Description = Annotated[str, Meta(max_length=50_000)]
Visibility = Literal["private", "workspace", "public"]


class NewProject(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a project starts with."""

    workspace_id: Id
    key: Key
    name: Name
    description: Description = ""
    visibility: Visibility = "workspace"
    lead_id: Id | None = None


class ProjectCopy(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is different about a project that is made like another."""

    key: Key
    name: Name
    tasks: Annotated[bool, Meta(description="Make its tasks once more too, by a job.")] = False


class ProjectPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a project; its key stays, because tasks are known by it."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    lead_id: Id | UnsetType | None = UNSET


class Project(msgspec.Struct, frozen=True):
    """A body of work with its own tasks, states and members."""

    id: str
    workspace_id: str
    key: str
    name: str
    description: str
    visibility: Visibility
    lead_id: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    version: int


class PublicProject(msgspec.Struct, frozen=True):
    """A project as everybody sees it that may: without the people who run it."""

    id: str
    key: str
    name: str
    description: str
    created_at: datetime
    updated_at: datetime


class DuplicatedProject(Project, frozen=True):
    """A project that was made like another."""

    job_id: Annotated[str | None, Meta(description="The job that makes its tasks: `/jobs/{id}`, in a moment.")]


class NewProjectMember(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which person or team (one of the two) gets a role of its own in a project."""

    user_id: Id | None = None
    team_id: Id | None = None
    role: RoleName = "member"


class ProjectMember(msgspec.Struct, frozen=True):
    """A person's or team's own role in one project. ``id`` is that of the membership."""

    id: str
    workspace_id: str
    project_id: str
    user_id: str | None
    team_id: str | None
    role_id: str
    role: str
    created_at: datetime
    version: int
