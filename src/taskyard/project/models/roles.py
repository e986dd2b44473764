"""Roles: named lists of permissions."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.project.models.workspaces import Name

PermissionNames = Annotated[
    list[str], Meta(min_length=1, max_length=64, description="Such as project_view; see docs/permissions.md")
]


class NewRole(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a role of a workspace's own starts with."""

    name: Name
    permissions: PermissionNames


class RoleChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a role of a workspace's own."""

    name: Name | UnsetType = UNSET
    permissions: PermissionNames | UnsetType = UNSET


class Role(msgspec.Struct, frozen=True):
    """A named list of permissions, held by members of a workspace or of one project.

    Members are given a built-in role by its ``key``, any other by its ``id``. A built-in one has no dates.
    """

    id: str
    workspace_id: str
    key: str
    name: str
    permissions: list[str]
    is_built_in: bool
    created_at: datetime | None
    updated_at: datetime | None
    version: int
