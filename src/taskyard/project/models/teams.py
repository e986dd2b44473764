"""Teams and who is in them."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from taskyard.kit.ids import Id
from taskyard.project.models.workspaces import Name


class NewTeam(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a team starts with."""

    name: Name


class TeamPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a team."""

    name: Name | UnsetType = UNSET


class Team(msgspec.Struct, frozen=True):
    """People who act in projects as one."""

    id: str
    workspace_id: str
    name: str
    created_at: datetime
    updated_at: datetime
    version: int


class NewTeamMember(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which member of the workspace joins the team."""

    user_id: Id


class TeamMember(msgspec.Struct, frozen=True):
    """A person's place in a team. ``id`` is that of the membership."""

    id: str
    workspace_id: str
    team_id: str
    user_id: str
    created_at: datetime
