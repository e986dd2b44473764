"""What somebody may do, and why."""

from typing import Literal, NamedTuple

import msgspec


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """May this person do that there? One of the three places is named."""

    permission: str
    user_id: str | None = None
    workspace_id: str | None = None
    project_id: str | None = None
    task_id: str | None = None


class Whereabouts(NamedTuple):
    """What a question is about: a workspace, a project in it, or a task of that."""

    workspace_id: str
    project_id: str | None = None
    task_id: str | None = None


class Decision(msgspec.Struct, frozen=True):
    """The answer. A place that is not there, or that the person does not see, allows nothing."""

    allowed: bool
    permission: str
    user_id: str
    workspace_id: str | None
    project_id: str | None


class Grant(msgspec.Struct, frozen=True):
    """One way by which somebody holds permissions: a role in the workspace, one in the project itself, or a given task.

    ``reason`` is ``workspace_role`` (the project is open to the workspace, or the role reaches private ones),
    ``project_role``, ``team_role`` (of the team ``team_id``), or ``task_grant``: the task was given to the person,
    which is no role. ``permissions`` are those that count here.
    """

    reason: Literal["workspace_role", "project_role", "team_role", "task_grant"]
    role_id: str | None
    role: str | None
    team_id: str | None
    permissions: list[str]


class Explanation(msgspec.Struct, frozen=True):
    """An answer with its reasons: ``grants`` are all that apply there, ``deciding`` those that allow it.

    ``limits`` are what the caller's own credential takes away, when they ask about themselves.
    """

    decision: Decision
    deciding: list[Grant]
    grants: list[Grant]
    limits: list[str]
