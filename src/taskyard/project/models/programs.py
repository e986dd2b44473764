"""Service accounts: programs that have a place in a workspace as a member has."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from taskyard.project.models.workspaces import Name, RoleName


class NewServiceAccount(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a service account starts with."""

    name: Name
    role: RoleName = "member"


class ServiceAccountPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a service account."""

    name: Name | UnsetType = UNSET
    role: RoleName | UnsetType = UNSET


class ServiceAccount(msgspec.Struct, frozen=True):
    """A principal of one workspace that is no person. One that was deleted has no role, and keeps its name."""

    id: str
    workspace_id: str
    name: str
    role_id: str | None
    role: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    disabled_at: datetime | None
    deleted_at: datetime | None
    version: int
