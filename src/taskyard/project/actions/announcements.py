"""How a thing gets its next version, and how a change inside a workspace is announced."""

from typing import TypeVar

import msgspec

from taskyard.kit.changelog import Change, announce, changed_fields
from taskyard.kit.database import Transaction
from taskyard.project.models.fields import Field
from taskyard.project.models.labels import Label
from taskyard.project.models.plans import Iteration, Milestone
from taskyard.project.models.programs import ServiceAccount
from taskyard.project.models.projects import Project, ProjectMember
from taskyard.project.models.roles import Role
from taskyard.project.models.states import State, Workflow
from taskyard.project.models.teams import Team, TeamMember
from taskyard.project.models.templates import Template
from taskyard.project.models.workspaces import Invitation, InvitationFacts, Member, Workspace

Part = Label | Field | Milestone | Iteration | Template
"""What a project is arranged with, apart from the states that hang together."""
Versioned = Workspace | Team | Member | Project | ProjectMember | State | Workflow | Part | Role | ServiceAccount
T = TypeVar("T", bound=Versioned)


def next_version(before: T, **changes: object) -> T:
    """A thing after a change."""
    return msgspec.structs.replace(before, version=before.version + 1, **changes)


async def announce_state(tx: Transaction, event: str, after: Versioned, before: Versioned | None = None) -> None:
    """Announce a thing as it is now, and what is different from ``before``."""
    change = Change(
        type=event,
        resource_id=after.id,
        version=after.version,
        data=after,
        changes=changed_fields(before, after) if before is not None else {},
        workspace_id=after.id if isinstance(after, Workspace) else after.workspace_id,
        project_id=_project_of(after),
    )
    await announce(tx, change)


def _project_of(thing: Versioned) -> str | None:
    if isinstance(thing, Workspace | Team | Member | Role | ServiceAccount):
        return None
    return thing.id if isinstance(thing, Project) else thing.project_id


async def announce_team_member(tx: Transaction, event: str, member: TeamMember, version: int) -> None:
    """Announce that somebody joined (version 1) or left (version 2) a team."""
    change = Change(type=event, resource_id=member.id, version=version, data=member, workspace_id=member.workspace_id)
    await announce(tx, change)


async def announce_invitation(tx: Transaction, event: str, invitation: Invitation, version: int) -> None:
    """Announce that an invitation was made (version 1) or closed (version 2), without its address."""
    facts = InvitationFacts(invitation.id, invitation.workspace_id, invitation.role_id, invitation.invited_by)
    await announce_facts(tx, event, facts, version)


async def announce_facts(tx: Transaction, event: str, facts: InvitationFacts, version: int) -> None:
    """The same where nothing else is left of it."""
    change = Change(type=event, resource_id=facts.id, version=version, data=facts, workspace_id=facts.workspace_id)
    await announce(tx, change)
