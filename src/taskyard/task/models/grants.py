"""Single tasks that are given to people, and what each level of that allows."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.access import Permission
from taskyard.contracts.grants import GrantLevel, GrantSnapshot
from taskyard.kit.ids import Id
from taskyard.task.models.anchors import Footing
from taskyard.task.models.tasks import Task

MOST_GRANTS = 200
_VIEW = Permission.PROJECT_VIEW
_COMMENT = _VIEW | Permission.COMMENT_CREATE
LEVELS: dict[GrantLevel, Permission] = {"view": _VIEW, "comment": _COMMENT, "edit": _COMMENT | Permission.TASK_EDIT}
"""The permissions of each level, which count for the task alone."""
LEVEL_OF: dict[int, GrantLevel] = {int(permissions): level for level, permissions in LEVELS.items()}

Level = Annotated[GrantLevel, Meta(description="Each allows what those before it allow.")]


class Grant(GrantSnapshot, frozen=True):
    """A grant as clients see it."""


class NewGrant(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Who is given a task: a member or guest of its workspace."""

    user_id: Id
    level: Level = "view"


class GrantPatch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A JSON Merge Patch (RFC 7396) of a grant."""

    level: Level | UnsetType = UNSET


class SharedTask(Task, frozen=True):
    """A task that was given to the caller: how, by whom and when."""

    grant_id: str
    level: GrantLevel
    shared_by: str
    shared_at: datetime


class LockedGrant(msgspec.Struct, frozen=True):
    """A grant with what the caller may do at its task."""

    grant: Grant
    footing: Footing
