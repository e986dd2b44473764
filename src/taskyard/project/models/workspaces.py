"""Workspaces, their roles, members and invitations."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$(?!\n)", description="Lower-case name in addresses")]
RoleName = Annotated[
    str, Meta(min_length=1, max_length=64, description="owner, admin, member, viewer, guest or the id of a role")
]
EmailAddress = Annotated[str, Meta(min_length=3, max_length=254)]


class NewWorkspace(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a workspace starts with."""

    name: Name
    slug: Slug


class WorkspacePatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a workspace."""

    name: Name | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    require_mfa: bool | UnsetType = UNSET
    public_projects: bool | UnsetType = UNSET


class Workspace(msgspec.Struct, frozen=True):
    """A company's own world: its people, teams and projects."""

    id: str
    slug: str
    name: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    require_mfa: bool
    """Whether it shows itself only to who signed in with a second factor."""
    public_projects: bool
    """Whether its projects may be public; while they may not, those that are said to be show as to the workspace."""
    version: int


class NewMember(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whom to add to a workspace, or to invite when nobody has registered with this address."""

    email: EmailAddress
    role: RoleName = "member"
    expires_in_days: Annotated[int, Meta(ge=1, le=90, description="When an invitation ends by itself.")] = 14


class RolePatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Another role for a member."""

    role: RoleName


class Member(msgspec.Struct, frozen=True):
    """A person's place in a workspace. ``id`` is that of the membership."""

    id: str
    workspace_id: str
    user_id: str
    role_id: str
    role: str
    created_at: datetime
    version: int


class ListedMember(Member, frozen=True):
    """A member with what the list shows of the person; null for an account that is gone."""

    name: str | None = None
    email: str | None = None


class Invitation(msgspec.Struct, frozen=True):
    """An open invitation, waiting for its address to register."""

    id: str
    workspace_id: str
    email: str
    role_id: str
    role: str
    invited_by: str
    created_at: datetime
    expires_at: datetime


class InvitationFacts(msgspec.Struct, frozen=True):
    """What an event says of an invitation: never the address."""

    id: str
    workspace_id: str
    role_id: str
    invited_by: str
